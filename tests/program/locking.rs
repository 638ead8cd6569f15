//! Who may do what while another process loads.
//!
//! A load from standard input lasts as long as the pipe is open, so these tests hold a load in its
//! middle without waiting for any clock.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use crate::support::bytes::log;
use crate::support::program::{Ran, command, run};

/// A load that goes on until it is told to end.
struct Endless {
    child: Child,
    pipe: ChildStdin,
    case: PathBuf,
}

impl Endless {
    fn start(folder: &Path) -> Self {
        let case = folder.join("held.wake");
        let mut child = command([Path::new("load"), &case, Path::new("-")])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&log(0..10, "piped")).unwrap();
        let began = Instant::now();
        // The lock names its holder, and the database is there a moment later.
        while !case.join("case.duckdb").exists() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the load does not begin"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, pipe, case }
    }

    fn case(&self) -> &str {
        self.case.to_str().unwrap()
    }

    fn end(self) -> Ran {
        drop(self.pipe);
        Ran::of(self.child.wait_with_output().unwrap())
    }
}

#[test]
fn a_reader_and_a_second_load_hear_who_holds_the_case() {
    let folder = tempfile::tempdir().unwrap();
    let load = Endless::start(folder.path());
    let holder = format!("process {} of tester", load.child.id());
    for arguments in [
        vec!["releases", load.case()],
        vec!["load", load.case(), file!()],
    ] {
        let ran = run(&arguments).exits(1);
        assert!(ran.stderr.contains(&holder), "{}", ran.stderr);
        assert!(ran.stderr.contains("--wait") && ran.stdout.is_empty());
    }
    load.end().exits(0);
}

#[test]
fn who_waits_is_served_when_the_load_ends() {
    let folder = tempfile::tempdir().unwrap();
    let load = Endless::start(folder.path());
    let count = "SELECT count(*) AS n FROM log";
    let mut waiting = command(["sql", load.case(), count, "--wait"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert!(waiting.try_wait().unwrap().is_none(), "it did not wait");
    load.end().exits(0);
    let ran = Ran::of(waiting.wait_with_output().unwrap()).exits(0);
    assert_eq!(ran.json()[0]["n"], 10);
}

#[test]
fn sealed_bytes_can_be_read_during_a_load() {
    let folder = tempfile::tempdir().unwrap();
    let records = log(0..10, "before");
    let file = folder.path().join("before.jsonl");
    std::fs::write(&file, &records).unwrap();
    let case = folder.path().join("held.wake");
    run([Path::new("load"), &case, &file]).exits(0);
    let load = Endless::start(folder.path());
    let sha256 = shipwake::model::id::sha256_hex(&records);
    assert_eq!(run(["raw", load.case(), &sha256]).exits(0).stdout, records);
    load.end().exits(0);
}

#[test]
fn any_number_of_processes_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let load = Endless::start(folder.path());
    let case = load.case().to_owned();
    load.end().exits(0);
    let slow = "SELECT count(*) AS n FROM log, range(30000000)";
    let readers: Vec<Child> = (0..3)
        .map(|_| command(["sql", &case, slow]).spawn().unwrap())
        .collect();
    for reader in readers {
        let ran = Ran::of(reader.wait_with_output().unwrap()).exits(0);
        assert_eq!(ran.json()[0]["n"], 300_000_000);
    }
}
