//! Runtime rules: which observations are findings, and how bad they are.

use super::file::{
    Check, CountFilter, Direction, Exception, Expression, Facts, Field, Gap, Metric, Novelty,
    Policy, Rule, Shift, ShiftTest, Truth, Value,
};
use sha2::{Digest as _, Sha256};

use super::dossier::Dossier;
use super::standards;
use crate::behaviour::compare::KeyUse;
use crate::behaviour::observation::Observation;
use crate::behaviour::stats::counts::probability_above;
use crate::model::finding::{Baseline, Channel, Finding, Severity};
use crate::model::{id, time};

/// Chance, adjusted for the operations that were looked at, below which a rate has changed (domain.md
/// 3.9: what a rollback may hang on).
const CERTAIN: f64 = 0.01;

/// What a user's own statements give, asked before the rules are applied.
pub type Hits<'h> = &'h dyn Fn(&Rule) -> Vec<Finding>;

/// Every finding of the policy's rules about the release, worst first.
#[must_use]
pub fn apply(policy: &Policy, dossier: &Dossier, hits: Hits<'_>) -> Vec<Finding> {
    let service = dossier.comparison.release.service.as_str();
    let mut findings: Vec<Finding> = policy
        .runtime
        .iter()
        .filter(|rule| {
            rule.service
                .as_ref()
                .is_none_or(|pattern| pattern.matches(service))
        })
        .flat_map(|rule| by_rule(policy, rule, dossier, hits))
        .collect();
    findings.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
    // A rule that is written twice, or two rules of one channel, say a thing once: the worse one.
    let mut said = std::collections::BTreeSet::new();
    findings.retain(|finding| {
        said.insert((
            finding.channel,
            finding.family.clone(),
            finding.title.clone(),
            finding.subject.clone(),
        ))
    });
    findings
}

fn by_rule(policy: &Policy, rule: &Rule, dossier: &Dossier, hits: Hits<'_>) -> Vec<Finding> {
    let family = rule
        .family
        .map(|family: super::file::Family| family.token());
    let keys =
        || {
            dossier.comparison.keys.iter().filter(move |key| {
                key.events > 0 && family.is_none_or(|family| family == key.family)
            })
        };
    let made = |seen: &Observation| finding(policy, rule, dossier, seen);
    match &rule.check {
        Check::Allow(lists) => keys()
            .filter(|key| lists.covers(|field| of_key(field, key, dossier)) == Truth::False)
            .map(|key| made(&violation(dossier, key)))
            .collect(),
        Check::Deny(lists) => keys()
            .filter(|key| lists.covers(|field| of_key(field, key, dossier)) == Truth::True)
            .map(|key| made(&violation(dossier, key)))
            .collect(),
        Check::Presence { where_ } => keys()
            .filter(|key| match where_ {
                Some(condition) => holds(condition, dossier, key, None),
                None => key.family != "privilege" || key.key.starts_with("grant "),
            })
            .map(|key| made(&violation(dossier, key)))
            .collect(),
        Check::Novelty(wanted) => dossier
            .seen
            .iter()
            .filter(|seen| {
                seen.detector == "novelty"
                    && seen.change == "new"
                    && family.is_none_or(|family| family == seen.family)
            })
            .filter(|seen| is_supported(wanted, dossier, seen))
            .map(made)
            .collect(),
        Check::Shift(wanted) => shifts(wanted, dossier).into_iter().map(made).collect(),
        Check::Gap { gap, after } => gaps(*gap, *after, dossier).iter().map(made).collect(),
        Check::Doubt(doubt) => dossier
            .seen
            .iter()
            .filter(|seen| seen.detector == doubt.token())
            .map(made)
            .collect(),
        Check::Sql(_) | Check::Sigma { .. } => hits(rule),
    }
}

/// A behaviour of the release as a list's field.
fn of_key<'k>(field: Field, key: &'k KeyUse, dossier: &'k Dossier) -> Option<&'k str> {
    let release = &dossier.comparison.release;
    match (field, key.family.as_str()) {
        (Field::Secret, "secret") | (Field::Process, "process") | (Field::Subject, _) => {
            Some(&key.subject)
        }
        (Field::Dst, "network") => Some(&key.key),
        (Field::Action, "privilege") => key.subject.split(' ').next(),
        (Field::Resource, "privilege") => key.subject.split_once(' ').map(|(_, thing)| thing),
        (Field::Service, _) => Some(&release.service),
        (Field::Environment, _) => release.environment.as_deref(),
        (Field::Release, _) => Some(&release.id),
        _ => None,
    }
}

/// A behaviour that a rule forbids, whether or not it is new.
fn violation(dossier: &Dossier, key: &KeyUse) -> Observation {
    let same = |seen: &&Observation| {
        seen.detector == "novelty" && seen.family == key.family && seen.key == key.key
    };
    let known = dossier.seen.iter().find(same);
    let title = match key.family.as_str() {
        "privilege" if key.key.starts_with("grant ") => {
            format!("is granted {}", key.key.trim_start_matches("grant "))
        }
        "network" => format!("calls {}", key.key),
        "secret" => format!("touches the secret {}", key.subject),
        _ => key.key.clone(),
    };
    Observation {
        detector: "policy",
        channel: Channel::Policy,
        family: key.family.clone(),
        key: key.key.clone(),
        subject: key.subject.clone(),
        title,
        why: if key.before == 0 {
            "No earlier release did it either.".to_owned()
        } else {
            format!("Earlier releases did it too ({} events).", key.before)
        },
        first_ns: key.first_ns,
        last_ns: key.last_ns,
        count: crate::behaviour::detectors::real(key.events),
        instances: key.instances,
        blocks: key.blocks,
        baseline: Baseline {
            count: crate::behaviour::detectors::real(key.before),
            exposure: dossier.comparison.baseline_exposure,
            of: format!("other releases of {}", dossier.comparison.release.service),
            cut: dossier.comparison.said.clone(),
        },
        exposure: dossier.comparison.exposure,
        explained: known.and_then(|seen| seen.explained),
        citations: known.map(|seen| seen.citations.clone()).unwrap_or_default(),
        ..Observation::default()
    }
}

fn is_supported(wanted: &Novelty, dossier: &Dossier, seen: &Observation) -> bool {
    let key = dossier
        .comparison
        .keys
        .iter()
        .find(|key| key.family == seen.family && key.key == seen.key);
    let enough = |have: f64, least: u64| {
        have >= crate::behaviour::detectors::real(i64::try_from(least).unwrap_or(i64::MAX))
    };
    enough(seen.count, wanted.min_count)
        && enough(
            crate::behaviour::detectors::real(seen.instances.max(1)),
            wanted.min_instances,
        )
        && wanted
            .min_exposure_ratio
            .is_none_or(|ratio| seen.baseline.exposure >= ratio * seen.exposure.max(1.0))
        && !(wanted.unexplained_only && seen.explained == Some(true))
        && match (&wanted.where_, key) {
            (Some(condition), Some(key)) => holds(condition, dossier, key, Some(seen)),
            (Some(_), None) => false,
            (None, _) => true,
        }
}

/// The observations that moved as far as the rule tolerates, or further.
fn shifts<'d>(wanted: &Shift, dossier: &'d Dossier) -> Vec<&'d Observation> {
    let (family, needs) = match &wanted.metric {
        Metric::ErrorRate => ("rate", wanted.min_requests),
        Metric::LatencyP95 => ("latency", None),
        Metric::Outcome(_) => ("outcome", wanted.min_requests),
    };
    let moved = |seen: &&Observation| {
        let way = match wanted.direction {
            Direction::Up => seen.change == "up",
            Direction::Down => seen.change == "down",
            Direction::Both => true,
        };
        let size = match wanted.test {
            ShiftTest::Ratio { ratio, prob } => seen.rate.is_some_and(|rate| {
                let sure = if seen.change == "up" {
                    probability_above(rate.candidate, rate.baseline, rate.phi, ratio)
                } else {
                    probability_above(rate.baseline, rate.candidate, rate.phi, ratio)
                };
                // The probability is about the size; that there is a change at all is the test's to say.
                sure.is_some_and(|sure| sure >= prob) && seen.q.is_some_and(|q| q <= CERTAIN)
            }),
            ShiftTest::Relative { rel_shift, q } => {
                seen.effect.is_some_and(|effect| {
                    let effect = if family == "rate" {
                        effect - 1.0
                    } else {
                        effect
                    };
                    effect.abs() >= rel_shift
                }) && seen.q.is_some_and(|found| found <= q)
            }
        };
        let enough = needs.is_none_or(|least| {
            seen.exposure
                >= crate::behaviour::detectors::real(i64::try_from(least).unwrap_or(i64::MAX))
        });
        way && size && enough
    };
    let all: Vec<&Observation> = dossier
        .seen
        .iter()
        .filter(|seen| seen.family == family && seen.change != "gone")
        .filter(moved)
        .collect();
    // Where single operations moved, the sum of all of them says nothing more.
    let single = all.iter().any(|seen| !seen.key.is_empty());
    all.into_iter()
        .filter(|seen| !(single && seen.key.is_empty()))
        .collect()
}

fn gaps(gap: Gap, after: i64, dossier: &Dossier) -> Vec<Observation> {
    let of = |detector: &str| {
        dossier
            .seen
            .iter()
            .filter(|seen| seen.detector == detector)
            .filter(|seen| match (seen.first_ns, seen.last_ns) {
                (Some(first), Some(last)) => last - first >= after.saturating_mul(0),
                _ => true,
            })
            .cloned()
            .collect()
    };
    match gap {
        Gap::LeftBehind => of("left_behind"),
        Gap::Silence => of("silence"),
        Gap::DigestMixed => mixed(after, dossier),
    }
}

/// Digests that ran beside one another for longer than a rollout takes.
fn mixed(after: i64, dossier: &Dossier) -> Vec<Observation> {
    let release = &dossier.comparison.release;
    dossier
        .mixed(false)
        .into_iter()
        .filter(|(from, to)| to - from > after.saturating_mul(1_000_000_000))
        // What was left behind is told by its own rule, once per instance.
        .filter(|(from, _)| release.finished_ns.is_none_or(|finished| *from < finished))
        .map(|(from, to)| Observation {
            detector: "digest_mix",
            channel: Channel::Gap,
            family: "coverage".to_owned(),
            key: "digest mix".to_owned(),
            subject: release.service.clone(),
            title: format!(
                "instances of {} ran different digests for {} minutes",
                release.service,
                (to - from) / 60_000_000_000
            ),
            why: format!(
                "From {} to {} pods of the service ran this release's digest beside another one.",
                time::short(from),
                time::short(to)
            ),
            first_ns: Some(from.saturating_add(after.saturating_mul(1_000_000_000))),
            last_ns: Some(to),
            count: 1.0,
            citations: release.citation.clone().into_iter().collect(),
            ..Observation::default()
        })
        .collect()
}

fn finding(policy: &Policy, rule: &Rule, dossier: &Dossier, seen: &Observation) -> Finding {
    let channel = match rule.check {
        Check::Novelty(_) => Channel::Novelty,
        Check::Shift(_) => Channel::Shift,
        Check::Gap { .. } => Channel::Gap,
        Check::Doubt(_) => Channel::Trust,
        _ => Channel::Policy,
    };
    let severity = Severity::ALL
        .into_iter()
        .find(|severity| severity.word() == rule.severity.token())
        .unwrap_or(Severity::Info);
    let (state, severity, note) = standing(policy, rule, dossier, seen, channel, severity);
    let release = dossier.of_release();
    let content = format!(
        "{}\0{}\0{}\0{}\0{}",
        release.id,
        rule.id,
        channel.word(),
        seen.family,
        seen.key
    );
    let digest = id::hex(&Sha256::digest(content.as_bytes()));
    Finding {
        id: format!("F{}", digest.get(..12).unwrap_or_default()),
        rule: rule.id.clone(),
        channel,
        family: seen.family.clone(),
        severity,
        state: state.to_owned(),
        subject: seen.subject.clone(),
        title: format!("{} {}", dossier.comparison.release.service, seen.title),
        why: format!("{}: {}{note}", rule.title, seen.why),
        first_seen: seen.first_ns.map(time::rfc3339),
        last_seen: seen.last_ns.map(time::rfc3339),
        count: seen.count,
        instances: seen.instances,
        baseline: seen.baseline.clone(),
        exposure: seen.exposure,
        p: seen.p,
        q: seen.q,
        expected_by_chance: seen.expected,
        effect: seen.effect,
        explained_by_diff: seen.explained,
        standards: standards::of(&seen.family),
        citations: seen.citations.clone(),
        first_ns: seen.first_ns,
        last_ns: seen.last_ns,
        release,
    }
}

/// The exception of the policy that covers what was seen.
fn exception<'p>(
    policy: &'p Policy,
    rule: &Rule,
    dossier: &Dossier,
    seen: &Observation,
) -> Option<&'p Exception> {
    let key = KeyUse {
        family: seen.family.clone(),
        key: seen.key.clone(),
        subject: seen.subject.clone(),
        ..KeyUse::default()
    };
    let at = seen.first_ns.unwrap_or(dossier.comparison.as_of);
    policy
        .exceptions
        .iter()
        .filter(|exception| exception.rule == rule.id)
        .find(|exception| exception.covers(at, |field| of_key(field, &key, dossier)))
}

/// Whether a finding stands, how bad it is then, and what is to be said of that.
fn standing(
    policy: &Policy,
    rule: &Rule,
    dossier: &Dossier,
    seen: &Observation,
    channel: Channel,
    severity: Severity,
) -> (&'static str, Severity, String) {
    if let Some(exception) = exception(policy, rule, dossier, seen) {
        let note = format!(
            " Excepted by {} until {}: {}.",
            exception.granted_by,
            time::rfc3339(exception.expires),
            exception.reason
        );
        return ("excepted", Severity::Info, note);
    }
    if let Some(excuse) = &seen.excused {
        return ("excused", Severity::Info, format!(" {excuse}"));
    }
    if seen.thin && channel == Channel::Novelty {
        let note = " The baseline is shorter than seven days, or saw no instance start, so that nothing can be called new.";
        return ("unsure", severity.milder().milder(), note.to_owned());
    }
    // A rule that forbids a thing forbids it whether or not the diff speaks of it.
    match (channel, seen.explained) {
        (Channel::Novelty, Some(true)) => {
            let milder = if matches!(seen.family.as_str(), "secret" | "privilege") {
                severity.milder()
            } else {
                severity.milder().milder()
            };
            (
                "explained",
                milder,
                " The release's own diff names it.".to_owned(),
            )
        }
        (Channel::Novelty, Some(false)) => (
            "open",
            severity,
            " No added line of the release names it.".to_owned(),
        ),
        (Channel::Novelty, None) => (
            "open",
            severity,
            " There is no diff to say whether it was meant.".to_owned(),
        ),
        _ => ("open", severity, String::new()),
    }
}

fn holds(
    condition: &Expression,
    dossier: &Dossier,
    key: &KeyUse,
    seen: Option<&Observation>,
) -> bool {
    let facts = OfBehaviour { dossier, key, seen };
    condition.evaluate(&facts).truth == Truth::True
}

/// What a rule's condition may ask about one behaviour.
struct OfBehaviour<'d> {
    dossier: &'d Dossier,
    key: &'d KeyUse,
    seen: Option<&'d Observation>,
}

impl Facts for OfBehaviour<'_> {
    fn name(&self, path: &str) -> Value {
        let release = &self.dossier.comparison.release;
        let (key, text) = (self.key, |text: &str| Value::Text(text.to_owned()));
        let words: Vec<&str> = key.key.split(' ').collect();
        let explained = match self.seen {
            Some(seen) => seen.explained,
            None => self
                .dossier
                .seen
                .iter()
                .find(|seen| seen.family == key.family && seen.key == key.key)
                .and_then(|seen| seen.explained),
        };
        let truth = |truth: Option<bool>| truth.map_or(Value::Unknown, Value::Bool);
        match path {
            "as_of" => Value::Time(self.dossier.comparison.as_of),
            "deploy.started" => release.started_ns.map_or(Value::Unknown, Value::Time),
            "deploy.finished" => release.deployed_ns.map_or(Value::Unknown, Value::Time),
            "service" => text(&release.service),
            "environment" => release.environment.as_deref().map_or(Value::Unknown, text),
            "tier" => text(self.dossier.tier.token()),
            "instances" => Value::Int(key.instances),
            "severity" => match words.first() {
                Some(&"error") if key.family == "template" => Value::Int(17),
                Some(&"warn") if key.family == "template" => Value::Int(13),
                Some(&"info") if key.family == "template" => Value::Int(9),
                _ => Value::Unknown,
            },
            "unexplained" => truth(explained.map(|explained| !explained)),
            "explained_by_diff" => truth(explained),
            "events" => Value::Int(key.events),
            "blocks" => Value::Int(key.blocks),
            "start_up" => match (key.last_ns, self.dossier.comparison.window.is_warm) {
                (Some(last), true) => Value::Bool(last < self.dossier.comparison.window.since),
                _ => Value::Unknown,
            },
            "family" => text(&key.family),
            "verb" => words
                .get(usize::from(key.family == "privilege"))
                .map_or(Value::Unknown, |word| text(word)),
            "result" => Value::Text(
                if words.first() == Some(&"denied") {
                    "denied"
                } else {
                    "success"
                }
                .to_owned(),
            ),
            // A grant names who gets it; what a service did it did as a program.
            "principal" => words
                .last()
                .filter(|_| key.key.starts_with("grant "))
                .map_or(Value::Unknown, |word| text(word)),
            "principal_kind" => Value::Text("service_account".to_owned()),
            "object" => text(&key.subject),
            "is_grant" => Value::Bool(key.key.starts_with("grant ")),
            "first_seen" => key.first_ns.map_or(Value::Unknown, Value::Time),
            "last_seen" => key.last_ns.map_or(Value::Unknown, Value::Time),
            _ => Value::Unknown,
        }
    }

    fn rule(&self, _: &str) -> Truth {
        Truth::Unknown
    }

    fn gate(&self, _: &str) -> Truth {
        Truth::Unknown
    }

    fn sustained(&self, _: &[&str], _: i64) -> Truth {
        Truth::Unknown
    }

    fn count(&self, _: &CountFilter) -> Value {
        Value::Unknown
    }
}
