use serde_json::json;

use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

fn event(kind: &str, subject: &str, content: Value) -> Value {
    let mut content = content;
    let content = content.take();
    json!({
        "context": {"specversion": "0.5.0", "id": "e-1", "source": "/ci/9", "type": format!("dev.cdevents.{kind}.0.3.0"),
            "timestamp": "2026-11-03T14:00:00.5Z"},
        "subject": {"id": subject, "source": "/ci/9", "content": content}
    })
}

fn read(event: &Value) -> Seen {
    parse(&CdEvents, "events", event.to_string().as_bytes())
}

fn artifact() -> String {
    format!(
        "pkg:oci/till@sha256%3A{}?repository_url=ghcr.io%2Flumen%2Ftill&tag=2.4.0",
        "ab".repeat(32)
    )
}

#[test]
fn a_service_that_was_upgraded_is_a_deployment() {
    let seen = read(&event(
        "service.upgraded",
        "till",
        json!({"environment": {"id": "prod"}, "artifactId": artifact()}),
    ));
    let row = seen.of("change")[0];
    let digest = format!("sha256:{}", "ab".repeat(32));
    for (column, expected) in [
        ("kind", "deploy"),
        ("provider", "cdevents"),
        ("change_id", "e-1"),
        ("service", "till"),
        ("environment", "prod"),
        ("version", "2.4.0"),
        ("digest", digest.as_str()),
        ("image", "ghcr.io/lumen/till"),
        ("action", "upgrade"),
        ("state", "success"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(seen.times("change"), ["2026-11-03T14:00:00.500000000Z"]);
    let action =
        |kind: &str| read(&event(kind, "till", json!({}))).of("change")[0]["action"].clone();
    assert_eq!(action("service.rolledback"), "rollback");
    assert_eq!(action("service.removed"), "delete");
}

#[test]
fn runs_tasks_and_artifacts() {
    let seen = read(&event(
        "pipelinerun.finished",
        "r-7",
        json!({"pipelineName": "release", "outcome": "cancel", "uri": "https://ci.example/7"}),
    ));
    let row = seen.of("build")[0];
    assert_eq!(
        (
            row["run_id"].as_str(),
            row["status"].as_str(),
            row["conclusion"].as_str()
        ),
        ("r-7", "completed", "cancelled")
    );
    assert!(row.contains_key("finished_ns") && !row.contains_key("started_ns"));
    let seen = read(&event(
        "build.finished",
        "b-1",
        json!({"artifactId": artifact()}),
    ));
    assert_eq!(seen.of("artifact")[0]["run_id"], "b-1");
    let seen = read(&event(
        "taskrun.started",
        "t-1",
        json!({"taskName": "test", "pipelineRun": {"id": "r-7"}}),
    ));
    assert_eq!(
        (
            seen.of("job")[0]["run_id"].as_str(),
            seen.of("job")[0]["status"].as_str()
        ),
        ("r-7", "in_progress")
    );
    let sha = "cd".repeat(20);
    let seen = read(&event(
        "artifact.packaged",
        "pkg:npm/%40lumen/till@1.2.3",
        json!({"change": {"id": sha}}),
    ));
    let row = seen.of("artifact")[0];
    assert_eq!(
        (
            row["name"].as_str(),
            row["version"].as_str(),
            row["sha"].as_str(),
            row["kind"].as_str()
        ),
        ("@lumen/till", "1.2.3", sha.as_str(), "package")
    );
}

#[test]
fn what_people_decided_and_suffered() {
    let seen = read(&event(
        "approval.closed",
        "a-1",
        json!({"decision": "approved", "responder": "mara"}),
    ));
    assert_eq!(
        (
            seen.of("gate_decision")[0]["decision"].as_str(),
            seen.of("gate_decision")[0]["approver"].as_str()
        ),
        ("approved", "mara")
    );
    let seen = read(&event(
        "incident.resolved",
        "i-1",
        json!({"service": {"id": "till"}, "description": "well again"}),
    ));
    assert_eq!(
        (
            seen.of("incident")[0]["state"].as_str(),
            seen.of("incident")[0]["service"].as_str()
        ),
        ("resolved", "till")
    );
    let seen = read(&event(
        "ticket.closed",
        "SHOP-7",
        json!({"summary": "till is slow", "creator": "odo"}),
    ));
    assert_eq!(
        (
            seen.of("request")[0]["key"].as_str(),
            seen.of("request")[0]["state"].as_str()
        ),
        ("SHOP-7", "closed")
    );
    let seen = read(&event(
        "change.merged",
        "42",
        json!({"repository": {"id": "lumen/till", "source": "https://git.example"}}),
    ));
    let row = seen.of("change_request")[0];
    assert_eq!(
        (
            row["number"].as_str(),
            row["repository"].as_str(),
            row["state"].as_str()
        ),
        ("42", "git.example/lumen/till", "merged")
    );
}

#[test]
fn both_generations_and_every_wrapping() {
    let new = event("service.deployed", "till", json!({}));
    let mut old = new.clone();
    old["context"] = json!({"version": "0.4.1", "id": "e-0", "source": "/ci", "type": "dev.cdevents.service.deployed.0.1.1", "timestamp": "2026-11-03T14:00:00Z"});
    old["subject"]["type"] = json!("service");
    let wrapped = json!({"specversion": "1.0", "id": "e-1", "source": "/ci", "type": "dev.cdevents.service.deployed.0.3.0", "data": new});
    let other = json!({"specversion": "1.0", "id": "e-2", "source": "/ci", "type": "com.example.ping", "data": {"type": "ping"}});
    let bytes = format!("[{new},{old}]\n{wrapped}\n{other}\n{{\"context\":{{}}}}").into_bytes();
    assert_eq!(sniff(&CdEvents, &bytes), CERTAIN);
    let seen = parse(&CdEvents, "batch", &bytes);
    assert_eq!(
        (
            seen.of("change").len(),
            seen.ignored.values().sum::<u64>(),
            seen.rejects.len()
        ),
        (3, 1, 1)
    );
    assert_eq!(sniff(&CdEvents, other.to_string().as_bytes()), NO);
    let ids: Vec<_> = seen
        .of("change")
        .iter()
        .map(|row| row["change_id"].clone())
        .collect();
    assert_eq!(ids, ["e-1", "e-0", "e-1"]);
}

#[test]
fn hostile_bytes_do_no_harm() {
    let bytes = event(
        "service.upgraded",
        "till",
        json!({"artifactId": artifact()}),
    )
    .to_string();
    torn_and_flipped(&CdEvents, bytes.as_bytes());
}

#[test]
fn real_samples_are_read() {
    let (mut read, mut kept) = (0, 0);
    for (path, bytes) in samples("cdevents") {
        assert_eq!(sniff(&CdEvents, &bytes), CERTAIN, "{path}");
        let seen = parse(&CdEvents, &path, &bytes);
        assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
        (read, kept) = (read + seen.read, kept + seen.kept);
    }
    // Nine tell of tests, branches, repositories and deleted artifacts.
    assert!(
        read == 0 || (read, kept) == (38, 29),
        "{read} read, {kept} kept"
    );
}
