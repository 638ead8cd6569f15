//! The paper trail of releases: one bundle with ten releases whose papers were tampered with, each in
//! its own way, beside the sample incident as it is.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shipwake::model::finding::{Channel, Finding};
use shipwake::query::answer::Window;
use shipwake::query::{findings, gaps, releases};

use crate::judgement::told;
use crate::support::cases::TempCase;
use crate::support::{files_below, put, sample_data};

/// Rewrites the payload of an envelope, and leaves its signature.
fn altered(envelope: &str, change: impl Fn(&str) -> String) -> String {
    let mut value: Value = serde_json::from_str(envelope.trim()).unwrap();
    let payload = STANDARD.decode(value["payload"].as_str().unwrap()).unwrap();
    let text = String::from_utf8(payload).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text, "nothing was changed");
    value["payload"] = STANDARD.encode(changed).into();
    value.to_string()
}

/// The first commit that `text` names, and another one.
fn commit(text: &str) -> String {
    let at = text.find("gitCommit\":\"").unwrap() + "gitCommit\":\"".len();
    text[at..at + 40].to_owned()
}

/// What is done to a file of the sample; `None` leaves it out.
fn tampered(path: &str, text: &str) -> Option<String> {
    let lines = |change: &dyn Fn(&str) -> Option<String>| {
        let changed = text
            .lines()
            .map(|line| change(line).unwrap_or(line.to_owned()));
        Some(changed.collect::<Vec<_>>().join("\n") + "\n")
    };
    match path {
        // An altered payload: who ran it is nobody's any more.
        "attestations/checkout-v2.14.3.intoto.jsonl" => Some(altered(text, |payload| {
            payload.replacen("invocationId\":\"", "invocationId\":\"x", 1)
        })),
        // Attested bytes that never ran.
        "attestations/catalog-v3.6.2.intoto.jsonl" => Some(altered(text, |payload| {
            let at = payload.find("sha256\":\"").unwrap() + "sha256\":\"".len();
            format!(
                "{}{}{}",
                &payload[..at],
                "5".repeat(64),
                &payload[at + 64..]
            )
        })),
        // Another commit.
        "attestations/payments-v1.10.0.intoto.jsonl" => Some(altered(text, |payload| {
            payload.replace(&commit(payload), &"6".repeat(40))
        })),
        // Another builder.
        "attestations/web-v5.2.2.intoto.jsonl" => Some(altered(text, |payload| {
            payload.replace(
                "\"builder\":{\"id\":\"https://",
                "\"builder\":{\"id\":\"https://elsewhere.example/",
            )
        })),
        // The tag of a release moves after it: a second deployment of the version, of another commit.
        "github/deployment.jsonl" => {
            let line = text
                .lines()
                .find(|line| line.contains("web v5.2.1"))
                .unwrap();
            let mut again: Value = serde_json::from_str(line).unwrap();
            again["deployment"]["id"] = 99.into();
            again["deployment"]["sha"] = "7".repeat(40).into();
            Some(format!("{text}{again}\n"))
        }
        // The author approves.
        "github/pull_request_review.jsonl" => lines(&|line| {
            let mut value: Value = serde_json::from_str(line).ok()?;
            (value["pull_request"]["number"] == own_request()).then(|| {
                value["review"]["user"]["login"] = value["pull_request"]["user"]["login"].clone();
                value.to_string()
            })
        }),
        // Provenance that nobody made, and a transcript that nobody kept.
        "attestations/catalog-v3.6.1.intoto.jsonl"
        | "agent-sessions/1e8c2e83-4316-4012-b838-1534ac253e3d.jsonl" => None,
        _ => Some(text.to_owned()),
    }
}

/// The change request of payments v1.9.1: the one whose merge that release's deployment names.
fn own_request() -> u64 {
    let read =
        |name: &str| std::fs::read_to_string(sample_data().join("github").join(name)).unwrap();
    let values = |text: String| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let deployed = values(read("deployment.jsonl"));
    let one = deployed
        .iter()
        .find(|one| one["deployment"]["description"] == "payments v1.9.1")
        .unwrap();
    let requests = values(read("pull_request.jsonl"));
    let merged = requests
        .iter()
        .find(|request| request["pull_request"]["merge_commit_sha"] == one["deployment"]["sha"]);
    merged.unwrap()["number"].as_u64().unwrap()
}

fn case() -> &'static TempCase {
    static CASE: OnceLock<TempCase> = OnceLock::new();
    CASE.get_or_init(|| {
        let case = TempCase::shared("papers");
        let bundle = case.scratch().join("bundle");
        let _ = std::fs::remove_dir_all(&bundle);
        let whole = sample_data();
        for path in files_below(&whole) {
            let bytes = std::fs::read(whole.join(&path)).unwrap();
            match std::str::from_utf8(&bytes) {
                Ok(text) => {
                    if let Some(text) = tampered(&path, text) {
                        put(&bundle, &path, text);
                    }
                }
                Err(_) => put(&bundle, &path, &bytes),
            }
        }
        put(&bundle, "github/push.jsonl", pushes().as_bytes());
        case.load(&[&bundle]);
        case
    })
}

/// A tag that was moved off the commit that shipped, and a branch that was forced off another one.
fn pushes() -> String {
    let text = std::fs::read_to_string(sample_data().join("github/deployment.jsonl")).unwrap();
    let values: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let push = |shipped: &str, name: &str, forced: bool| {
        let mut deployed = values.iter();
        let of = |one: &&Value| one["deployment"]["description"] == shipped;
        let one = deployed.find(of).unwrap();
        let push = serde_json::json!({"ref": name, "before": one["deployment"]["sha"], "after": "8".repeat(40),
            "forced": forced, "commits": [], "repository": one["repository"], "pusher": {"name": "mallory"}});
        format!("{push}\n")
    };
    let tag = push("catalog v3.6.0", "refs/tags/catalog/v3.6.0", false);
    tag + &push("checkout v2.14.2", "refs/heads/main", true)
}

/// Findings of the channel `trust`, by release and rule.
fn doubts(case: &TempCase) -> Vec<Finding> {
    let reader = case.store().reader().unwrap();
    let mut found = findings::ask(&reader, &findings::Wanted::default()).unwrap();
    found.retain(|finding| finding.channel == Channel::Trust);
    found
}

#[track_caller]
fn one<'f>(found: &'f [Finding], release: &str, rule: &str, family: &str) -> &'f Finding {
    let finding = found
        .iter()
        .find(|finding| finding.release.id.starts_with(release) && finding.rule == rule)
        .unwrap_or_else(|| {
            let all: Vec<String> = found
                .iter()
                .map(|finding| format!("{} {} {}", finding.release.id, finding.rule, finding.title))
                .collect();
            panic!("no {rule} of {release} among {all:#?}")
        });
    assert_eq!(finding.family, family, "{}", finding.title);
    assert!(
        !finding.citations.is_empty(),
        "{} cites nothing",
        finding.title
    );
    finding
}

#[test]
fn each_way_of_tampering_is_found() {
    let found = doubts(case());
    one(&found, "checkout@v2.14.3", "T01", "provenance");
    one(&found, "catalog@v3.6.2", "T04", "provenance");
    let source = one(&found, "payments@v1.10.0", "T02", "provenance");
    assert!(source.title.contains("666666666666"), "{}", source.title);
    let builder = one(&found, "web@v5.2.2", "T03", "provenance");
    assert!(
        builder.subject.contains("elsewhere.example"),
        "{}",
        builder.subject
    );
    one(&found, "catalog@v3.6.1", "T05", "provenance");
    let tag = one(&found, "web@v5.2.1", "T06", "provenance");
    assert_eq!(tag.subject, "v5.2.1");
    let moved = one(&found, "catalog@v3.6.0", "T06", "provenance");
    assert!(moved.title.contains("tagged commits"), "{}", moved.title);
    let forced = one(&found, "checkout@v2.14.2", "T09", "provenance");
    assert_eq!(forced.subject, "main");
    let approval = one(&found, "payments@v1.9.1", "T07", "approval");
    assert!(
        approval.title.contains("is the author"),
        "{}",
        approval.title
    );
    let session = one(&found, "checkout@v2.15.0", "T08", "agent");
    assert_eq!(session.subject, "1e8c2e83-4316-4012-b838-1534ac253e3d");
}

#[test]
fn nothing_is_said_of_releases_whose_papers_are_in_order() {
    let bad: BTreeSet<String> = doubts(told())
        .into_iter()
        .filter(|finding| finding.severity.word() != "low")
        .map(|finding| format!("{} {}", finding.release.id, finding.rule))
        .collect();
    // The stale approval of the release that the story is about.
    assert_eq!(
        bad,
        BTreeSet::from(["checkout@v2.15.0/production T07".to_owned()])
    );
}

#[test]
fn gaps_say_why_and_how_to_close_them() {
    let reader = told().store().reader().unwrap();
    let found = gaps::ask(&reader, &Window::default(), None).unwrap();
    assert!(!found.is_empty());
    for gap in &found {
        assert!(!gap.why.is_empty() && !gap.how_to_get.is_empty(), "{gap:?}");
        assert!(!gap.blocks.is_empty(), "{gap:?}");
        assert!(
            [
                "never_produced",
                "not_exported",
                "expired",
                "sampled_out",
                "removed",
                "unlinkable"
            ]
            .contains(&gap.state.as_str()),
            "{gap:?}"
        );
    }
    // What went live before the records of reviews begin has no reviews that anybody could find.
    let early = found
        .iter()
        .find(|gap| gap.release == "payments@v1.8.2/production" && gap.expected == "review");
    assert_eq!(early.unwrap().state, "expired");
    assert!(
        found
            .iter()
            .any(|gap| gap.expected == "traces" && gap.state == "sampled_out")
    );
    let levels = releases::ask(&reader, &Window::default()).unwrap();
    assert!(
        levels
            .iter()
            .all(|row| row["level"].as_str().is_some_and(|level| level < "C4")),
        "no key is trusted here"
    );
}
