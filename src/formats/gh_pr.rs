//! Pull requests as the GitHub command line shows them: `gh pr view N --json …` (an object) and
//! `gh pr list --json …` (an array); also the answer of a GraphQL query for one pull request, whose
//! fields have the same names.
//!
//! Only the fields that the user asked for are there. The repository is never among them; it is
//! read from `url`, or in GraphQL's answer from a review's. States are in capitals. `latestReviews` repeats the last review of each
//! reviewer, so it is read only where `reviews` is absent. Commits are those of the branch, which a
//! squash leaves behind; what they say about themselves is their author's word.
//!
//! Source: cli/cli, `api/query_builder.go` (`PullRequestFields`) and `api/export_pr.go`.

use std::borrow::Cow;

use serde_json::Value;

use super::read::github::address::{number_in, repository_in};
use super::read::github::document::{self, Place};
use super::read::github::field::{cell, commit, instant, int, key, latest, list, lower, text};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::code::{ChangeRequest, Commit, Review};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Span, Stamp};

/// Fields that only a pull request of this tool has.
const TELLING: &[&str] = &[
    "headRefName",
    "headRefOid",
    "baseRefName",
    "baseRefOid",
    "mergeCommit",
    "mergedAt",
    "mergedBy",
    "mergeStateStatus",
    "isCrossRepository",
    "isDraft",
    "headRepositoryOwner",
    "latestReviews",
    "reviewDecision",
    "reviewRequests",
    "statusCheckRollup",
];

/// `gh pr view --json` and `gh pr list --json`.
pub struct GhPr;

impl Format for GhPr {
    fn name(&self) -> &'static str {
        "gh_pr"
    }

    fn about(&self) -> &'static str {
        "pull requests and reviews from `gh pr view --json` and `gh pr list --json`"
    }

    fn unit(&self) -> &'static str {
        "pull request"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["change_request", "review", "commit"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`number` or a `url` of `…/pull/…`, and keys such as `headRefOid`, `mergedAt` or `reviewDecision`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"number":7,"title":"Charge once","state":"MERGED","author":{"login":"ines"},
 "headRefOid":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345","baseRefName":"main",
 "mergedAt":"2026-03-03T14:02:07Z","url":"https://github.com/acme/shop/pull/7"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let telling = |value: &Value| {
            let pull = pull_request(value);
            let fields = TELLING.iter().filter(|key| pull.get(key).is_some()).count();
            // What a GraphQL answer wraps is a pull request, whatever was asked for.
            let wrapped = usize::from(!std::ptr::eq(pull, value));
            if number(pull).is_some() {
                fields + wrapped
            } else {
                0
            }
        };
        if peek.share(|value| telling(value) >= 3) >= 50 {
            CERTAIN
        } else if peek.share(|value| telling(value) >= 1) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        document::units(chunk, &[], sink, read);
    }
}

/// The pull request inside a GraphQL answer, else the value itself.
fn pull_request(value: &Value) -> &Value {
    value
        .pointer("/data/repository/pullRequest")
        .unwrap_or(value)
}

fn number(pull: &Value) -> Option<i64> {
    int(pull, "/number").or_else(|| number_in(address(pull)?))
}

/// The pull request's address, or else one of its reviews', which lies below it.
fn address(pull: &Value) -> Option<&str> {
    let review = || {
        list(pull, "/reviews/nodes")
            .iter()
            .find_map(|it| text(it, "/url"))
    };
    text(pull, "/url").or_else(review)
}

/// What a pull request says of its reviews and commits too.
struct Pull {
    number: i64,
    repository: Option<String>,
}

fn read(value: &Value, place: &Place<'_>, sink: &mut dyn Sink) -> Outcome {
    let value = pull_request(value);
    let Some(number) = number(value) else {
        return Outcome::Rejected("a pull request without a number".to_owned());
    };
    let pull = Pull {
        number,
        repository: address(value).and_then(repository_in),
    };
    change_request(&pull, value, place.span, sink);
    let reviews = if value.get("reviews").is_some() {
        "reviews"
    } else {
        "latestReviews"
    };
    for (value, span) in elements(value, reviews, place) {
        review(&pull, value, span, sink);
    }
    for (value, span) in elements(value, "commits", place) {
        branch_commit(&pull, value, span, sink);
    }
    Outcome::Kept
}

/// The elements of the array under `key` with their ranges. GraphQL puts the array under `nodes`;
/// its elements are cited by the whole answer.
fn elements<'a>(
    pull: &'a Value,
    key: &str,
    place: &Place<'_>,
) -> impl Iterator<Item = (&'a Value, Span)> + use<'a> {
    let direct = list(pull, &format!("/{key}"));
    let nodes = list(pull, &format!("/{key}/nodes"));
    let spans = place.elements(key, direct.len());
    let whole = std::iter::repeat(place.span);
    direct
        .iter()
        .chain(nodes)
        .zip(spans.into_iter().chain(whole))
}

fn change_request(pull: &Pull, value: &Value, span: Span, sink: &mut dyn Sink) {
    let merged_ns = instant(value, "/mergedAt");
    let state = lower(value, "/state");
    let row = ChangeRequest {
        repository: pull.repository(),
        number: Some(pull.number),
        title: cell(value, "/title"),
        body: cell(value, "/body"),
        state: if merged_ns.is_some() {
            Some(Cow::Borrowed("merged"))
        } else {
            state
        },
        author: cell(value, "/author/login"),
        merged_by: cell(value, "/mergedBy/login"),
        head_ref: cell(value, "/headRefName"),
        base_ref: cell(value, "/baseRefName"),
        head_sha: commit(value, "/headRefOid"),
        merge_sha: commit(value, "/mergeCommit/oid"),
        opened_ns: instant(value, "/createdAt"),
        merged_ns,
        url: cell(value, "/url"),
        ..Default::default()
    };
    let times = ["/updatedAt", "/mergedAt", "/closedAt", "/createdAt"];
    sink.record(Stamp::new(span, latest(value, &times)), &row);
}

fn review(pull: &Pull, value: &Value, span: Span, sink: &mut dyn Sink) {
    let row = Review {
        repository: pull.repository(),
        number: Some(pull.number),
        review_id: key(value, "/id"),
        reviewer: cell(value, "/author/login"),
        state: lower(value, "/state"),
        sha: commit(value, "/commit/oid"),
        body: cell(value, "/body"),
        url: cell(value, "/url"),
        ..Default::default()
    };
    // A pending review is a draft that only its author sees.
    if row.state.as_deref() != Some("pending") {
        sink.record(Stamp::new(span, instant(value, "/submittedAt")), &row);
    }
}

fn branch_commit(pull: &Pull, value: &Value, span: Span, sink: &mut dyn Sink) {
    let committed_ns = instant(value, "/committedDate");
    let row = Commit {
        repository: pull.repository(),
        sha: commit(value, "/oid"),
        author_name: cell(value, "/authors/0/name"),
        author_email: cell(value, "/authors/0/email"),
        authored_ns: instant(value, "/authoredDate"),
        committed_ns,
        subject: cell(value, "/messageHeadline"),
        body: cell(value, "/messageBody"),
        ..Default::default()
    };
    if row.sha.is_some() {
        sink.record(Stamp::new(span, committed_ns).asserted(), &row);
    }
}

impl Pull {
    fn repository(&self) -> Text<'_> {
        self.repository.as_deref().map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, samples};

    const VIEW: &str = r#"{"author":{"login":"ines"},"baseRefName":"main","body":"Closes #12",
      "commits":[{"authoredDate":"2026-03-01T08:00:00Z","authors":[{"name":"Ines","email":"i@l.example",
        "login":"ines","id":""}],"committedDate":"2026-03-01T08:01:00Z","messageBody":"Half up.",
        "messageHeadline":"Round totals","oid":"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}],
      "createdAt":"2026-03-01T08:30:00Z","headRefName":"round",
      "headRefOid":"4B825DC642CB6EB9A060E54BF8D69288FBEE4904",
      "latestReviews":[{"author":{"login":"omar"},"state":"APPROVED"}],
      "mergeCommit":{"oid":"9daeafb9864cf43055ae93beb0afd6c7d144bfa4"},
      "mergedAt":"2026-03-02T08:59:00Z","mergedBy":{"login":"omar"},"number":7,
      "reviews":[
        {"id":"PRR_1","author":{"login":"omar"},"body":"","submittedAt":"2026-03-01T10:00:00Z",
         "state":"CHANGES_REQUESTED","commit":{"oid":"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}},
        {"id":"PRR_2","author":{"login":"omar"},"body":"fine","submittedAt":"2026-03-02T08:58:00Z",
         "state":"APPROVED","commit":{"oid":"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}},
        {"id":"PRR_3","author":{"login":"ines"},"body":"draft","submittedAt":null,"state":"PENDING"}],
      "state":"MERGED","title":"Round totals","updatedAt":"2026-03-02T09:00:00Z",
      "url":"https://github.com/Lumen/Till/pull/7"}"#;

    #[test]
    fn reviews_alone_name_their_pull_request_by_their_address() {
        let answer = |url: &str| {
            format!(
                r#"{{"data":{{"repository":{{"pullRequest":{{"reviews":{{"nodes":[
                {{"author":{{"login":"omar"}},"body":"fine","submittedAt":"2026-03-02T08:58:00Z",
                "state":"APPROVED","url":"{url}"}}]}}}}}}}}}}"#
            )
        };
        let text = answer("https://github.com/Lumen/Till/pull/7#pullrequestreview-1");
        assert_eq!(testing::sniff(&GhPr, text.as_bytes()), LIKELY);
        let seen = testing::parse(&GhPr, "reviews.json", text.as_bytes());
        for table in ["change_request", "review"] {
            let [row] = seen.of(table)[..] else {
                panic!("{table}");
            };
            assert!(row.values().any(|cell| cell == "github.com/lumen/till"));
            assert!(row.values().any(|cell| cell == "7"), "{row:?}");
        }
        assert_eq!(testing::sniff(&GhPr, answer("").as_bytes()), NO);
    }

    #[test]
    fn a_view_gives_its_state_reviews_and_commits() {
        assert_eq!(testing::sniff(&GhPr, VIEW.as_bytes()), CERTAIN);
        let seen = testing::parse(&GhPr, "pr.json", VIEW.as_bytes());
        let pull = seen.of("change_request")[0];
        for (column, cell) in [
            ("repository", "github.com/lumen/till"),
            ("number", "7"),
            ("state", "merged"),
            ("author", "ines"),
            ("merged_by", "omar"),
            ("head_sha", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            ("merge_sha", "9daeafb9864cf43055ae93beb0afd6c7d144bfa4"),
            ("base_ref", "main"),
        ] {
            assert_eq!(pull[column], cell, "{column}");
        }
        let states: Vec<_> = seen
            .of("review")
            .iter()
            .map(|row| row["state"].clone())
            .collect();
        assert_eq!(states, ["changes_requested", "approved"]);
        assert_eq!(seen.times("review")[1], "2026-03-02T08:58:00.000000000Z");
        assert_eq!(seen.of("commit")[0]["subject"], "Round totals");
        assert_eq!(seen.classes("commit"), [Some(EvidenceClass::Asserted)]);
    }

    #[test]
    fn a_review_is_cited_by_its_own_bytes() {
        let seen = testing::parse(&GhPr, "pr.json", VIEW.as_bytes());
        let (_, stamp, _) = seen
            .rows
            .iter()
            .find(|(table, ..)| *table == "review")
            .unwrap();
        let start = usize::try_from(stamp.span.offset).unwrap();
        let cited = &VIEW[start..][..usize::try_from(stamp.span.length).unwrap()];
        assert!(
            cited.starts_with("{\"id\":\"PRR_1\"") && cited.ends_with("}}"),
            "{cited}"
        );
    }

    #[test]
    fn a_list_with_few_fields_is_read() {
        let list = br#"[{"number":7,"mergedAt":null,"state":"OPEN"},
          {"url":"https://github.com/lumen/till/pull/8","isDraft":true,"latestReviews":
          [{"author":{"login":"omar"},"state":"COMMENTED"}]},{"title":"lost","isDraft":true}]"#;
        assert_eq!(testing::sniff(&GhPr, list), LIKELY);
        let seen = testing::parse(&GhPr, "prs.json", list);
        let pulls = seen.of("change_request");
        assert_eq!(
            (pulls[0]["state"].as_str(), pulls[1]["number"].as_str()),
            ("open", "8")
        );
        assert_eq!(seen.of("review")[0]["number"], "8");
        assert_eq!((seen.kept, seen.rejects.len()), (2, 1));
    }

    #[test]
    fn a_graphql_answer_is_read() {
        let answer = br#"{"data":{"repository":{"pullRequest":{"number":7,"state":"CLOSED",
          "headRefName":"round","url":"https://github.com/lumen/till/pull/7","reviews":{"nodes":[
          {"author":{"login":"omar"},"state":"APPROVED","submittedAt":"2026-03-01T10:00:00Z"}]}}}}}"#;
        assert_eq!(testing::sniff(&GhPr, answer), LIKELY);
        let seen = testing::parse(&GhPr, "pr.json", answer);
        assert_eq!(seen.of("change_request")[0]["state"], "closed");
        assert_eq!(seen.of("review")[0]["reviewer"], "omar");
    }

    #[test]
    fn no_bytes_break_it() {
        for end in 0..VIEW.len() {
            testing::parse(&GhPr, "pr.json", &VIEW.as_bytes()[..end]);
            let mut flipped = VIEW.as_bytes().to_vec();
            flipped[end] ^= 0x15;
            testing::parse(&GhPr, "pr.json", &flipped);
        }
    }

    #[test]
    fn real_answers_are_told_from_other_exports() {
        for folder in [
            "github-webhooks",
            "gh-cli-json",
            "vcs-webhooks-other",
            "github-audit",
        ] {
            for (path, bytes) in samples(folder) {
                let expected = path.contains("prViewPreview");
                assert_eq!(testing::sniff(&GhPr, &bytes) > NO, expected, "{path}");
                if expected {
                    let seen = testing::parse(&GhPr, &path, &bytes);
                    assert_eq!(
                        (seen.kept, seen.of("change_request").len()),
                        (1, 1),
                        "{path}"
                    );
                }
            }
        }
    }
}
