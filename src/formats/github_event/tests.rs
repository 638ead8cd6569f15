use serde_json::{Value, json};

use super::GithubEvent;
use crate::formats::testing::{self, Row, Seen};
use crate::formats::{CERTAIN, LIKELY};
use crate::model::EvidenceClass;

const HEAD: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const MERGE: &str = "9daeafb9864cf43055ae93beb0afd6c7d144bfa4";

fn read(value: &Value) -> Seen {
    parse("events.json", &value.to_string())
}

fn parse(path: &str, text: &str) -> Seen {
    testing::parse(&GithubEvent, path, text.as_bytes())
}

fn sniff(value: &Value) -> u8 {
    testing::sniff(&GithubEvent, value.to_string().as_bytes())
}

/// `object` as an event sends it: under its name, in a repository, by somebody.
fn event(action: &str, objects: Value) -> Value {
    let mut event = objects;
    event["action"] = json!(action);
    event["repository"] =
        json!({"full_name": "Lumen/Till", "html_url": "https://github.com/Lumen/Till"});
    event["sender"] = json!({"login": "omar"});
    event
}

fn api(rest: &str) -> String {
    format!("https://api.github.com/repos/lumen/till/{rest}")
}

fn pull(merged: bool) -> Value {
    json!({"url": api("pulls/7"), "html_url": "https://github.com/lumen/till/pull/7", "number": 7,
        "state": if merged { "closed" } else { "open" }, "title": "Round totals", "body": null,
        "user": {"login": "ines"}, "created_at": "2026-03-01T08:30:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "merged_at": if merged { json!("2026-03-02T08:59:00Z") } else { json!(null) },
        "merge_commit_sha": MERGE, "merged_by": {"login": "omar"},
        "head": {"ref": "round", "sha": HEAD}, "base": {"ref": "main", "sha": MERGE}})
}

fn run(status: &str) -> Value {
    json!({"id": 42, "name": "", "path": ".github/workflows/ship.yml@main", "run_number": 9,
        "run_attempt": 2, "workflow_id": 5, "check_suite_id": 6, "event": "push", "head_sha": HEAD,
        "head_branch": "main", "status": status,
        "conclusion": if status == "completed" { json!("success") } else { json!(null) },
        "display_title": "Round totals", "url": api("actions/runs/42"),
        "html_url": "https://github.com/lumen/till/actions/runs/42",
        "pull_requests": [{"number": 7}], "created_at": "2026-03-02T09:00:00Z",
        "run_started_at": "2026-03-02T09:10:00Z", "updated_at": "2026-03-02T09:15:00Z",
        "actor": {"login": "ines"}, "triggering_actor": {"login": "omar"}})
}

fn job() -> Value {
    json!({"id": 88, "run_id": 42, "run_attempt": 2, "head_sha": HEAD, "name": "deploy",
        "status": "waiting", "conclusion": null, "runner_name": null, "labels": ["linux"],
        "run_url": api("actions/runs/42"), "steps": [{"name": "build", "status": "queued"}],
        "created_at": "2026-03-02T09:10:01Z", "started_at": "2026-03-02T09:10:01Z",
        "completed_at": null})
}

fn deployment(payload: &Value) -> Value {
    json!({"url": api("deployments/600"), "id": 600, "sha": HEAD, "ref": "refs/tags/v2.4.0",
        "task": "deploy", "environment": "production", "payload": payload, "description": "Friday",
        "creator": {"login": "ines"}, "performed_via_github_app": {"slug": "github-actions"},
        "created_at": "2026-03-02T09:12:00Z", "updated_at": "2026-03-02T09:14:00Z",
        "statuses_url": api("deployments/600/statuses")})
}

fn status() -> Value {
    json!({"url": api("deployments/600/statuses/1"), "id": 1, "state": "success",
        "creator": {"login": "bot"}, "environment": "production", "description": "",
        "deployment_url": api("deployments/600"), "target_url": "",
        "log_url": "https://github.com/lumen/till/actions/runs/42/job/88",
        "created_at": "2026-03-02T09:14:00Z"})
}

fn issue() -> Value {
    json!({"number": 12, "title": "Totals are a cent off", "body": "See till 3.", "state": "closed",
        "user": {"login": "paula"}, "labels": [], "comments_url": api("issues/12/comments"),
        "html_url": "https://github.com/lumen/till/issues/12",
        "created_at": "2026-02-27T10:00:00Z", "closed_at": "2026-03-02T09:00:00Z"})
}

fn review(state: &str) -> Value {
    json!({"id": 31, "user": {"login": "omar"}, "state": state, "commit_id": HEAD, "body": "",
        "submitted_at": "2026-03-01T10:00:00Z", "pull_request_url": api("pulls/7"),
        "html_url": "https://github.com/lumen/till/pull/7#pullrequestreview-31"})
}

fn holds(row: &Row, cells: &[(&str, &str)]) {
    for (column, cell) in cells {
        assert_eq!(
            row.get(column).map(String::as_str),
            Some(*cell),
            "{column} of {row:?}"
        );
    }
}

#[test]
fn a_pull_request_is_merged_only_when_it_was() {
    let seen = read(&event(
        "closed",
        json!({"number": 7, "pull_request": pull(true)}),
    ));
    let row = seen.of("change_request")[0];
    holds(
        row,
        &[
            ("repository", "github.com/lumen/till"),
            ("number", "7"),
            ("state", "merged"),
        ],
    );
    holds(
        row,
        &[
            ("head_sha", HEAD),
            ("merge_sha", MERGE),
            ("merged_by", "omar"),
        ],
    );
    assert_eq!(
        seen.times("change_request"),
        ["2026-03-02T09:00:00.000000000Z"]
    );
    // The test merge of an open pull request is no merge.
    let open = read(&json!([pull(false)]));
    assert_eq!(open.of("change_request")[0]["state"], "open");
    assert!(!open.of("change_request")[0].contains_key("merge_sha"));
}

#[test]
fn a_review_is_the_same_from_webhook_and_rest() {
    let webhook = read(&event(
        "submitted",
        json!({"review": review("approved"), "pull_request": pull(false)}),
    ));
    let rest = read(&json!([review("APPROVED"), review("PENDING")]));
    for seen in [&webhook, &rest] {
        let cells = [
            ("repository", "github.com/lumen/till"),
            ("number", "7"),
            ("state", "approved"),
        ];
        holds(seen.of("review")[0], &cells);
        holds(
            seen.of("review")[0],
            &[("sha", HEAD), ("reviewer", "omar"), ("review_id", "31")],
        );
    }
    assert_eq!(webhook.of("change_request").len(), 1);
    assert_eq!((rest.kept, rest.ignored["pending review"]), (1, 1));
    let dismissed = event(
        "dismissed",
        json!({"review": review("dismissed"), "pull_request": pull(false)}),
    );
    assert_eq!(
        read(&dismissed).times("review"),
        ["2026-03-02T09:00:00.000000000Z"]
    );
}

#[test]
fn a_run_and_its_job() {
    let workflow = json!({"name": "ship", "path": "other.yml"});
    let seen = read(&event(
        "completed",
        json!({"workflow": workflow, "workflow_run": run("completed")}),
    ));
    let row = seen.of("build")[0];
    holds(
        row,
        &[
            ("provider", "github"),
            ("run_id", "42"),
            ("attempt", "2"),
            ("sha", HEAD),
        ],
    );
    holds(
        row,
        &[
            ("workflow", "ship"),
            ("workflow_path", ".github/workflows/ship.yml"),
        ],
    );
    holds(row, &[("actor", "omar"), ("change_request", "7")]);
    holds(
        row,
        &[
            ("started_ns", "1772442600000000000"),
            ("finished_ns", "1772442900000000000"),
        ],
    );
    let running = read(&run("in_progress"));
    assert!(!running.of("build")[0].contains_key("finished_ns"));
    let event = event(
        "waiting",
        json!({"workflow_job": job(), "deployment": deployment(&json!({}))}),
    );
    let seen = read(&event);
    holds(
        seen.of("job")[0],
        &[("run_id", "42"), ("job_id", "88"), ("status", "waiting")],
    );
    assert!(
        !seen.of("job")[0].contains_key("started_ns"),
        "a waiting job has not begun"
    );
    assert_eq!(seen.of("change")[0]["run_id"], "42");
}

#[test]
fn pages_cite_their_elements() {
    let text = format!(r#"{{"total_count": 2, "jobs": [ {} ,{} ]}}"#, job(), job());
    assert_eq!(testing::sniff(&GithubEvent, text.as_bytes()), LIKELY);
    let seen = parse("jobs.json", &text);
    assert_eq!((seen.read, seen.of("job").len()), (2, 2));
    for (_, stamp, _) in &seen.rows {
        let start = usize::try_from(stamp.span.offset).unwrap();
        let cited = &text[start..][..usize::try_from(stamp.span.length).unwrap()];
        assert_eq!(serde_json::from_str::<Value>(cited).unwrap(), job());
    }
    // `gh api --paginate --slurp` and plain `--paginate`.
    let page = json!({"total_count": 1, "workflow_runs": [run("completed")]});
    assert_eq!(sniff(&json!([page, page])), LIKELY);
    assert_eq!(read(&json!([page, page])).of("build").len(), 2);
    assert_eq!(
        parse(
            "x",
            &format!("{}{}", json!([pull(true)]), json!([pull(false)]))
        )
        .kept,
        2
    );
}

#[test]
fn a_cut_off_array_loses_its_last_element_only() {
    let text = json!([pull(true), pull(false), pull(false)]).to_string();
    let seen = parse("pulls.json", &text[..text.len() - 40]);
    assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    assert!(
        seen.rejects[0].1.contains("cut off"),
        "{}",
        seen.rejects[0].1
    );
}

#[test]
fn a_deployment_with_its_status() {
    let digest = format!("sha256:{}", "4d".repeat(32));
    let payload =
        json!({"service": "till", "image": format!("ghcr.io/lumen/till@{digest}")}).to_string();
    let event = event(
        "created",
        json!({"deployment_status": status(), "deployment": deployment(&json!(payload)),
            "workflow_run": null}),
    );
    assert_eq!(sniff(&event), CERTAIN);
    let seen = read(&event);
    let row = seen.of("change")[0];
    holds(
        row,
        &[
            ("kind", "deploy"),
            ("change_id", "600"),
            ("repository", "github.com/lumen/till"),
        ],
    );
    holds(
        row,
        &[
            ("service", "till"),
            ("environment", "production"),
            ("version", "v2.4.0"),
        ],
    );
    holds(row, &[("sha", HEAD), ("digest", &digest), ("run_id", "42")]);
    holds(
        row,
        &[("requested_by", "ines"), ("acted_as", "github-actions")],
    );
    let cells = [
        ("change_id", "600"),
        ("state", "success"),
        ("run_id", "42"),
        ("actor", "bot"),
    ];
    holds(seen.of("change_status")[0], &cells);
    assert_eq!(seen.times("change"), ["2026-03-02T09:12:00.000000000Z"]);
    // By themselves, from REST.
    let rest = read(&json!([
        [deployment(&json!({"version": "2.4.1"}))],
        [status()]
    ]));
    assert_eq!(rest.of("change")[0]["version"], "2.4.1");
    holds(rest.of("change_status")[0], &cells);
}

#[test]
fn gates_are_told_by_webhook_rule_and_rest() {
    let asked = json!({"workflow_run": run("waiting"), "environment": "production",
        "requestor": {"login": "ines"}, "since": "2026-03-02T09:10:05Z", "reviewers": []});
    let seen = read(&event("requested", asked));
    let cells = [
        ("gate", "production"),
        ("run_id", "42"),
        ("sha", HEAD),
        ("decision", "requested"),
    ];
    holds(seen.of("gate_decision")[0], &cells);
    assert_eq!(seen.of("gate_decision")[0]["requestor"], "ines");
    assert!(!seen.of("gate_decision")[0].contains_key("approver"));
    assert_eq!(seen.of("build").len(), 1);

    let job = |name: &str| json!({"environment": name, "updated_at": "2026-03-02T09:20:00Z"});
    let decided = json!({"workflow_run": run("in_progress"), "since": "2026-03-02T09:10:05Z",
        "workflow_job_run": job("production"), "approver": {"login": "paula"}, "comment": "go",
        "workflow_job_runs": [job("production"), job("eu")]});
    let seen = read(&event("approved", decided));
    let gates: Vec<_> = seen
        .of("gate_decision")
        .iter()
        .map(|row| row["gate"].clone())
        .collect();
    assert_eq!(gates, ["eu", "production"]);
    holds(
        seen.of("gate_decision")[1],
        &[
            ("decision", "approved"),
            ("approver", "paula"),
            ("comment", "go"),
        ],
    );
    assert_eq!(
        seen.times("gate_decision")[0],
        "2026-03-02T09:20:00.000000000Z"
    );

    let rule = json!({"environment": "production", "event": "push", "deployment": deployment(&json!({})),
        "deployment_callback_url": api("actions/runs/42/deployment_protection_rule")});
    let seen = read(&event("requested", rule));
    holds(
        seen.of("gate_decision")[0],
        &[("run_id", "42"), ("sha", HEAD), ("decision", "requested")],
    );
    assert_eq!(seen.of("change")[0]["run_id"], "42");

    let approvals = json!([{"state": "APPROVED", "comment": "go", "user": {"login": "paula"},
        "environments": [{"name": "production", "url": api("environments/production")}]}]);
    assert_eq!(sniff(&approvals), LIKELY);
    let seen = parse("gh/runs/42/approvals.json", &approvals.to_string());
    let cells = [
        ("run_id", "42"),
        ("approver", "paula"),
        ("repository", "github.com/lumen/till"),
    ];
    holds(seen.of("gate_decision")[0], &cells);
    assert_eq!(seen.times("gate_decision"), [""]);
}

#[test]
fn issues_are_requests_and_pull_requests_are_not() {
    let mut shown = issue();
    shown["pull_request"] = json!({"url": api("pulls/12")});
    let seen = read(&json!([issue(), shown]));
    let cells = [
        ("tracker", "github"),
        ("key", "#12"),
        ("state", "closed"),
        ("author", "paula"),
    ];
    holds(seen.of("request")[0], &cells);
    assert_eq!(
        (seen.kept, seen.ignored["pull request listed as an issue"]),
        (1, 1)
    );
    let comment = json!({"issue": issue(), "comment": {"body": "please fix"}});
    assert_eq!(read(&event("created", comment)).of("request").len(), 1);
}

#[test]
fn a_body_that_looks_like_a_payload_is_no_payload() {
    let mut forged = issue();
    let payload = event(
        "approved",
        json!({"review": review("approved"), "pull_request": pull(true)}),
    );
    (forged["type"], forged["body"]) = (json!({"name": "Bug"}), json!(payload.to_string()));
    let seen = read(&json!([forged]));
    assert_eq!((seen.of("request").len(), seen.of("review").len()), (1, 0));
}

#[test]
fn a_push_brings_commits_that_are_cited_one_by_one() {
    let commit = json!({"id": HEAD, "message": "Round totals\n\nHalf up.\n", "tree_id": MERGE,
        "timestamp": "2026-03-02T10:30:00+02:00", "author": {"name": "Ines", "email": "i@l.example"}});
    let mut push = event(
        "",
        json!({"ref": "refs/heads/main", "before": MERGE, "after": HEAD,
        "commits": [commit, commit], "head_commit": commit}),
    );
    push.as_object_mut().unwrap().remove("action");
    let wrapped = json!({"x_github_event": "push", "payload": push});
    for value in [&push, &wrapped] {
        assert_eq!(sniff(value), CERTAIN);
        let text = value.to_string();
        let seen = parse("push.json", &text);
        let cells = [
            ("sha", HEAD),
            ("subject", "Round totals"),
            ("body", "Half up."),
            ("author_name", "Ines"),
        ];
        holds(seen.of("commit")[0], &cells);
        assert_eq!(seen.of("commit")[0]["authored_ns"], "1772440200000000000");
        assert_eq!(seen.classes("commit"), [Some(EvidenceClass::Asserted); 2]);
        let span = seen.rows[1].1.span;
        assert_eq!(
            usize::try_from(span.length).unwrap(),
            commit.to_string().len()
        );
        assert!(span.offset > seen.rows[0].1.span.offset);
    }
    let text = json!({"event": "push", "body": push.to_string()}).to_string();
    let seen = parse("push.json", &text);
    assert_eq!(
        usize::try_from(seen.rows[0].1.span.length).unwrap(),
        text.len()
    );
    push["commits"] = json!([]);
    assert_eq!(read(&push).of("commit").len(), 1);
    push["head_commit"] = json!(null);
    let moved = read(&push);
    let refs = moved.told("git_ref", &["name", "old_sha", "sha", "forced"]);
    assert_eq!((refs.len(), moved.kept), (1, 1), "{refs:?}");
    for gone in ["before", "after"] {
        push[gone] = json!("0000000000000000000000000000000000000000");
    }
    assert_eq!(read(&push).ignored["push without commits"], 1);
}

#[test]
fn other_wrappings_and_rest_commits() {
    let listed = json!({"sha": HEAD, "html_url": format!("https://github.com/lumen/till/commit/{HEAD}"),
        "commit": {"message": "Round", "tree": {"sha": MERGE}, "author": {"name": "Ines"},
            "committer": {"name": "GitHub", "date": "2026-03-02T09:00:00Z"}},
        "parents": [{"sha": MERGE}, {"sha": HEAD}]});
    let seen = read(&json!([listed]));
    let cells = [("sha", HEAD), ("tree", MERGE), ("committer_name", "GitHub")];
    holds(seen.of("commit")[0], &cells);
    assert_eq!(seen.of("commit")[0]["parents"], format!("{MERGE} {HEAD}"));

    let told = json!({"id": "1", "type": "PullRequestEvent", "repo": {"name": "lumen/till"},
        "payload": {"action": "opened", "number": 7, "pull_request": pull(false)}});
    let delivered = json!({"guid": "x", "event": "issues", "request": {"headers": {}, "payload":
        event("opened", json!({"issue": issue()}))}});
    let context = json!({"event_name": "issues", "repository": "lumen/till",
        "event": event("opened", json!({"issue": issue()}))});
    for (value, table) in [
        (told, "change_request"),
        (delivered, "request"),
        (context, "request"),
    ] {
        assert!(sniff(&value) >= LIKELY, "{value}");
        let seen = read(&value);
        assert_eq!(seen.of(table)[0]["repository"], "github.com/lumen/till");
    }
}

#[test]
fn artifacts_are_keyed_by_digest() {
    let digest = format!("sha256:{}", "4d".repeat(32));
    let package = json!({"name": "till", "package_type": "CONTAINER", "package_version": {
        "package_url": "ghcr.io/Lumen/till:v2", "target_oid": MERGE, "version": digest,
        "container_metadata": {"tag": {"name": "v2", "digest": digest},
            "labels": {"revision": "", "all_labels": {"org.opencontainers.image.revision": HEAD}}}}});
    let seen = read(&event("published", json!({"registry_package": package})));
    let cells = [
        ("digest", digest.as_str()),
        ("name", "ghcr.io/lumen/till"),
        ("version", "v2"),
        ("sha", HEAD),
    ];
    holds(seen.of("artifact")[0], &cells);
    let version = json!({"name": digest, "metadata": {"package_type": "container", "container":
        {"tags": ["v2", "latest"]}},
        "url": "https://api.github.com/orgs/Lumen/packages/container/till%2Fapi/versions/3"});
    let seen = read(&json!([version]));
    let tags: Vec<_> = seen
        .of("artifact")
        .iter()
        .map(|row| row["version"].clone())
        .collect();
    assert_eq!(tags, ["v2", "latest"]);
    assert_eq!(seen.of("artifact")[0]["name"], "ghcr.io/lumen/till/api");
    let release = json!({"tag_name": "v2", "assets": [{"name": "till.tgz", "digest": digest}, {"name": "old"}]});
    assert_eq!(
        read(&event("released", json!({"release": release})))
            .of("artifact")
            .len(),
        1
    );
    let archive = json!({"name": "dist", "archive_download_url": api("actions/artifacts/1/zip"),
        "digest": digest, "workflow_run": {"id": 42, "head_sha": HEAD}});
    let seen = read(&json!({"total_count": 1, "artifacts": [archive]}));
    holds(
        seen.of("artifact")[0],
        &[("run_id", "42"), ("sha", HEAD), ("name", "dist")],
    );
    assert!(
        seen.of("build").is_empty(),
        "the run inside an artifact is only a reference"
    );
}

#[test]
fn what_is_not_used_is_counted_and_what_is_foreign_is_rejected() {
    let comment = json!({"comment": {"id": 1}, "pull_request": pull(false)});
    let lines = [
        event("created", json!({"check_run": {"id": 1}})),
        event("created", comment),
        json!({"action": "repo.create", "actor": "omar", "_document_id": "x"}),
        json!({"object_kind": "merge_request", "repository": {"name": "till"}}),
        event("opened", json!({"pull_request": {"title": "no number"}})),
        json!(7),
    ];
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let seen = parse("mixed.jsonl", &text.join("\n"));
    assert_eq!((seen.read, seen.kept, seen.rejects.len()), (6, 0, 4));
    assert_eq!(
        (
            seen.ignored["event kind not used"],
            seen.ignored["review comment"]
        ),
        (1, 1)
    );
}

#[test]
fn no_bytes_break_it() {
    let status = event(
        "created",
        json!({"deployment_status": status(),
        "deployment": deployment(&json!({"image": "x@sha256:1"})), "workflow_run": run("completed")}),
    );
    let page = json!({"total_count": 1, "workflow_runs": [run("completed")]});
    let text = format!(
        "{status}\n{}\n{page}",
        json!([pull(true), review("approved")])
    );
    let bytes = text.as_bytes();
    for end in (0..bytes.len()).step_by(3) {
        testing::parse(&GithubEvent, "x", &bytes[..end]);
        let mut flipped = bytes.to_vec();
        flipped[end] ^= 0x15;
        testing::parse(&GithubEvent, "x", &flipped);
    }
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    testing::parse(&GithubEvent, "x", deep.as_bytes());
    testing::parse(
        &GithubEvent,
        "x",
        format!("[{{\"payload\":{deep}}},{}]", pull(true)).as_bytes(),
    );
}
