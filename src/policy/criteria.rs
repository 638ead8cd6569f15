//! Criteria for going back, followed through time.
//!
//! A criterion is asked at each minute of the release's life, with what was known by then: a behaviour
//! from its first event on, a rate from the minute on at which the test over all minutes so far first
//! says so. So the first time that it held is the time at which somebody could have acted. Looking
//! every minute finds a false alarm sooner or later; that a criterion may ask for a rise that lasts
//! (`sustained`) is the remedy, and Holm's adjustment the brake where several rates are looked at.

use std::collections::BTreeMap;

use super::dossier::Dossier;
use super::file::{
    Check, CountFilter, Counted, Expression, Facts, Margin, Metric, Outcome, Policy, Rule,
    ShiftTest, Truth, Unit, Value,
};
use crate::behaviour::detectors::all_operations;
use crate::behaviour::observation::Rate;
use crate::behaviour::stats::counts::{Counts, probability_above};
use crate::behaviour::window::{BLOCK, HOUR, MINUTE};
use crate::model::finding::Finding;
use crate::model::time;
use crate::model::verdict::Criterion;

/// The longest stretch that is followed minute by minute; after it, hour by hour.
const FINE: i64 = 24 * HOUR;
/// Moments at most.
const MOST_MOMENTS: usize = 4_000;
/// Fewest requests before a minute's rate counts.
const FEWEST: f64 = 10.0;

/// Follows every criterion of the policy that is for the release's tier.
#[must_use]
pub fn follow(policy: &Policy, dossier: &Dossier, failed: &[(String, Truth)]) -> Vec<Criterion> {
    let moments = moments(dossier);
    let held: Vec<(&Rule, Vec<(i64, i64)>)> = policy
        .runtime
        .iter()
        .map(|rule| (rule, stretches(rule, dossier)))
        .collect();
    policy
        .criteria
        .iter()
        .filter(|criterion| criterion.tiers.is_empty() || criterion.tiers.contains(&dossier.tier))
        .map(|criterion| {
            let at = |now: i64| {
                criterion.when.evaluate(&At {
                    now,
                    policy,
                    dossier,
                    held: &held,
                    failed,
                })
            };
            let first = moments
                .iter()
                .copied()
                .find(|now| at(*now).truth == Truth::True);
            let last = at(first.unwrap_or(dossier.comparison.as_of));
            Criterion {
                id: criterion.id.clone(),
                action: criterion.action.token().to_owned(),
                when: criterion.when.text().to_owned(),
                fired: match (first, last.truth) {
                    (Some(_), _) => Some(true),
                    (None, Truth::Unknown) => None,
                    (None, _) => Some(false),
                },
                first_fired: first.map(time::rfc3339),
                margin: last.margin().map(margin),
                unknown: last.unknown.clone(),
            }
        })
        .collect()
}

/// Whether a condition holds at the time of judging, and what would have to be known to say so.
#[must_use]
pub fn holds(condition: &Expression, policy: &Policy, dossier: &Dossier) -> Outcome {
    condition.evaluate(&At {
        now: dossier.comparison.as_of,
        policy,
        dossier,
        held: &[],
        failed: &[],
    })
}

fn margin(margin: &Margin) -> String {
    let number = |value: f64| {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let by = |unit: &str| {
        format!(
            "{}: {}{unit} {}",
            margin.text,
            number(margin.distance.abs()),
            if margin.distance < 0.0 {
                "short of it"
            } else {
                "beyond"
            }
        )
    };
    match margin.unit {
        Unit::Number => format!(
            "{}: {} against {}",
            margin.text,
            number(margin.left),
            number(margin.right)
        ),
        Unit::Seconds => by(" s"),
        Unit::Levels => by(" levels"),
        Unit::Severities => by(" steps"),
    }
}

/// The moments at which criteria are asked: what happens to findings, and every minute.
fn moments(dossier: &Dossier) -> Vec<i64> {
    let comparison = &dossier.comparison;
    let (began, end) = (
        comparison
            .release
            .started_ns
            .unwrap_or(comparison.window.began)
            .min(comparison.window.began),
        comparison
            .release
            .last_ns
            .unwrap_or(comparison.window.until)
            .max(comparison.window.until)
            .max(
                comparison
                    .release
                    .finished_ns
                    .unwrap_or(0)
                    .saturating_add(HOUR),
            )
            .min(comparison.as_of),
    );
    let mut moments: Vec<i64> = dossier
        .findings
        .iter()
        .flat_map(|finding| [finding.first_ns, finding.last_ns])
        .flatten()
        .chain([comparison.as_of])
        .collect();
    let mut now = began - began.rem_euclid(MINUTE);
    while now < end && moments.len() < MOST_MOMENTS {
        moments.push(now);
        now += if now - began < FINE { MINUTE } else { HOUR };
    }
    moments.retain(|moment| *moment <= comparison.as_of);
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// When a rule was violated.
fn stretches(rule: &Rule, dossier: &Dossier) -> Vec<(i64, i64)> {
    let open: Vec<&Finding> = dossier
        .findings
        .iter()
        .filter(|finding| finding.rule == rule.id && counts(finding))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    match &rule.check {
        Check::Shift(shift) if shift.metric == Metric::ErrorRate => rises(rule, dossier),
        // The end of the window is the first time at which a latency was judged.
        Check::Shift(_) => open
            .iter()
            .filter_map(|finding| Some((finding.last_ns?, i64::MAX)))
            .collect(),
        _ => open
            .iter()
            .filter_map(|finding| Some((finding.first_ns?, i64::MAX)))
            .collect(),
    }
}

/// True where a finding counts against the release.
#[must_use]
pub fn counts(finding: &Finding) -> bool {
    matches!(finding.state.as_str(), "open" | "explained")
}

/// The stretches in which the rate so far was above what is tolerated: minute by minute by spans, or,
/// where sampling left too few of them, by the steps of metrics.
fn rises(rule: &Rule, dossier: &Dossier) -> Vec<(i64, i64)> {
    let Check::Shift(shift) = &rule.check else {
        return Vec::new();
    };
    let (ratio, sure) = match shift.test {
        ShiftTest::Ratio { ratio, prob } => (ratio, prob),
        ShiftTest::Relative { rel_shift, q } => (1.0 + rel_shift, 1.0 - q),
    };
    let minutes = dossier
        .minutes
        .iter()
        .map(|minute| (minute.minute_ns + MINUTE, minute.errors, minute.requests));
    let release = &dossier.comparison.release.id;
    let mut steps: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for served in dossier
        .comparison
        .requests
        .iter()
        .filter(|served| served.source == "metric" && served.release == *release)
    {
        let step = steps.entry(served.block_ns + BLOCK).or_default();
        step.0 += served.errors;
        step.1 += served.requests;
    }
    let steps = steps.into_iter().map(|(at, step)| (at, step.0, step.1));
    let by = |source: &str, series: &mut dyn Iterator<Item = (i64, f64, f64)>| {
        all_operations(&dossier.comparison, source)
            .map(|rate| above(series, rate, ratio, sure))
            .unwrap_or_default()
    };
    let held = by("span", &mut minutes.into_iter());
    if held.is_empty() {
        by("metric", &mut steps.into_iter())
    } else {
        held
    }
}

/// The stretches in which the share so far is above `ratio` times the baseline's with probability
/// `sure`.
fn above(
    series: &mut dyn Iterator<Item = (i64, f64, f64)>,
    rate: Rate,
    ratio: f64,
    sure: f64,
) -> Vec<(i64, i64)> {
    let (mut events, mut exposure) = (0.0, 0.0);
    let (mut held, mut since) = (Vec::new(), None);
    for (now, errors, requests) in series {
        events += errors;
        exposure += requests;
        let above = exposure >= FEWEST
            && probability_above(Counts { events, exposure }, rate.baseline, rate.phi, ratio)
                .is_some_and(|found| found >= sure);
        match (above, since) {
            (true, None) => since = Some(now),
            (false, Some(from)) => {
                held.push((from, now));
                since = None;
            }
            _ => {}
        }
    }
    held.extend(since.map(|from| (from, i64::MAX)));
    held
}

/// What is known at one moment.
struct At<'a> {
    now: i64,
    policy: &'a Policy,
    dossier: &'a Dossier,
    held: &'a [(&'a Rule, Vec<(i64, i64)>)],
    failed: &'a [(String, Truth)],
}

impl At<'_> {
    fn of_rule(&self, id: &str) -> &[(i64, i64)] {
        self.held
            .iter()
            .find(|(rule, _)| rule.id == id)
            .map_or(&[], |(_, held)| held)
    }

    fn known(&self) -> impl Iterator<Item = &Finding> {
        self.dossier.findings.iter().filter(|finding| {
            counts(finding) && finding.first_ns.is_none_or(|first| first <= self.now)
        })
    }
}

impl Facts for At<'_> {
    fn name(&self, path: &str) -> Value {
        let (dossier, comparison) = (self.dossier, &self.dossier.comparison);
        let release = &comparison.release;
        let demands = dossier.demands(self.policy);
        let text = |text: &str| Value::Text(text.to_owned());
        match path {
            "as_of" => Value::Time(self.now),
            "deploy.started" => release.started_ns.map_or(Value::Unknown, Value::Time),
            "deploy.finished" => match self.after() {
                Some(at) => Value::Time(at),
                None => Value::Unknown,
            },
            "service" => text(&release.service),
            "environment" => release.environment.as_deref().map_or(Value::Unknown, text),
            "release.version" => release.version.as_deref().map_or(Value::Unknown, text),
            "tier" => text(dossier.tier.token()),
            "change.kind" => text("deploy"),
            "commit.ai_lines" => dossier
                .lines
                .map_or(Value::Unknown, |(ai, _)| Value::Int(ai)),
            "commit.lines" => dossier
                .lines
                .map_or(Value::Unknown, |(_, all)| Value::Int(all)),
            "chain_level" => Value::Level(dossier.level()),
            "autonomy" => dossier
                .autonomy()
                .map_or(Value::Unknown, |autonomy| text(autonomy.token())),
            "reads_secret" => Value::Bool(dossier.reads_secret()),
            "tier.chain_min" => {
                demands.map_or(Value::Unknown, |demands| Value::Level(demands.chain_min))
            }
            "tier.instance_coverage" => demands.map_or(Value::Unknown, |demands| {
                Value::Float(demands.instance_coverage)
            }),
            "tier.min_requests" => demands.map_or(Value::Unknown, |demands| {
                Value::Int(i64::try_from(demands.min_requests).unwrap_or(i64::MAX))
            }),
            "tier.sample_review" => demands.map_or(Value::Unknown, |demands| {
                Value::Float(demands.sample_review)
            }),
            "tier.soak" => demands.map_or(Value::Unknown, |demands| Value::Duration(demands.soak)),
            "coverage" => dossier.coverage().map_or(Value::Unknown, Value::Float),
            "requests" => Value::Float(dossier.requests()),
            "instances" => Value::Int(release.instances),
            "instance_digest_mixed" => Value::Bool(
                dossier
                    .mixed(true)
                    .iter()
                    .any(|(from, to)| self.now >= *from && self.now < *to),
            ),
            "left_behind" => Value::Bool(dossier.seen.iter().any(|seen| {
                seen.detector == "left_behind"
                    && seen.first_ns.is_some_and(|first| self.now >= first)
            })),
            "telemetry_silent" => Value::Bool(dossier.seen.iter().any(|seen| {
                seen.detector == "silence" && seen.first_ns.is_some_and(|first| self.now >= first)
            })),
            "worst_severity" => self
                .known()
                .map(|finding| finding.severity)
                .min()
                .and_then(|worst| super::file::Severity::of(worst.word()))
                .map_or(Value::Unknown, Value::Severity),
            _ => Value::Unknown,
        }
    }

    fn rule(&self, id: &str) -> Truth {
        let held = self
            .of_rule(id)
            .iter()
            .any(|(from, to)| self.now >= *from && self.now < *to);
        Truth::from(held)
    }

    fn gate(&self, id: &str) -> Truth {
        self.failed
            .iter()
            .find(|(gate, _)| gate == id)
            .map_or(Truth::Unknown, |(_, truth)| *truth)
    }

    fn sustained(&self, rules: &[&str], seconds: i64) -> Truth {
        let long = seconds.saturating_mul(1_000_000_000);
        let held = rules
            .iter()
            .flat_map(|id| self.of_rule(id))
            .any(|(from, to)| self.now >= *from && self.now.min(*to) - from >= long);
        Truth::from(held)
    }

    fn count(&self, filter: &CountFilter) -> Value {
        let mut sure = 0;
        for finding in self.known() {
            let (Some(severity), Some(family), Some(channel)) = (
                super::file::Severity::of(finding.severity.word()),
                super::file::Family::of(&finding.family),
                super::file::Channel::of(finding.channel.word()),
            ) else {
                continue;
            };
            match filter.accepts(&Counted {
                severity,
                family,
                channel,
                rule: &finding.rule,
                explained: finding.explained_by_diff,
            }) {
                Truth::True => sure += 1,
                Truth::Unknown | Truth::False => {}
            }
        }
        // A finding without a diff to judge by may be either; the count is then a lower bound.
        Value::Int(sure)
    }
}

impl At<'_> {
    /// When the rollout that matters now was finished: the release's own, or the one that replaced it.
    fn after(&self) -> Option<i64> {
        let release = &self.dossier.comparison.release;
        let own = release
            .deployed_ns
            .or(release.placed_ns)
            .or(release.started_ns);
        match release.finished_ns {
            Some(finished) if finished <= self.now => Some(finished),
            _ => own.filter(|own| *own <= self.now).or(own),
        }
    }
}
