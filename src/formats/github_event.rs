//! GitHub's record of requests, review, builds and deployments: webhook payloads, and the REST
//! objects that `gh api` saves.
//!
//! Both are one format because an event is nothing but REST objects under their names, with an
//! action beside them: `{"action", "deployment_status": {…}, "deployment": {…}, "repository",
//! "sender"}`. The event's name was a header (`X-GitHub-Event`) that a saved payload no longer has,
//! so the kind is read from the shape. Every object that an event carries is a state that the
//! forge recorded, and each makes a row: a deployment's event also tells of its workflow run. So
//! one deployment, run or pull request has as many rows as events tell of it, and the newest is its
//! present state.
//!
//! What it is not: the audit log (`action`, `actor`, `@timestamp`), the camel-case output of `gh run`
//! and `gh pr` (formats of their own), or another forge's webhooks.
//!
//! Source: docs.github.com, "Webhook events and payloads" and the REST API description, version
//! 2022-11-28; octokit/webhooks payload examples.

mod artifact;
mod deployment;
mod envelope;
mod gate;
mod issue;
mod payload;
mod pull_request;
mod push;
mod review;
mod workflow;

use std::borrow::Cow;

use serde_json::Value;

use super::read::github::address;
use super::read::github::document::{self, Place};
use super::read::github::field::{self, holds, text};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Stamp};

/// Keys under which a page of a REST list holds its objects.
const LISTS: &[&str] = &["workflow_runs", "jobs", "artifacts", "items"];

/// GitHub webhook payloads and REST objects.
pub struct GithubEvent;

impl Format for GithubEvent {
    fn name(&self) -> &'static str {
        "github_event"
    }

    fn about(&self) -> &'static str {
        "GitHub webhook payloads, and REST objects or lists saved with `gh api`"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "request",
            "commit",
            "git_object",
            "git_ref",
            "change_request",
            "review",
            "build",
            "job",
            "artifact",
            "change",
            "change_status",
            "gate_decision",
        ]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`sender.login` and `repository.full_name`; or the keys of an object of the REST API"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"ref":"refs/heads/main","after":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345",
 "repository":{"full_name":"acme/shop"},"sender":{"login":"ines"},
 "commits":[{"id":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345","message":"Charge once",
  "timestamp":"2026-03-03T14:02:07Z","author":{"name":"Ines Roth","email":"ines@acme.example"}}]}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.share(is_webhook) >= 50 {
            CERTAIN
        } else if peek.share(|value| is_known(value, 2)) >= 50 {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        document::units(chunk, LISTS, sink, read);
    }
}

/// One kind of object: what events call it, how it is told where it stands alone, how it is read.
struct Noun {
    keys: &'static [&'static str],
    fits: fn(&Value) -> bool,
    record: fn(&Unit<'_>, &Value, &mut dyn Sink) -> Outcome,
}

const NOUNS: &[Noun] = &[
    Noun {
        keys: &["issue"],
        fits: issue::fits,
        record: issue::record,
    },
    Noun {
        keys: &[],
        fits: push::is_push,
        record: push::push,
    },
    Noun {
        keys: &[],
        fits: push::is_commit,
        record: push::rest,
    },
    Noun {
        keys: &["pull_request"],
        fits: pull_request::fits,
        record: pull_request::record,
    },
    Noun {
        keys: &["review"],
        fits: review::fits,
        record: review::record,
    },
    Noun {
        keys: &["workflow_run"],
        fits: workflow::is_run,
        record: workflow::run,
    },
    Noun {
        keys: &["workflow_job"],
        fits: workflow::is_job,
        record: workflow::job,
    },
    Noun {
        keys: &["package", "registry_package"],
        fits: artifact::is_package,
        record: artifact::package,
    },
    Noun {
        keys: &[],
        fits: artifact::is_version,
        record: artifact::version,
    },
    Noun {
        keys: &["release"],
        fits: artifact::is_release,
        record: artifact::release,
    },
    Noun {
        keys: &[],
        fits: artifact::is_run_artifact,
        record: artifact::run_artifact,
    },
    Noun {
        keys: &[],
        fits: gate::is_review,
        record: gate::review,
    },
    Noun {
        keys: &[],
        fits: gate::is_rule,
        record: gate::rule,
    },
    Noun {
        keys: &[],
        fits: gate::is_approval,
        record: gate::approval,
    },
    Noun {
        keys: &["deployment"],
        fits: deployment::is_deployment,
        record: deployment::change,
    },
    Noun {
        keys: &["deployment_status"],
        fits: deployment::is_status,
        record: deployment::status,
    },
];

/// One event or object with what stands around it.
struct Unit<'a> {
    /// The event, or the object itself where it stands alone.
    event: &'a Value,
    repository: Option<String>,
    place: &'a Place<'a>,
}

impl Unit<'_> {
    fn repository(&self) -> Text<'_> {
        self.repository.as_deref().map(Cow::Borrowed)
    }

    fn stamp(&self, ts_ns: Option<i64>) -> Stamp {
        Stamp::new(self.place.span, ts_ns)
    }
}

/// Reads one event or object, wrapped or not.
fn read(value: &Value, place: &Place<'_>, sink: &mut dyn Sink) -> Outcome {
    let payload = delivered(value);
    let event = payload.as_deref().unwrap_or(value);
    let repository = address::repository(event).or_else(|| address::repository(value));
    if let Some(rule) = comment(event) {
        return Outcome::Ignored(rule);
    }
    let is_github = is_event(event) || (payload.is_some() && repository.is_some());
    let unit = Unit {
        event,
        repository,
        place,
    };
    let outcomes = objects(event).map(|(noun, object)| (noun.record)(&unit, object, sink));
    outcomes.reduce(stronger).unwrap_or_else(|| {
        if is_github {
            Outcome::Ignored("event kind not used")
        } else {
            Outcome::Rejected("neither a GitHub event nor an object of its API".to_owned())
        }
    })
}

/// The objects that the event carries; the event itself where it is one.
fn objects(event: &Value) -> impl Iterator<Item = (&'static Noun, &Value)> {
    NOUNS.iter().filter_map(move |noun| {
        let named = || {
            noun.keys
                .iter()
                .find_map(|key| event.get(key).filter(|v| v.is_object()))
        };
        let object = if (noun.fits)(event) {
            Some(event)
        } else {
            named().filter(|_| is_event(event))
        };
        object.map(|object| (noun, object))
    })
}

/// Of two objects in one event, what became of the one that counts: a row was kept, or the
/// event is broken, or neither.
fn stronger(one: Outcome, other: Outcome) -> Outcome {
    match (one, other) {
        (Outcome::Kept, _) | (_, Outcome::Kept) => Outcome::Kept,
        (broken @ Outcome::Rejected(_), _) | (_, broken) => broken,
    }
}

/// The rule that passes over comments: what they are about is told by other events.
fn comment(event: &Value) -> Option<&'static str> {
    let in_review = holds(event, "comment") && holds(event, "pull_request");
    if in_review || has(event, &["diff_hunk", "pull_request_review_id"]) {
        return Some("review comment");
    }
    has(event, &["issue_url", "body", "author_association"]).then_some("comment")
}

/// A webhook payload: somebody did something in a repository.
fn is_event(value: &Value) -> bool {
    let acts = text(value, "/action").is_some();
    let is_named = || {
        NOUNS
            .iter()
            .flat_map(|noun| noun.keys)
            .any(|key| holds(value, key))
    };
    text(value, "/sender/login").is_some()
        || (acts && (text(value, "/repository/full_name").is_some() || is_named()))
}

/// The payload inside a stored delivery. What is an event or object itself is never opened: its
/// texts are its author's, and a body that looks like a payload must not pass for one.
fn delivered(value: &Value) -> Option<Cow<'_, Value>> {
    let fits = || NOUNS.iter().any(|noun| (noun.fits)(value));
    let is_own = is_event(value) || comment(value).is_some() || fits();
    if is_own {
        None
    } else {
        envelope::payload(value)
    }
}

/// A webhook payload whose sender and repository are there to be seen.
fn is_webhook(value: &Value) -> bool {
    let payload = delivered(value);
    let event = payload.as_deref().unwrap_or(value);
    text(event, "/sender/login").is_some() && text(event, "/repository/full_name").is_some()
}

/// Anything of GitHub's: a payload, an object of its API, a page of them, a payload that is cut
/// off. Looks into `depth` lists.
fn is_known(value: &Value, depth: usize) -> bool {
    let deeper = depth.checked_sub(1);
    let among = |items: &[Value]| {
        deeper.is_some_and(|depth| items.iter().take(3).any(|item| is_known(item, depth)))
    };
    if let Some(items) = value.as_array() {
        return among(items);
    }
    if value.get("total_count").is_some() {
        return LISTS
            .iter()
            .any(|key| among(field::list(value, &format!("/{key}"))));
    }
    let payload = delivered(value);
    let event = payload.as_deref().unwrap_or(value);
    is_webhook(event)
        || comment(event).is_some()
        || objects(event).any(|(noun, object)| (noun.fits)(object) || is_in_api(object))
}

/// True where the object's addresses are GitHub's.
fn is_in_api(object: &Value) -> bool {
    let mut addresses = ["/url", "/html_url"]
        .into_iter()
        .filter_map(|at| text(object, at));
    addresses.any(|address| address.contains("/repos/") || address.contains("github.com/"))
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
