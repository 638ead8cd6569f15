//! CI runs as the GitHub command line shows them: `gh run view ID --json …` (an object) and
//! `gh run list --json …` (an array).
//!
//! The same facts as REST's in other words: camel case, `databaseId` for `id`, `url` for the web
//! address, and only the fields that the user asked for. The repository is never a field; it is
//! read from `url`. A view has `jobs`, a list has none, and neither names the actor, the workflow's
//! file or the runner. Go's zero time and `""` stand for "not yet".
//!
//! Source: cli/cli, `pkg/cmd/run/shared`, `RunFields` and `ExportData`.

use std::borrow::Cow;

use serde_json::Value;

use super::read::github::address::{id_after, repository_in, run_in};
use super::read::github::document::{self, Place};
use super::read::github::field::{
    PROVIDER, cell, commit, instant, int, key, latest, list, lower, steps, text,
};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::{Build, Job};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// Fields that few other exports have.
const TELLING: &[&str] = &[
    "databaseId",
    "workflowDatabaseId",
    "workflowName",
    "displayTitle",
    "headSha",
    "headBranch",
];

/// `gh run view --json` and `gh run list --json`.
pub struct GhRun;

impl Format for GhRun {
    fn name(&self) -> &'static str {
        "gh_run"
    }

    fn about(&self) -> &'static str {
        "CI runs and jobs from `gh run view --json` and `gh run list --json`"
    }

    fn unit(&self) -> &'static str {
        "run"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["build", "job"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "a `url` of `…/actions/runs/…`, and `databaseId`, `headSha` or `workflowName`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"databaseId":42,"workflowName":"ship","status":"completed","conclusion":"success",
 "headBranch":"main","headSha":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345",
 "createdAt":"2026-03-03T14:02:07Z","url":"https://github.com/acme/shop/actions/runs/42"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.share(|run| has_address(run) && telling(run) >= 2) >= 50 {
            CERTAIN
        } else if peek.share(|run| has_address(run) || telling(run) >= 3) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        document::units(chunk, &[], sink, read);
    }
}

fn telling(run: &Value) -> usize {
    TELLING.iter().filter(|key| run.get(key).is_some()).count()
}

/// True where the run, or the first of its jobs, has a run's web address; REST calls that address
/// `html_url` and its `url` leads to the API.
fn has_address(run: &Value) -> bool {
    run.get("html_url").is_none() && address(run).is_some_and(|url| run_in(url).is_some())
}

/// The web address of the run, else of its first job.
fn address(run: &Value) -> Option<&str> {
    text(run, "/url").or_else(|| text(run, "/jobs/0/url"))
}

/// What a run says of its jobs too.
struct Run<'a> {
    id: &'a str,
    attempt: Option<i64>,
    repository: Option<String>,
}

fn read(value: &Value, place: &Place<'_>, sink: &mut dyn Sink) -> Outcome {
    let address = address(value);
    let Some(id) = key(value, "/databaseId").or_else(|| Some(Cow::Borrowed(run_in(address?)?)))
    else {
        return Outcome::Rejected("a run without an id".to_owned());
    };
    let in_address = || id_after(address?, "/attempts/")?.parse().ok();
    let run = Run {
        id: &id,
        attempt: int(value, "/attempt").or_else(in_address),
        repository: address.and_then(repository_in),
    };
    let has_facts = text(value, "/url").is_some() || value.get("databaseId").is_some();
    if has_facts {
        build(&run, value, place.span, sink);
    }
    let jobs = list(value, "/jobs");
    for (value, span) in jobs.iter().zip(place.elements("jobs", jobs.len())) {
        job(&run, value, span, sink);
    }
    Outcome::Kept
}

fn build(run: &Run<'_>, value: &Value, span: Span, sink: &mut dyn Sink) {
    let status = lower(value, "/status");
    let row = Build {
        provider: PROVIDER,
        repository: run.repository(),
        run_id: Some(Cow::Borrowed(run.id)),
        attempt: run.attempt,
        workflow: cell(value, "/workflowName").or_else(|| cell(value, "/name")),
        event: cell(value, "/event"),
        sha: commit(value, "/headSha"),
        branch: cell(value, "/headBranch"),
        finished_ns: instant(value, "/updatedAt")
            .filter(|_| status.as_deref() == Some("completed")),
        status,
        conclusion: lower(value, "/conclusion"),
        title: cell(value, "/displayTitle"),
        started_ns: instant(value, "/startedAt").or_else(|| instant(value, "/createdAt")),
        url: cell(value, "/url"),
        ..Default::default()
    };
    let times = ["/updatedAt", "/startedAt", "/createdAt"];
    sink.record(Stamp::new(span, latest(value, &times)), &row);
}

fn job(run: &Run<'_>, value: &Value, span: Span, sink: &mut dyn Sink) {
    let status = lower(value, "/status");
    let has_begun = matches!(status.as_deref(), None | Some("in_progress" | "completed"));
    let row = Job {
        provider: PROVIDER,
        repository: run.repository(),
        run_id: Some(Cow::Borrowed(run.id)),
        attempt: run.attempt,
        job_id: key(value, "/databaseId"),
        name: cell(value, "/name"),
        status,
        conclusion: lower(value, "/conclusion"),
        started_ns: instant(value, "/startedAt").filter(|_| has_begun),
        finished_ns: instant(value, "/completedAt"),
        steps: steps(value),
        url: cell(value, "/url"),
        ..Default::default()
    };
    sink.record(
        Stamp::new(span, latest(value, &["/completedAt", "/startedAt"])),
        &row,
    );
}

impl Run<'_> {
    fn repository(&self) -> Text<'_> {
        self.repository.as_deref().map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, samples};

    const VIEW: &str = r#"{"attempt":2,"conclusion":"failure","createdAt":"2026-03-02T09:00:00Z",
      "databaseId":8800412,"displayTitle":"Round cash totals","event":"push","headBranch":"main",
      "headSha":"4B825DC642CB6EB9A060E54BF8D69288FBEE4904","jobs":[
        {"completedAt":"2026-03-02T09:04:00Z","conclusion":"success","databaseId":11,"name":"test",
         "startedAt":"2026-03-02T09:00:09Z","status":"completed",
         "steps":[{"conclusion":"success","name":"checkout","number":1,"status":"completed"}],
         "url":"https://github.com/lumen/till/actions/runs/8800412/job/11"} ,
        {"completedAt":null,"conclusion":"","databaseId":12,"name":"deploy",
         "startedAt":"0001-01-01T00:00:00Z","status":"queued","steps":[],
         "url":"https://github.com/lumen/till/actions/runs/8800412/job/12"}],
      "name":"CI","number":91,"startedAt":"2026-03-02T09:00:05Z","status":"completed",
      "updatedAt":"2026-03-02T09:05:00Z","url":"https://github.com/Lumen/Till/actions/runs/8800412",
      "workflowDatabaseId":5,"workflowName":"ship"}"#;

    #[test]
    fn a_view_gives_its_run_and_its_jobs() {
        assert_eq!(testing::sniff(&GhRun, VIEW.as_bytes()), CERTAIN);
        let seen = testing::parse(&GhRun, "run.json", VIEW.as_bytes());
        assert_eq!((seen.read, seen.kept), (1, 1));
        let build = seen.of("build")[0];
        for (column, cell) in [
            ("provider", "github"),
            ("repository", "github.com/lumen/till"),
            ("run_id", "8800412"),
            ("attempt", "2"),
            ("workflow", "ship"),
            ("sha", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            ("conclusion", "failure"),
        ] {
            assert_eq!(build[column], cell, "{column}");
        }
        assert_eq!(seen.times("build"), ["2026-03-02T09:05:00.000000000Z"]);
        assert!(build.contains_key("finished_ns"));
        let jobs = seen.of("job");
        assert_eq!(
            (jobs[0]["job_id"].as_str(), jobs[1]["job_id"].as_str()),
            ("11", "12")
        );
        assert!(
            jobs.iter()
                .all(|job| job["run_id"] == "8800412" && job["attempt"] == "2")
        );
        assert!(jobs[0]["steps"].contains("checkout"));
    }

    #[test]
    fn what_has_not_happened_has_no_time() {
        let seen = testing::parse(&GhRun, "run.json", VIEW.as_bytes());
        let waiting = seen.of("job")[1];
        for column in ["started_ns", "finished_ns", "conclusion", "steps"] {
            assert!(!waiting.contains_key(column), "{column}");
        }
    }

    #[test]
    fn a_job_is_cited_by_its_own_bytes() {
        let seen = testing::parse(&GhRun, "run.json", VIEW.as_bytes());
        let (_, stamp, _) = seen
            .rows
            .iter()
            .find(|(table, ..)| *table == "job")
            .unwrap();
        let start = usize::try_from(stamp.span.offset).unwrap();
        let cited = &VIEW[start..][..usize::try_from(stamp.span.length).unwrap()];
        assert!(
            cited.starts_with("{\"completedAt\"") && cited.ends_with("job/11\"}"),
            "{cited}"
        );
    }

    #[test]
    fn a_list_is_read_whatever_fields_were_asked_for() {
        let list = br#"[{"databaseId":1,"headSha":"4b825dc642cb6eb9a060e54bf8d69288fbee4904",
          "workflowName":"ci"},{"url":"https://git.lumen.example/pay/till/actions/runs/2/attempts/3",
          "headBranch":"main"},{"headSha":"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}]"#;
        assert_eq!(testing::sniff(&GhRun, list), LIKELY);
        let seen = testing::parse(&GhRun, "runs.json", list);
        let builds = seen.of("build");
        assert_eq!(builds.len(), 2);
        assert_eq!(builds[1]["run_id"], "2");
        assert_eq!(builds[1]["attempt"], "3");
        assert_eq!(builds[1]["repository"], "git.lumen.example/pay/till");
        assert_eq!(seen.rejects.len(), 1);
    }

    #[test]
    fn jobs_alone_name_their_run() {
        let jobs = br#"{"jobs":[{"databaseId":11,"name":"test","status":"completed",
          "url":"https://github.com/lumen/till/actions/runs/42/job/11"}]}"#;
        assert_eq!(testing::sniff(&GhRun, jobs), LIKELY);
        let seen = testing::parse(&GhRun, "jobs.json", jobs);
        assert_eq!(
            (seen.of("build").len(), seen.of("job")[0]["run_id"].as_str()),
            (0, "42")
        );
    }

    #[test]
    fn no_bytes_break_it() {
        for end in 0..VIEW.len() {
            testing::parse(&GhRun, "run.json", &VIEW.as_bytes()[..end]);
            let mut flipped = VIEW.as_bytes().to_vec();
            flipped[end] ^= 0x15;
            testing::parse(&GhRun, "run.json", &flipped);
        }
    }

    #[test]
    fn other_exports_are_left_alone() {
        for folder in [
            "github-webhooks",
            "gh-cli-json",
            "vcs-webhooks-other",
            "github-audit",
        ] {
            for (path, bytes) in samples(folder) {
                assert_eq!(testing::sniff(&GhRun, &bytes), NO, "{path}");
            }
        }
    }
}
