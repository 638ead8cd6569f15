//! The ten questions: docs/questions.md says keys, subcommand and answer; both are tried on the sample.

use std::sync::LazyLock;

use crate::support::cases::TempCase;
use crate::support::incident;
use crate::support::program::run;
use crate::support::sample_data;
use crate::support::workbench::Bench;

static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("questions");
    case.load(&[&sample_data()]);
    case
});

/// A row of the table.
struct Question {
    keys: String,
    command: String,
    /// What both answers say.
    says: Vec<String>,
}

/// What stands between backquotes.
fn code(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn questions() -> Vec<Question> {
    include_str!("../../docs/questions.md")
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let [_, _, keys, command, says] = cells.as_slice() else {
                panic!("not five cells: {line}");
            };
            Question {
                keys: code(keys).concat(),
                command: code(command).concat(),
                says: code(says),
            }
        })
        .collect()
}

#[test]
fn each_question_has_keys_and_a_subcommand() {
    let questions = questions();
    assert_eq!(questions.len(), 10);
    for question in &questions {
        assert!(!question.keys.is_empty() && !question.says.is_empty());
        assert!(question.command.starts_with("shipwake "));
    }
}

#[test]
fn the_screen_answers_each_question() {
    let mut wrong = Vec::new();
    for question in questions() {
        let mut bench = Bench::open(&CASE, 160, 45);
        let screen = bench.press(&question.keys).screen();
        let absent = question.says.iter().filter(|said| !screen.contains(*said));
        for said in absent {
            wrong.push(format!(
                "{} does not show {said:?}:\n{screen}\n",
                question.keys
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_subcommand_answers_each_question() {
    let case = CASE.case().root().to_str().unwrap().to_owned();
    let mut wrong = Vec::new();
    for question in questions() {
        let arguments: Vec<&str> = question
            .command
            .split(' ')
            .skip(1)
            .map(|word| if word == "CASE" { case.as_str() } else { word })
            .collect();
        let ran = run(&arguments);
        // The verdict of the bad release is told by the exit code as well.
        let expected = if arguments[0] == "verdict" { 3 } else { 0 };
        if ran.code != expected {
            wrong.push(format!(
                "{}: exit {}: {}\n",
                question.command, ran.code, ran.stderr
            ));
            continue;
        }
        let text = ran.text();
        let absent = question.says.iter().filter(|said| !text.contains(*said));
        for said in absent {
            wrong.push(format!("{} does not say {said:?}\n", question.command));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_large_case_is_the_same_story_with_more_records() {
    let write = || {
        let (mut bytes, mut lines) = (0, Vec::new());
        let wanted = incident::Wanted {
            spans: 3_000,
            logs: 6_000,
        };
        let written = incident::dense(wanted, &mut |is_log, line| {
            let text = line.to_string();
            bytes += text.len();
            if lines.len() < 40 {
                lines.push((is_log, text));
            }
            Ok(())
        });
        (written.unwrap(), bytes, lines)
    };
    let (written, bytes, lines) = write();
    assert!((2_900..3_100).contains(&written.spans), "{written:?}");
    assert!((5_800..6_200).contains(&written.logs), "{written:?}");
    assert!(lines.iter().any(|(_, text)| text.contains("checkout")));
    assert_eq!(write(), (written, bytes, lines));
}
