//! Formats that a user declares: they read what nothing claimed, and stay with the case.

use std::sync::Arc;

use shipwake::ingest::{Options, Progress};
use shipwake::load::{Declaration, Loading};

use crate::support::cases::{TempCase, settings};

#[test]
fn a_declared_format_reads_what_no_format_claimed_and_stays_with_the_case() {
    let case = TempCase::new();
    let export = case.scratch().join("rollouts.csv");
    let text = "when,app,tag,who\n2026-03-01T10:00:00Z,checkout,v1.2.3,mara\n2026-03-02T10:00:00Z,checkout,v1.2.4,ines\n";
    std::fs::write(&export, text).unwrap();
    let report = case.load(&[&export]);
    assert_eq!(report.files[0].state, "unknown_format");
    let declaration = Declaration {
        name: "rollouts.toml".to_owned(),
        text: ROLLOUTS.to_owned(),
    };
    // A load that is withdrawn forgets nothing.
    let stands = "SELECT string_agg(state) FROM evidence_file WHERE path LIKE '%.csv'";
    let withdrawn: Arc<Progress> = Arc::default();
    withdrawn.cancel();
    Loading::begin(case.case(), &settings(2))
        .unwrap()
        .reading(vec![declaration.clone()])
        .unwrap()
        .run(
            std::slice::from_ref(&export),
            &Options::default(),
            &withdrawn,
        )
        .unwrap_err();
    assert_eq!(case.cell(stands), "unknown_format");
    // The file is in the case: another path is loaded, and the sealed bytes are looked at again.
    let other = case.scratch().join("note.txt");
    std::fs::write(&other, "nothing that anybody exports").unwrap();
    Loading::begin(case.case(), &settings(2))
        .unwrap()
        .reading(vec![declaration])
        .unwrap()
        .run(&[other], &Options::default(), &Arc::default())
        .unwrap();
    let kept = "SELECT count(*) FROM change WHERE service = 'checkout'";
    assert_eq!(case.cell(kept), 2);
    assert_eq!(case.cell(stands), "loaded");
    // A database that is made again reads it in the same way.
    std::fs::remove_file(case.case().database()).unwrap();
    case.load(&[]);
    assert_eq!(case.cell(kept), 2);
}

#[test]
fn a_declaration_that_cannot_be_used_is_refused_before_anything_is_loaded() {
    let case = TempCase::new();
    let declaration = Declaration {
        name: "rollouts.toml".to_owned(),
        text: ROLLOUTS.replace("v1.2.3\" }", "v9\" }"),
    };
    let refused = Loading::begin(case.case(), &settings(1))
        .unwrap()
        .reading(vec![declaration]);
    let told = refused.err().unwrap().to_string();
    assert!(
        told.contains("rollouts.toml") && told.contains("v1.2.3"),
        "{told}"
    );
}

/// A team's own list of rollouts.
const ROLLOUTS: &str = r#"
name = "rollouts"
about = "the team's list of rollouts"
unit = "rollout"
class = "asserted"
kind = "csv"
table = "change"

[recognise]
keys = ["when", "app", "tag", "who"]

[time]
from = "when"
form = "rfc3339"

[columns]
kind = { const = "deploy" }
service = "app"
version = "tag"
requested_by = "who"

[[sample]]
text = """
when,app,tag,who
2026-03-01T10:00:00Z,checkout,v1.2.3,mara
"""
expect = [ { service = "checkout", version = "v1.2.3" } ]
"#;
