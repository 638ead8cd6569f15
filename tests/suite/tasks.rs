//! What people come to do, key by key: a responder at night, an auditor, an engineer who looks at what they
//! shipped. `tests/tasks` has a file for each, to be read as prose; lines that begin with `> ` are done:
//!
//! | line            | what it does                                    |
//! |-----------------|-------------------------------------------------|
//! | `at 160x45`     | opens the workbench on a screen of this size    |
//! | `press f enter` | presses keys by their names                     |
//! | `type checkout` | types the text                                  |
//! | `shows TEXT`    | the screen must have it on one line             |
//! | `hides TEXT`    | the screen must not have it                     |

use std::path::Path;
use std::sync::LazyLock;

use crate::support::cases::TempCase;
use crate::support::workbench::Bench;
use crate::support::{files_below, sample_data};

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("tasks");
    case.load(&[&sample_data()]);
    case
});

/// Does what one file says; gives what did not hold, with the screen.
fn done(text: &str) -> Result<usize, String> {
    let mut bench: Option<Bench> = None;
    let mut looked = 0;
    for (number, line) in text.lines().enumerate() {
        let Some(step) = line.strip_prefix("> ") else {
            continue;
        };
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        if word == "at" {
            let (width, height) = rest.split_once('x').ok_or("no size")?;
            let side = |text: &str| text.parse::<u16>().map_err(|error| error.to_string());
            bench = Some(Bench::open(&CASE, side(width)?, side(height)?));
            continue;
        }
        let bench = bench.as_mut().ok_or("the first step must be `at`")?;
        match word {
            "press" => {
                bench.press(rest);
            }
            "type" => {
                bench.type_in(rest);
            }
            "shows" | "hides" => {
                looked += 1;
                let screen = bench.screen();
                if screen.contains(rest) != (word == "shows") {
                    return Err(format!("line {}: {step}\n{screen}", number + 1));
                }
            }
            _ => return Err(format!("line {}: what is {word:?}?", number + 1)),
        }
    }
    Ok(looked)
}

#[test]
fn every_task_is_done_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks");
    let files = files_below(&folder);
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        match done(&text) {
            Ok(0) => wrong.push(format!("{file} looks at nothing")),
            Ok(_) => {}
            Err(problem) => wrong.push(format!("{file}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(files.len() >= 20, "{} tasks", files.len());
}
