//! The format over real payloads.

use serde_json::Value;

use super::GithubEvent;
use crate::formats::testing;
use crate::formats::{CERTAIN, LIKELY, NO};

#[test]
fn real_payloads_are_recognised_and_read() {
    /// The tables that an event of each kind fills; the others are not used.
    const KINDS: &[(&str, &[&str])] = &[
        ("/deployment/", &["change"]),
        ("/deployment_review/", &["gate_decision", "build"]),
        ("/deployment_status/", &["change", "change_status"]),
        ("/package/", &["artifact"]),
        ("/pull_request/", &["change_request"]),
        ("/pull_request_review/", &["review", "change_request"]),
        ("/workflow_job/", &["job"]),
        ("/workflow_run/", &["build"]),
        ("github-pull-request", &["change_request"]),
        ("github-commit", &["commit"]),
    ];
    for folder in ["github-webhooks", "vcs-webhooks-other"] {
        for (path, bytes) in testing::samples(folder) {
            let is_github = folder == "github-webhooks" || path.contains("/github-");
            let expected = if is_github { CERTAIN } else { NO };
            assert_eq!(testing::sniff(&GithubEvent, &bytes), expected, "{path}");
            if !is_github {
                continue;
            }
            let seen = testing::parse(&GithubEvent, &path, &bytes);
            assert_eq!(
                (seen.read, seen.rejects.len()),
                (1, 0),
                "{path}: {:?}",
                seen.rejects
            );
            for (_, tables) in KINDS.iter().filter(|(kind, _)| path.contains(kind)) {
                assert_eq!(seen.kept, 1, "{path}");
                for table in *tables {
                    assert_eq!(seen.of(table).len(), 1, "{table} of {path}");
                    assert!(
                        !seen.times(table)[0].is_empty(),
                        "{table} of {path} has a time"
                    );
                }
            }
            let commits = serde_json::from_slice::<Value>(&bytes).unwrap()["commits"]
                .as_array()
                .map(Vec::len);
            assert!(seen.of("commit").len() >= commits.unwrap_or(0), "{path}");
        }
    }
}

#[test]
fn other_exports_are_left_alone() {
    for folder in [
        "gh-cli-json",
        "sniff-fixtures-rsigma",
        "github-audit",
        "cdevents",
        "argocd",
    ] {
        for (path, bytes) in testing::samples(folder) {
            // One collector's webhooks, trimmed to a few fields, stand among the audit logs.
            let expected = if path.contains("GitHub_Webhook") {
                LIKELY
            } else {
                NO
            };
            assert_eq!(testing::sniff(&GithubEvent, &bytes), expected, "{path}");
            if expected == LIKELY {
                let seen = testing::parse(&GithubEvent, &path, &bytes);
                // The rest has invented commit ids (`def456`), or jobs without their run.
                assert_eq!((seen.read, seen.kept), (76, 41), "{:?}", seen.rejects);
            }
        }
    }
}
