//! The `shipwake` program: a shell over the library.

fn main() -> std::process::ExitCode {
    shipwake::cli::main()
}
