//! Keys, layouts and themes of one's own: what a file changes, and what it says of a mistake.

use std::path::Path;

use tempfile::TempDir;

use crate::support::program::{Ran, command};
use crate::support::sample_data;

/// A case of the sample incident, and a folder of preferences.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        let case = desk.path("a.wake");
        desk.run(&["load", &case, sample_data().to_str().unwrap()])
            .exits(0);
        desk
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn set(&self, name: &str, text: &str) {
        let path = self.folder.path().join("shipwake").join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = command(arguments);
        command.env("XDG_CONFIG_HOME", self.folder.path());
        Ran::of(command.output().unwrap())
    }

    fn shot(&self, keys: &[&str]) -> String {
        let case = self.path("a.wake");
        let arguments = [&["shot", &case, "--as", "text"], keys].concat();
        self.run(&arguments).exits(0).text().to_owned()
    }
}

#[test]
fn keys_layouts_and_themes_are_read_and_mistakes_name_their_file() {
    let desk = Desk::new();
    desk.set("keys.toml", "list_findings = [\"x\"]\n");
    desk.set(
        "layouts.toml",
        "[[layout]]\nname = \"night\"\nabout = \"only what is bad\"\nlist = \"findings\"\ncolumns = [{ pane = \"list\", share = 9 }]\n",
    );
    let mono = include_str!("../../src/config/themes/mono.toml");
    desk.set("themes/paper.toml", mono);
    assert!(desk.shot(&["x"]).contains("Findings"));
    assert!(!desk.shot(&["f"]).contains("Findings"));
    assert!(desk.shot(&["W"]).contains("only what is bad"));
    assert!(desk.shot(&["--theme", "paper"]).contains("Releases"));
    let keys = desk.run(&["list", "keys", "--format", "table"]).exits(0);
    assert!(
        keys.text()
            .lines()
            .any(|line| line.trim_start().starts_with("x ") && line.contains("list_findings"))
    );

    let case = desk.path("a.wake");
    let refused = |file: &str, text: &str, problem: &str| {
        desk.set(file, text);
        let ran = desk.run(&["shot", &case]).exits(2);
        assert!(
            ran.stderr.contains(file) && ran.stderr.contains(problem),
            "{}",
            ran.stderr
        );
    };
    refused("keys.toml", "fly = [\"x\"]", "there is no action \"fly\"");
    refused("keys.toml", "down = [\"esc\"]", "esc stays with escape");
    desk.set("keys.toml", "");
    refused(
        "layouts.toml",
        "[[layout]]\nname = \"x\"\nabout = \"\"\n",
        "one of the columns must be the list",
    );
    desk.set("layouts.toml", "");
    refused(
        "themes/paper.toml",
        "about = \"\"\n[role]\n",
        "no style for",
    );
    desk.set("themes/paper.toml", mono);
    let unknown = desk.run(&["shot", &case, "--theme", "sepia"]).exits(2);
    assert!(unknown.stderr.contains("sepia"), "{}", unknown.stderr);
}
