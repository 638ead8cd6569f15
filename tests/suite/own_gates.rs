//! Gates that a team wrote itself, over the sample incident: statements and Rego.

use std::collections::BTreeMap;

use shipwake::policy::{self, Policy, Terms};
use shipwake::store::Reader;

use crate::judgement::{BAD, told};
use crate::support::cases::TempCase;
use crate::support::{files_below, put, sample_data};

/// The bad release and the one before it, judged with these gates besides the built-in policy's: what is
/// said of each gate, `for`, `against` or `missing`.
fn by_own_gates(gates: &str, files: &[(&str, &str)]) -> [BTreeMap<String, (String, String)>; 2] {
    by_own_gates_of(&told().store().reader().unwrap(), gates, files)
}

fn by_own_gates_of(
    reader: &Reader,
    gates: &str,
    files: &[(&str, &str)],
) -> [BTreeMap<String, (String, String)>; 2] {
    let text = policy::file::DEFAULT.replace("gates:\n", &format!("gates:\n{gates}"));
    let policy = Policy::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    [BAD, "checkout@v2.14.3/production"].map(|release| {
        let terms = Terms {
            only: Some(release),
            ..Terms::of(&policy, &files)
        };
        let judged = policy::judge(reader, terms, |_| {}).unwrap();
        let verdict = &judged.verdicts[0];
        let mut told = BTreeMap::new();
        for (word, points) in [("for", &verdict.pro), ("against", &verdict.against)] {
            for point in points {
                let says = (word.to_owned(), point.says.clone());
                told.insert(point.rule.clone(), says);
            }
        }
        for lack in &verdict.missing {
            if let Some(gate) = lack.blocks.strip_prefix("gate ") {
                told.insert(gate.to_owned(), ("missing".to_owned(), lack.what.clone()));
            }
        }
        told
    })
}

#[test]
fn rego_is_replayed_beside_what_was_decided_then() {
    let gates = "  - id: W1
    title: no legacy key
    rego:
      module: |
        package release
        deny contains msg if {
          some node in input.nodes
          node.kind == \"access\"
          contains(node.label, \"legacy-gateway\")
          msg := sprintf(\"%s was touched\", [node.label])
        }
  - {id: W2, title: attested, rego: {file: gates/attested.rego}}
";
    let attested = "package shop.gate
default allow := false
allow if { some n in input.nodes; n.kind == \"attestation\" }
violations contains {\"msg\": \"no chain\"} if not input.level in {\"C2\", \"C3\", \"C4\", \"C5\"}
";
    let [bad, clean] = by_own_gates(gates, &[("gates/attested.rego", attested)]);
    let (word, says) = &bad["W1"];
    assert_eq!(word, "against");
    assert!(
        says.contains("recorded then: allow (gate production, by tokafor); now: deny: ")
            && says.contains("payments/legacy-gateway-key was touched"),
        "{says}"
    );
    let (word, says) = &clean["W1"];
    assert_eq!(word, "for");
    assert!(
        says.contains("recorded then: allow (gate production, by priya-nair); now: allow"),
        "{says}"
    );
    assert_eq!(
        (bad["W2"].0.as_str(), clean["W2"].0.as_str()),
        ("for", "for")
    );
}

#[test]
fn rego_that_cannot_be_replayed_is_missing_and_says_where() {
    let gates = "  - {id: W1, title: loops, rego: {file: gates/loops.rego}}
  - {id: W2, title: calls, rego: {file: gates/calls.rego, query: data.p.allow}}
  - {id: W3, title: gone, rego: {file: gates/gone.rego}}
  - id: W4
    title: broken
    rego: |
      package p
      allow if nope(1)
";
    let loops = "package p
r := numbers.range(1, 100000)
deny contains 1 if { some i in r; some j in r; i * j == -3 }
";
    let calls = "package p

allow if http.send({\"method\": \"GET\", \"url\": \"http://x\"}).status_code == 200
";
    let files = [("gates/loops.rego", loops), ("gates/calls.rego", calls)];
    let [bad, _] = by_own_gates(gates, &files);
    let text = policy::file::DEFAULT.replace("gates:\n", &format!("gates:\n{gates}"));
    let line = |wanted: &str| 1 + text.lines().position(|line| line.contains(wanted)).unwrap();
    for (gate, told) in [
        ("W1", "longer than 2000 ms".to_owned()),
        ("W2", "gates/calls.rego:3: http.send is refused".to_owned()),
        ("W3", "gates/gone.rego is not beside the policy".to_owned()),
        (
            "W4",
            format!("policy:{}: could not find function nope", line("nope(1)")),
        ),
    ] {
        let (word, says) = &bad[gate];
        assert_eq!(word, "missing", "{gate}");
        assert!(says.contains(&told), "{gate}: {says}");
        let place = format!(
            "gate {gate}, line {} of the policy",
            line(&format!("id: {gate}"))
        );
        assert!(says.contains(&place), "{says}");
    }
}

#[test]
fn rows_of_a_gate_s_statement_are_violations_with_citations() {
    let gates = "  - id: W1
    title: no other team's secrets
    sql: |
      SELECT subject, file_id, \"offset\", length FROM behaviour
      WHERE release = $release AND family = 'secret' AND subject LIKE '%legacy-gateway%'
  - {id: W2, title: deployed by nobody, sql: SELECT id FROM deployment WHERE id = $deployment AND requested_by = 'nobody'}
  - {id: W3, title: clock, sql: SELECT now() AS subject}
  - {id: W4, title: misspelt, sql: SELECT id FROM deployment WHERE id = $deploiment}
  - {id: W5, title: broken, sql: SELECT nothing FROM deployment}
";
    let [bad, clean] = by_own_gates(gates, &[]);
    assert_eq!(bad["W1"].0, "against");
    assert!(
        bad["W1"].1.contains("legacy-gateway-key"),
        "{}",
        bad["W1"].1
    );
    assert_eq!(clean["W1"].0, "for");
    assert_eq!(
        (bad["W2"].0.as_str(), clean["W2"].0.as_str()),
        ("for", "for")
    );
    for (gate, told) in [
        ("W3", "now"),
        ("W4", "$deploiment is not known"),
        ("W5", "nothing"),
    ] {
        assert_eq!(bad[gate].0, "missing");
        assert!(bad[gate].1.contains(told), "{}", bad[gate].1);
    }
    let text = policy::file::DEFAULT.replace("gates:\n", &format!("gates:\n{gates}"));
    let policy = Policy::parse(&text).unwrap();
    let files = BTreeMap::new();
    let terms = Terms {
        only: Some(BAD),
        ..Terms::of(&policy, &files)
    };
    let judged = policy::judge(&told().store().reader().unwrap(), terms, |_| {}).unwrap();
    let point = judged.verdicts[0]
        .against
        .iter()
        .find(|point| point.rule == "W1")
        .unwrap();
    let citation = &point.citations[0];
    let number = |name: &str| citation[name].as_u64().unwrap();
    let bytes = told()
        .case()
        .evidence()
        .read(
            citation["sha256"].as_str().unwrap(),
            number("offset"),
            number("length"),
        )
        .unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("legacy-gateway"));
}

/// Gates on the branch that the source commit has to be on.
const BRANCHES: &str = "  - {id: W7, title: on main, require: {attestation: slsa.provenance, source_commit_reachable_from: origin/main}}
  - {id: W8, title: on a branch that nobody knows, require: {attestation: slsa.provenance, source_commit_reachable_from: origin/release}}
";

#[test]
fn a_source_commit_has_to_be_on_the_branch() {
    for told in by_own_gates(BRANCHES, &[]) {
        assert_eq!(told["W7"].0, "for", "{told:?}");
        let (word, says) = &told["W8"];
        assert_eq!(word, "missing");
        assert!(says.contains("is the tip of origin/release"), "{says}");
    }
}

#[test]
fn a_source_commit_beside_the_branch_is_held_against_the_release() {
    let folder = tempfile::tempdir().unwrap();
    for path in files_below(&sample_data()) {
        let bytes = std::fs::read(sample_data().join(&path)).unwrap();
        let bytes = match path.as_str() {
            // The branch ends before the bad release.
            "git/history.log" => String::from_utf8(bytes)
                .unwrap()
                .replace("HEAD -> main, origin/main, origin/HEAD, tag", "tag")
                .replace(
                    "tag: checkout-v2.14.3",
                    "origin/main, tag: checkout-v2.14.3",
                )
                .into_bytes(),
            _ => bytes,
        };
        put(folder.path(), &path, bytes);
    }
    let (case, _) = TempCase::of(&[folder.path()]);
    let [bad, clean] = by_own_gates_of(&case.reader(), BRANCHES, &[]);
    let (word, says) = &bad["W7"];
    assert_eq!(word, "against");
    assert!(says.contains("is not reachable from origin/main"), "{says}");
    assert_eq!(clean["W7"].0, "for", "{clean:?}");
}

#[test]
fn a_policy_that_has_expired_is_missed() {
    let text = policy::file::DEFAULT.replace("metadata:\n", "metadata:\n  expires: 2026-10-01\n");
    assert_ne!(text, policy::file::DEFAULT);
    let policy = Policy::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let files = BTreeMap::new();
    let terms = Terms {
        only: Some(BAD),
        ..Terms::of(&policy, &files)
    };
    let reader = told().store().reader().unwrap();
    let judged = policy::judge(&reader, terms, |_| {}).unwrap();
    let missing = &judged.verdicts[0].missing;
    assert!(
        missing
            .iter()
            .any(|lack| lack.what.contains("expired at 2026-10-02")),
        "{missing:?}"
    );
}
