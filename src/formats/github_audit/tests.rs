use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

fn event(action: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut event = json!({
        "@timestamp": 1_793_714_400_123_i64, "_document_id": "d-1", "action": action, "actor": "mara",
        "actor_ip": "192.0.2.7", "org": "lumen", "repo": "lumen/till", "created_at": 1_793_714_400_123_i64,
        "user_agent": "GitHub CLI 2.70", "operation_type": "modify",
    });
    change(&mut event);
    event
}

fn read(event: &Value) -> Seen {
    parse(&GithubAudit, "audit.json", event.to_string().as_bytes())
}

#[test]
fn a_member_who_was_let_in() {
    let seen = read(&event("repo.add_member", |event| {
        event["user"] = json!("odo");
        event["permission"] = json!("admin");
    }));
    let row = seen.of("access")[0];
    for (column, expected) in [
        ("kind", "privilege"),
        ("provider", "github"),
        ("event_id", "d-1"),
        ("class_uid", "3005"),
        ("principal", "mara"),
        ("object", "github.com/lumen/till"),
        ("verb", "repo.add_member"),
        ("result", "success"),
        ("source_address", "192.0.2.7"),
        ("user_agent", "GitHub CLI 2.70"),
        ("account", "lumen"),
        ("grantee", "odo"),
        ("granted", "admin"),
        ("is_read", "false"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert!(row["event"].contains("\"_document_id\":\"d-1\""));
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.123000000Z"]);
    assert_eq!(seen.of("change")[0]["kind"], "iam");
}

#[test]
fn times_are_read_in_every_spelling() {
    let time = |value: Value| {
        read(&event("repo.create", |event| event["@timestamp"] = value)).times("access")[0].clone()
    };
    let expected = "2026-11-03T14:00:00.123000000Z";
    assert_eq!(time(json!(1_793_714_400_123.0)), expected);
    assert_eq!(time(json!("2026-11-03 14:00:00.123")), expected);
    // Nine digits without a point are no time; the event keeps its other one.
    assert_eq!(time(json!("2026-11-03 00:00:00000000")), expected);
}

#[test]
fn a_run_is_a_build() {
    let sha = "ab".repeat(20);
    let seen = read(&event("workflows.completed_workflow_run", |event| {
        event["workflow_run_id"] = json!(77);
        event["run_attempt"] = json!(2);
        event["head_sha"] = json!(sha);
        event["head_branch"] = json!("main");
        event["conclusion"] = json!("success");
        event["started_at"] = json!("2026-11-03T13:59:00.000Z");
    }));
    let row = seen.of("build")[0];
    for (column, expected) in [
        ("repository", "github.com/lumen/till"),
        ("run_id", "77"),
        ("attempt", "2"),
        ("sha", sha.as_str()),
        ("status", "completed"),
        ("conclusion", "success"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
}

#[test]
fn gates_rules_and_secrets() {
    let seen = read(&event("protected_branch.policy_override", |event| {
        event["branch"] = json!("refs/heads/main");
    }));
    let row = seen.of("gate_decision")[0];
    assert_eq!(
        (
            row["decision"].as_str(),
            row["gate"].as_str(),
            row["approver"].as_str()
        ),
        ("bypassed", "refs/heads/main", "mara")
    );
    assert!(
        seen.of("change").is_empty(),
        "passing a rule does not change it"
    );
    let seen = read(&event("repository_ruleset.destroy", |event| {
        event["ruleset_name"] = json!("main");
    }));
    assert_eq!(
        (
            seen.of("change")[0]["kind"].as_str(),
            seen.of("change")[0]["object"].as_str()
        ),
        ("config", "main")
    );
    let seen = read(&event("repo.create_actions_secret", |event| {
        event["key"] = json!("PAY_KEY");
    }));
    assert_eq!(
        (
            seen.of("access")[0]["kind"].as_str(),
            seen.of("access")[0]["object"].as_str()
        ),
        ("secret", "github.com/lumen/till/PAY_KEY")
    );
    let seen = read(&event("workflows.prepared_workflow_job", |event| {
        event["secrets_passed"] = json!(["PAY_KEY", "NPM"]);
    }));
    assert_eq!(
        seen.of("access")[0]["object"],
        "github.com/lumen/till/PAY_KEY NPM"
    );
    assert!(seen.of("change").is_empty());
    let seen = read(&event("git.clone", |_| {}));
    assert_eq!(
        (
            seen.of("access")[0]["kind"].as_str(),
            seen.of("access")[0]["is_read"].as_str()
        ),
        ("api", "true")
    );
}

#[test]
fn webhooks_are_left_alone() {
    for other in [
        json!({"action": "created", "sender": {"login": "mara"}, "repository": {"full_name": "lumen/till"}, "org": "x", "created_at": 1}),
        json!({"action": "opened", "actor": {"id": 1}, "org": {"id": 1}, "created_at": 1}),
        json!({"action": "Allow", "org": "x", "business": "y"}),
    ] {
        assert_eq!(
            sniff(&GithubAudit, other.to_string().as_bytes()),
            NO,
            "{other}"
        );
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    let plain = event("org.add_member", |event| event["user"] = json!(7));
    torn_and_flipped(&GithubAudit, format!("[{plain},{{}}]\n{plain}").as_bytes());
    let seen = parse(
        &GithubAudit,
        "x",
        format!("{plain}\n{{\"actor\":1}}\n[7]").as_bytes(),
    );
    assert_eq!((seen.kept, seen.rejects.len()), (1, 2));
}

#[test]
fn real_samples_are_read() {
    for (path, bytes) in samples("github-audit") {
        let is_audit = path.ends_with("GitHub_Audit.github_rules.jsonl");
        assert_eq!(sniff(&GithubAudit, &bytes) >= LIKELY, is_audit, "{path}");
        if is_audit {
            let seen = parse(&GithubAudit, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            let lines = bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty());
            assert_eq!(
                (seen.kept, seen.of("access").len()),
                (lines.count() as u64, 101)
            );
        }
    }
}
