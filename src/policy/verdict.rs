//! Weighing: for, against, missing.
//!
//! A release fails where a rule of severity high or worse was broken, a gate failed, or a criterion
//! for going back held. It passes where nothing of that is so and everything that the policy asks for
//! was there to be judged. Everything else is inconclusive, and says what would settle it.

use std::collections::BTreeMap;

use super::file::{Action, Check, Doubt, Family, Policy, Rule, Truth};
use serde_json::{Map, Value};

use super::criteria::{self, counts};
use super::dossier::Dossier;
use super::gates::{Answer, Replayed};
use crate::behaviour::Releases;
use crate::behaviour::stats::novelty::needed_to_be_seen;
use crate::behaviour::window::DAY;
use crate::behaviour::window::{HOUR, NOVELTY_DAYS};
use crate::model::finding::{Finding, Severity};
use crate::model::time;
use crate::model::verdict::{Conclusion, Lack, Point, Rollback, UnderPolicy, Verdict};

/// What a policy is called in a verdict.
#[must_use]
pub fn under(policy: &Policy, built_in: bool) -> UnderPolicy {
    let mut rules = Map::new();
    let digests = policy
        .gates
        .iter()
        .map(|gate| (&gate.id, &gate.source.digest))
        .chain(
            policy
                .runtime
                .iter()
                .map(|rule| (&rule.id, &rule.source.digest)),
        )
        .chain(
            policy
                .criteria
                .iter()
                .map(|one| (&one.id, &one.source.digest)),
        );
    for (id, digest) in digests {
        rules.insert(id.clone(), digest.clone().into());
    }
    UnderPolicy {
        name: policy.name.clone(),
        version: policy.version,
        digest: policy.digest.clone(),
        built_in,
        rules: Value::Object(rules),
    }
}

/// Weighs one release.
#[must_use]
pub fn weigh(
    policy: &Policy,
    built_in: bool,
    dossier: &Dossier,
    gates: &[Replayed],
    unrun: &[String],
) -> Verdict {
    let comparison = &dossier.comparison;
    let mut verdict = Verdict {
        release: comparison.release.id.clone(),
        tier: dossier.tier.token().to_owned(),
        level: dossier.chain.level.clone(),
        policy: under(policy, built_in),
        as_of: time::rfc3339(comparison.as_of),
        citations: comparison.release.citation.clone().into_iter().collect(),
        ..Verdict::default()
    };
    of_policy(policy, built_in, comparison.as_of, &mut verdict);
    for what in unrun {
        lack(&mut verdict, what, "what they look for");
    }
    demands(policy, dossier, &mut verdict);
    for gate in gates {
        let (id, title) = (&gate.id, &gate.title);
        let says = |why: &str| Point {
            citations: gate.citations.clone(),
            ..Point::new(id, format!("{title}: {why}"))
        };
        match &gate.answer {
            Answer::Passed(why) => verdict.pro.push(says(why)),
            Answer::Failed(why) => verdict.against.push(says(why)),
            Answer::Unknown(why) => lack(
                &mut verdict,
                &format!("{title}: {why}"),
                &format!("gate {id}"),
            ),
            Answer::Noted(why) => point(
                &mut verdict.pro,
                id,
                format!("{title} is only noted: {why}"),
            ),
        }
    }
    by_rule(policy, dossier, &mut verdict);
    let failed: Vec<(String, Truth)> = gates
        .iter()
        .map(|gate| {
            let truth = match gate.answer {
                Answer::Passed(_) | Answer::Noted(_) => Truth::False,
                Answer::Failed(_) => Truth::True,
                Answer::Unknown(_) => Truth::Unknown,
            };
            (gate.id.clone(), truth)
        })
        .collect();
    verdict.criteria = criteria::follow(policy, dossier, &failed);
    for (criterion, written) in verdict.criteria.clone().iter().zip(
        policy
            .criteria
            .iter()
            .filter(|one| one.tiers.is_empty() || one.tiers.contains(&dossier.tier)),
    ) {
        match criterion.fired {
            Some(true) => {
                let at = criterion.first_fired.clone().unwrap_or_default();
                let says = format!(
                    "{} ({}) held from {at} on",
                    criterion.when, criterion.action
                );
                match written.action {
                    Action::Promote => point(&mut verdict.pro, &criterion.id, says),
                    Action::BlockPromotion => lack(&mut verdict, &says, "promotion"),
                    _ => point(&mut verdict.against, &criterion.id, says),
                }
            }
            Some(false) => {}
            None => lack(
                &mut verdict,
                &format!(
                    "{}, as {:?} asks for it",
                    criterion.unknown.join(", "),
                    criterion.when
                ),
                &format!("criterion {}", criterion.id),
            ),
        }
    }
    verdict.rollback = rollback(dossier);
    let own_policy_only = verdict
        .missing
        .iter()
        .all(|lack| lack.what == "a policy of your own");
    verdict.verdict = if !verdict.against.is_empty() {
        Conclusion::Fail
    } else if own_policy_only {
        Conclusion::Pass
    } else {
        Conclusion::Inconclusive
    };
    verdict.would_change = would_change(&verdict, dossier);
    verdict
}

fn point(points: &mut Vec<Point>, rule: &str, says: String) {
    points.push(Point::new(rule, says));
}

fn lack(verdict: &mut Verdict, what: &str, blocks: &str) {
    verdict.missing.push(Lack {
        what: what.to_owned(),
        blocks: blocks.to_owned(),
    });
}

/// What is missing of the policy itself: that it is the team's own, and in force.
fn of_policy(policy: &Policy, built_in: bool, as_of: i64, verdict: &mut Verdict) {
    if built_in {
        verdict.missing.push(Lack {
            what: "a policy of your own".to_owned(),
            blocks: "that these rules were yours before the release; the built-in policy was used"
                .to_owned(),
        });
    }
    if let Some(expired) = policy.expires.filter(|at| *at < as_of) {
        verdict.missing.push(Lack {
            what: format!("a policy in force (it expired at {})", time::short(expired)),
            blocks: "that these rules were still the team's when this was judged".to_owned(),
        });
    }
}

/// What the tier asks before anything can be called quiet.
fn demands(policy: &Policy, dossier: &Dossier, verdict: &mut Verdict) {
    let Some(demands) = dossier.demands(policy) else {
        return;
    };
    let comparison = &dossier.comparison;
    let level = dossier.level();
    if level >= demands.chain_min {
        point(
            &mut verdict.pro,
            "chain",
            format!("the chain is told to {}", dossier.chain.level),
        );
    } else {
        let hops: Vec<&str> = dossier
            .chain
            .missing
            .iter()
            .map(|missing| missing.hop.as_str())
            .collect();
        let what = format!(
            "a chain of {} (it is {}{})",
            demands.chain_min.token(),
            dossier.chain.level,
            if hops.is_empty() {
                String::new()
            } else {
                format!("; missing: {}", hops.join(", "))
            }
        );
        lack(
            verdict,
            &what,
            "that what runs is what was approved and built",
        );
    }
    match dossier.coverage() {
        Some(coverage) if coverage >= demands.instance_coverage => {
            point(
                &mut verdict.pro,
                "coverage",
                format!("{:.0} % of its instances sent telemetry", 100.0 * coverage),
            );
        }
        Some(coverage) => {
            let what = format!(
                "telemetry of {:.0} % of its instances ({:.0} % sent any)",
                100.0 * demands.instance_coverage,
                100.0 * coverage
            );
            lack(verdict, &what, "that the other instances did nothing else");
        }
        None => lack(
            verdict,
            "any sign of a running instance",
            "everything about its behaviour",
        ),
    }
    let requests = dossier.requests();
    let least =
        crate::behaviour::detectors::real(i64::try_from(demands.min_requests).unwrap_or(i64::MAX));
    if requests >= least {
        point(
            &mut verdict.pro,
            "requests",
            format!("{requests} requests were seen"),
        );
    } else {
        lack(
            verdict,
            &format!("{least} requests ({:.0} were seen)", requests.abs()),
            "rates of errors and durations",
        );
    }
    if let Some((share, least)) = comparison
        .sampling()
        .0
        .and_then(|share| Some((share, needed_to_be_seen(share)?)))
    {
        let says = format!(
            "spans hold {:.1} % of its requests by the count of metrics: what only spans tell of may have gone unseen where it happened fewer than {least} times (95 %)",
            100.0 * share
        );
        point(&mut verdict.pro, "sampling", says);
    }
    // A release that was replaced earlier cannot be watched any longer: that is no lack of evidence.
    let watched = comparison.window.until - comparison.window.began;
    let soak = demands.soak.saturating_mul(1_000_000_000);
    if comparison.release.finished_ns.is_none() && watched < soak {
        lack(
            verdict,
            &format!(
                "{} h of watching ({:.1} h are in the evidence)",
                soak / HOUR,
                comparison.window.hours()
            ),
            "that it stays quiet",
        );
    }
    history(dossier, verdict);
}

/// How far back the records go that something could be new against.
fn history(dossier: &Dossier, verdict: &mut Verdict) {
    let comparison = &dossier.comparison;
    for family in ["secret", "network", "privilege"] {
        let days = comparison
            .families
            .get(family)
            .map(|since| (comparison.window.began - since) / DAY);
        match days {
            Some(days) if days >= NOVELTY_DAYS => {}
            Some(days) => lack(
                verdict,
                &format!(
                    "{NOVELTY_DAYS} days of {family} records before the release ({} are there)",
                    days.max(0)
                ),
                &format!("what is new in {family}"),
            ),
            // No such record at all: the rules that would need one say so.
            None => {}
        }
    }
    if comparison.families.is_empty() {
        lack(
            verdict,
            "any record of the service before the release",
            "what is new",
        );
    }
}

/// Findings and quiet rules.
fn by_rule(policy: &Policy, dossier: &Dossier, verdict: &mut Verdict) {
    let service = dossier.comparison.release.service.as_str();
    let mut blind: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for rule in policy.runtime.iter().filter(|rule| {
        rule.service
            .as_ref()
            .is_none_or(|pattern| pattern.matches(service))
    }) {
        let found: Vec<&Finding> = dossier
            .findings
            .iter()
            .filter(|finding| finding.rule == rule.id)
            .collect();
        let against: Vec<&Finding> = found
            .iter()
            .copied()
            .filter(|finding| counts(finding) && finding.severity <= Severity::High)
            .collect();
        let ids =
            |findings: &[&Finding]| findings.iter().map(|finding| finding.id.clone()).collect();
        if let Some(first) = against.first() {
            let says = match against.len() {
                1 => first.title.clone(),
                more => format!("{} (and {} more)", first.title, more - 1),
            };
            verdict.against.push(Point {
                findings: ids(&against),
                ..Point::new(&rule.id, says)
            });
        } else if found.is_empty()
            && let Some(records) = unseen(rule, dossier)
        {
            blind.entry(records).or_default().push(&rule.id);
        } else if found.is_empty() && is_mute(rule, dossier) {
            // Few export pushes; to miss them would leave almost every release undecided.
        } else if found.is_empty() {
            point(
                &mut verdict.pro,
                &rule.id,
                format!("nothing by the rule {:?}", rule.title),
            );
        } else {
            let says = format!(
                "{}: {} below high, excepted, explained or unsure",
                rule.title,
                found.len()
            );
            verdict.pro.push(Point {
                findings: ids(&found),
                ..Point::new(&rule.id, says)
            });
        }
    }
    for (records, rules) in blind {
        lack(
            verdict,
            &format!("any {records}"),
            &format!("what is looked for by {}", rules.join(", ")),
        );
    }
}

/// True for a rule that looks at records which are seldom exported, where there are none: that it found
/// nothing speaks for nothing and is not asked for either.
fn is_mute(rule: &Rule, dossier: &Dossier) -> bool {
    rule.check == Check::Doubt(Doubt::Rewritten) && !dossier.trail.knows_pushes
}

/// The records that `rule` looks at, where there are none: that it found nothing speaks for nothing.
fn unseen(rule: &Rule, dossier: &Dossier) -> Option<&'static str> {
    let comparison = &dossier.comparison;
    let told = |family: &str| {
        comparison.families.contains_key(family)
            || comparison.keys.iter().any(|key| key.family == family)
    };
    match rule.family? {
        Family::Secret if !told("secret") => Some("record of access to secrets"),
        Family::Network if !told("network") => Some("record of connections"),
        Family::Privilege if !told("privilege") => Some("record of rights given or used"),
        Family::Template if !told("template") => Some("log line of its service"),
        Family::Error | Family::Rate | Family::Latency if comparison.requests.is_empty() => {
            Some("request to its service")
        }
        Family::Coverage if comparison.pods.is_empty() => Some("instance of its service"),
        _ => None,
    }
}

/// Whether the rollback reached every instance, and brought behaviour back.
fn rollback(dossier: &Dossier) -> Option<Rollback> {
    let comparison = &dossier.comparison;
    let release = &comparison.release;
    let finished = release
        .finished_ns
        .filter(|_| release.status == "rolled_back")?;
    let left_behind: Vec<String> = dossier
        .seen
        .iter()
        .filter(|seen| seen.detector == "left_behind")
        .map(|seen| seen.subject.clone())
        .collect();
    // What the others served after the rollback, and before the release.
    let share = |from: i64, to: i64| {
        let (errors, requests) = comparison
            .requests
            .iter()
            .filter(|served| {
                served.release != release.id && served.block_ns >= from && served.block_ns < to
            })
            .fold((0.0, 0.0), |sum, served| {
                (sum.0 + served.errors, sum.1 + served.requests)
            });
        (requests >= 5.0).then(|| errors / requests)
    };
    let before = share(comparison.window.began - 7 * DAY, comparison.window.began);
    let after = share(finished, i64::MAX);
    Some(Rollback {
        at: time::rfc3339(finished),
        reached_every_instance: left_behind.is_empty(),
        left_behind,
        behaviour_back: before
            .zip(after)
            .map(|(before, after)| after <= before * 1.5 + 0.01),
        why: match (before, after) {
            (Some(before), Some(after)) => format!(
                "{:.1} % of requests to the other releases failed after it, {:.1} % in the week before the release.",
                100.0 * after,
                100.0 * before
            ),
            _ => "Too few requests after it to say whether behaviour came back.".to_owned(),
        },
    })
}

/// The release that is safe to return to, judged by the verdicts so far.
pub fn safe_returns(
    releases: &Releases,
    verdicts: &mut [Verdict],
    attested: &dyn Fn(&str) -> bool,
) {
    let known: BTreeMap<String, Conclusion> = verdicts
        .iter()
        .map(|verdict| (verdict.release.clone(), verdict.verdict))
        .collect();
    for verdict in verdicts.iter_mut() {
        let Some(release) = releases.get(&verdict.release) else {
            continue;
        };
        let safe = releases
            .of(&release.service)
            .filter(|other| {
                other.environment == release.environment
                    && other.started_ns < release.started_ns
                    && other.status != "rolled_back"
                    && known
                        .get(&other.id)
                        .is_some_and(|conclusion| *conclusion != Conclusion::Fail)
            })
            .max_by_key(|other| (other.started_ns, other.id.clone()));
        verdict.safe_return_attested = safe.map(|safe| attested(&safe.id));
        verdict.safe_return = safe.map(|safe| safe.id.clone());
    }
}

fn would_change(verdict: &Verdict, dossier: &Dossier) -> Vec<String> {
    let mut changes: Vec<String> = Vec::new();
    if verdict.verdict == Conclusion::Fail {
        let rules: Vec<&str> = verdict
            .against
            .iter()
            .map(|point| point.rule.as_str())
            .collect();
        changes.push(format!(
            "evidence that what speaks against it is not so, or an exception with a reason and an end, for each of {}",
            rules.join(", ")
        ));
    }
    changes.extend(
        verdict
            .missing
            .iter()
            .map(|lack| format!("{}, which blocks {}", lack.what, lack.blocks)),
    );
    if verdict.verdict == Conclusion::Pass && dossier.comparison.release.finished_ns.is_none() {
        changes.push("later evidence: the release still runs".to_owned());
    }
    changes.truncate(12);
    changes
}
