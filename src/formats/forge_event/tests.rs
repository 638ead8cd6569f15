use serde_json::json;

use super::*;
use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

fn read(event: &Value) -> Seen {
    assert_eq!(
        sniff(&ForgeEvent, event.to_string().as_bytes()),
        CERTAIN,
        "{event}"
    );
    parse(&ForgeEvent, "hook.json", event.to_string().as_bytes())
}

fn gitlab(kind: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut event = json!({"object_kind": kind, "user": {"username": "mara"}, "project": {"web_url": "https://git.example/lumen/till"},
        "object_attributes": {"id": 9, "iid": 4, "title": "Fix", "description": "why", "state": "opened", "action": "open",
            "source_branch": "fix", "target_branch": "main", "last_commit": {"id": "ab".repeat(20)}, "url": "https://git.example/lumen/till/-/merge_requests/4",
            "created_at": "2026-11-03 13:00:00 UTC", "updated_at": "2026-11-03 14:00:00 UTC"}});
    change(&mut event);
    event
}

fn cells(row: &std::collections::BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
    for (column, value) in expected {
        assert_eq!(
            row.get(column).map(String::as_str),
            Some(*value),
            "{column}"
        );
    }
}

#[test]
fn gitlab_merge_requests_and_reviews() {
    let seen = read(&gitlab("merge_request", |_| {}));
    let sha = "ab".repeat(20);
    cells(
        seen.of("change_request")[0],
        &[
            ("repository", "git.example/lumen/till"),
            ("number", "4"),
            ("state", "open"),
            ("author", "mara"),
            ("head_ref", "fix"),
            ("base_ref", "main"),
            ("head_sha", &sha),
        ],
    );
    assert_eq!(
        seen.times("change_request"),
        ["2026-11-03T14:00:00.000000000Z"]
    );
    let seen = read(&gitlab("merge_request", |event| {
        event["object_attributes"]["action"] = json!("approved");
    }));
    cells(
        seen.of("review")[0],
        &[
            ("reviewer", "mara"),
            ("state", "approved"),
            ("sha", &sha),
            ("number", "4"),
        ],
    );
    let seen = read(&gitlab("merge_request", |event| {
        event["object_attributes"]["action"] = json!("merge");
        event["object_attributes"]["state"] = json!("merged");
    }));
    cells(
        seen.of("change_request")[0],
        &[("state", "merged"), ("merged_by", "mara")],
    );
}

#[test]
fn gitlab_pipelines_deployments_and_flags() {
    let seen = read(&gitlab("pipeline", |event| {
        event["object_attributes"] = json!({"id": 31, "ref": "main", "sha": "ab".repeat(20), "status": "failed", "source": "push",
            "created_at": "2026-11-03 14:00:00 UTC", "finished_at": "2026-11-03 14:05:00 UTC"});
        event["builds"] = json!([{"id": 7, "name": "test", "status": "failed", "started_at": "2026-11-03 14:01:00 UTC", "finished_at": null}]);
    }));
    cells(
        seen.of("build")[0],
        &[
            ("run_id", "31"),
            ("status", "completed"),
            ("conclusion", "failure"),
            ("event", "push"),
        ],
    );
    cells(
        seen.of("job")[0],
        &[("run_id", "31"), ("job_id", "7"), ("conclusion", "failure")],
    );
    let sha = "cd".repeat(20);
    let seen = read(
        &json!({"object_kind": "deployment", "status": "success", "status_changed_at": "2026-11-03 15:00:00 +0100", "deployment_id": 15,
        "environment": "prod", "ref": "v2.4.0", "project": {"web_url": "https://git.example/lumen/till"}, "user": {"username": "mara"},
        "commit_url": format!("https://git.example/lumen/till/-/commit/{sha}")}),
    );
    cells(
        seen.of("change")[0],
        &[
            ("kind", "deploy"),
            ("change_id", "15"),
            ("environment", "prod"),
            ("version", "v2.4.0"),
            ("sha", &sha),
            ("requested_by", "mara"),
        ],
    );
    cells(
        seen.of("change_status")[0],
        &[("change_id", "15"), ("state", "success")],
    );
    assert_eq!(seen.times("change"), ["2026-11-03T14:00:00.000000000Z"]);
    let seen = read(&gitlab("feature_flag", |event| {
        event["object_attributes"] = json!({"id": 6, "name": "new-till", "active": true});
    }));
    cells(
        seen.of("change")[0],
        &[
            ("kind", "flag"),
            ("object", "flags/new-till"),
            ("action", "on"),
            ("acted_as", "mara"),
        ],
    );
    let seen = read(&gitlab("issue", |_| {}));
    cells(
        seen.of("request")[0],
        &[("key", "#4"), ("state", "open"), ("author", "mara")],
    );
    assert_eq!(
        read(&gitlab("note", |_| {})).ignored.values().sum::<u64>(),
        1
    );
}

#[test]
fn gitlab_pushes_and_audit_events() {
    let seen = read(
        &json!({"object_kind": "push", "project": {"web_url": "https://git.example/lumen/till"}, "user_username": "mara",
        "commits": [{"id": "ab".repeat(20), "message": "one\n\ntwo", "timestamp": "2026-11-03T15:00:00+01:00", "author": {"name": "Mara", "email": "m@x.example"}}]}),
    );
    cells(
        seen.of("commit")[0],
        &[
            ("subject", "one"),
            ("body", "two"),
            ("author_email", "m@x.example"),
        ],
    );
    assert_eq!(seen.classes("commit"), [Some(EvidenceClass::Asserted)]);
    let seen = read(
        &json!({"id": 3, "author_id": 1, "author_name": "mara", "entity_id": 2, "entity_type": "Project", "entity_path": "lumen/till",
        "event_type": "member_created", "created_at": "2026-11-03T14:00:00.000Z", "ip_address": "192.0.2.7",
        "details": {"add": "user_access", "as": "Maintainer", "target_details": "odo"}}),
    );
    cells(
        seen.of("access")[0],
        &[
            ("kind", "privilege"),
            ("principal", "mara"),
            ("verb", "member_created"),
            ("grantee", "odo"),
            ("granted", "Maintainer"),
            ("object", "lumen/till/odo"),
            ("source_address", "192.0.2.7"),
        ],
    );
    cells(seen.of("change")[0], &[("kind", "iam")]);
}

#[test]
fn bitbucket_cloud() {
    let around = |name: &str, value: Value| {
        let mut event = json!({"actor": {"nickname": "mara"}, "repository": {"full_name": "lumen/till", "links": {"html": {"href": "https://bitbucket.org/lumen/till"}}}});
        event[name] = value;
        event
    };
    let seen = read(&around(
        "push",
        json!({"changes": [{"new": {"name": "main"}, "commits": [{"hash": "ab".repeat(20), "message": "one", "date": "2026-11-03T14:00:00+00:00", "author": {"raw": "Mara <m@x.example>"}}]}]}),
    ));
    cells(
        seen.of("commit")[0],
        &[
            ("author_name", "Mara"),
            ("author_email", "m@x.example"),
            ("repository", "bitbucket.org/lumen/till"),
        ],
    );
    let mut event = around(
        "pullrequest",
        json!({"id": 5, "title": "Fix", "state": "MERGED", "author": {"nickname": "odo"}, "closed_by": {"nickname": "mara"},
        "source": {"branch": {"name": "fix"}, "commit": {"hash": "abcdef012345"}}, "destination": {"branch": {"name": "main"}},
        "merge_commit": {"hash": "cd".repeat(20)}, "created_on": "2026-11-03T13:00:00Z", "updated_on": "2026-11-03T14:00:00Z"}),
    );
    event["approval"] = json!({"date": "2026-11-03T13:30:00Z", "user": {"nickname": "ada"}});
    let seen = read(&event);
    cells(
        seen.of("change_request")[0],
        &[
            ("number", "5"),
            ("state", "merged"),
            ("author", "odo"),
            ("merged_by", "mara"),
        ],
    );
    assert!(
        !seen.of("change_request")[0].contains_key("head_sha"),
        "twelve digits are no commit id"
    );
    cells(
        seen.of("review")[0],
        &[("reviewer", "ada"), ("state", "approved")],
    );
    let seen = read(&around(
        "commit_status",
        json!({"state": "FAILED", "key": "b-7", "name": "ci", "links": {"commit": {"href": format!("https://api.example/commit/{}", "ab".repeat(20))}}}),
    ));
    cells(
        seen.of("build")[0],
        &[
            ("run_id", "b-7"),
            ("conclusion", "failure"),
            ("sha", &"ab".repeat(20)),
        ],
    );
}

#[test]
fn bitbucket_data_center() {
    let seen = read(
        &json!({"eventKey": "pr:reviewer:approved", "date": "2026-11-03T15:00:00+0100", "actor": {"name": "ada"}, "participant": {"user": {"name": "ada"}, "lastReviewedCommit": "ab".repeat(20)},
        "pullRequest": {"id": 11, "title": "Fix", "state": "OPEN", "createdDate": 1_793_714_400_000_i64, "fromRef": {"id": "refs/heads/fix", "latestCommit": "ab".repeat(20)},
            "toRef": {"id": "refs/heads/main", "repository": {"slug": "till", "project": {"key": "LUMEN"}}}, "author": {"user": {"name": "odo"}},
            "links": {"self": [{"href": "https://git.lumen.example/projects/LUMEN/repos/till/pull-requests/11"}]}}}),
    );
    cells(
        seen.of("change_request")[0],
        &[
            ("number", "11"),
            ("repository", "git.lumen.example/lumen/till"),
            ("head_ref", "fix"),
            ("author", "odo"),
        ],
    );
    cells(
        seen.of("review")[0],
        &[
            ("reviewer", "ada"),
            ("state", "approved"),
            ("sha", &"ab".repeat(20)),
        ],
    );
    assert_eq!(seen.times("review"), ["2026-11-03T14:00:00.000000000Z"]);
}

#[test]
fn azure_devops() {
    let seen = read(
        &json!({"eventType": "git.pullrequest.merged", "publisherId": "tfs", "createdDate": "2026-11-03T14:00:00.1234567Z",
        "resource": {"pullRequestId": 8, "status": "completed", "title": "Fix", "createdBy": {"uniqueName": "odo@x.example"}, "closedDate": "2026-11-03T14:00:00Z",
            "repository": {"remoteUrl": "https://dev.azure.com/lumen/shop/_git/till"}, "sourceRefName": "refs/heads/fix", "targetRefName": "refs/heads/main",
            "lastMergeSourceCommit": {"commitId": "ab".repeat(20)}, "lastMergeCommit": {"commitId": "cd".repeat(20)},
            "reviewers": [{"uniqueName": "ada@x.example", "vote": 10}, {"uniqueName": "team", "vote": 0}]}}),
    );
    cells(
        seen.of("change_request")[0],
        &[
            ("number", "8"),
            ("state", "merged"),
            ("repository", "dev.azure.com/lumen/shop/_git/till"),
            ("merge_sha", &"cd".repeat(20)),
            ("head_ref", "fix"),
        ],
    );
    assert_eq!(seen.of("review").len(), 1);
    let seen = read(
        &json!({"eventType": "build.complete", "publisherId": "tfs", "resource": {"id": 2, "buildNumber": "20261103.1", "status": "succeeded", "finishTime": "2026-11-03T14:00:00Z", "definition": {"name": "release"}}}),
    );
    cells(
        seen.of("build")[0],
        &[
            ("run_id", "2"),
            ("conclusion", "success"),
            ("workflow", "release"),
        ],
    );
}

#[test]
fn github_is_left_alone() {
    let event = json!({"action": "opened", "sender": {"login": "mara"}, "repository": {"full_name": "lumen/till"}, "pull_request": {}});
    assert_eq!(sniff(&ForgeEvent, event.to_string().as_bytes()), NO);
}

#[test]
fn hostile_bytes_do_no_harm() {
    torn_and_flipped(
        &ForgeEvent,
        gitlab("merge_request", |event| {
            event["object_attributes"]["action"] = json!("approved");
        })
        .to_string()
        .as_bytes(),
    );
    let bytes = br#"{"object_kind":"pipeline","project":7,"object_attributes":{"id":1,"status":2}}{"eventKey":"pr:x","pullRequest":{"id":1,"toRef":7}}"#;
    torn_and_flipped(&ForgeEvent, bytes);
}

#[test]
fn real_samples_are_read() {
    let (mut files, mut requests, mut reviews) = (0, 0, 0);
    for (path, bytes) in samples("vcs-webhooks-other") {
        let is_ours = !path.contains("/github-");
        assert_eq!(sniff(&ForgeEvent, &bytes) == CERTAIN, is_ours, "{path}");
        if is_ours {
            let seen = parse(&ForgeEvent, &path, &bytes);
            assert_eq!((seen.read, seen.kept), (1, 1), "{path}");
            files += 1;
            requests += seen.of("change_request").len();
            reviews += seen.of("review").len();
        }
    }
    assert!(
        files == 0 || (files, requests, reviews) == (3, 3, 1),
        "{files} {requests} {reviews}"
    );
}
