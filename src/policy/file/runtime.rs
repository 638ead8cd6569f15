//! `runtime:` — what a release may do while it runs.

use std::collections::BTreeMap;

use super::Source;
use super::error::{Errors, Mistake};
use super::expression::{Expression, Ids, Scope, Truth};
use super::pattern::Pattern;
use super::reader::{Fields, Item};
use super::words::{Channel, Direction, Doubt, Family, Field, Gap, Severity, Word as _};

/// A rule about behaviour.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What a hit means, for people.
    pub title: String,
    /// Channel of its findings.
    pub channel: Channel,
    /// Family of its findings, and of the behaviours that it looks at; `None` only for `sql` and
    /// `sigma`, which bring their own.
    pub family: Option<Family>,
    /// How bad a hit is.
    pub severity: Severity,
    /// Service that it is for; `None` for all.
    pub service: Option<Pattern>,
    /// The check.
    pub check: Check,
    /// As written.
    pub source: Source,
}

/// A rule's check.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// A behaviour that these lists do not admit violates.
    Allow(Lists),
    /// A behaviour that these lists cover violates.
    Deny(Lists),
    /// Any behaviour of the family violates, or any of which the condition holds. Without a
    /// condition, `family: privilege` is about rights given, not about rights used.
    Presence {
        /// Which behaviours; `None` for all.
        where_: Option<Expression>,
    },
    /// A behaviour that the baseline never showed violates.
    Novelty(Novelty),
    /// A metric that moved violates.
    Shift(Shift),
    /// Instances or their telemetry are not what they should be.
    Gap {
        /// What is looked for.
        gap: Gap,
        /// Seconds that it must last; 0 for at once.
        after: i64,
    },
    /// Something is wrong with the release's papers.
    Doubt(Doubt),
    /// A query whose rows are violations. Parameters: `$release`, `$as_of`.
    Sql(String),
    /// Sigma rules.
    Sigma {
        /// Files as globs, relative to the policy file; never above it.
        paths: Vec<String>,
        /// True where a hit has its Sigma rule's own level; false where `severity` is for all.
        own_levels: bool,
    },
}

/// Globs per field; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists(pub BTreeMap<Field, Vec<Pattern>>);

impl Lists {
    /// True where each listed field matches one of its globs; false where a field is there and
    /// matches none; unknown where only absent fields stand in the way.
    ///
    /// For `allow`, false violates; for `deny`, true violates; unknown is for neither.
    pub fn covers<'f>(&self, get: impl Fn(Field) -> Option<&'f str>) -> Truth {
        let mut answer = Truth::True;
        for (field, patterns) in &self.0 {
            match get(*field) {
                None => answer = Truth::Unknown,
                Some(text) if patterns.iter().any(|pattern| pattern.matches(text)) => {}
                Some(_) => return Truth::False,
            }
        }
        answer
    }
}

/// Support that a new behaviour needs before it is a finding (domain.md 3.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Novelty {
    /// Fewest sightings.
    pub min_count: u64,
    /// Fewest instances.
    pub min_instances: u64,
    /// Baseline exposure per candidate exposure below which novelty means nothing.
    pub min_exposure_ratio: Option<f64>,
    /// Which behaviours; `None` for all.
    pub where_: Option<Expression>,
    /// True where a behaviour that the release's diff explains does not count.
    pub unexplained_only: bool,
}

/// A metric and how far it may move.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// The metric.
    pub metric: Metric,
    /// Which way it must not move.
    pub direction: Direction,
    /// When it has moved.
    pub test: ShiftTest,
    /// Fewest requests on the candidate's side; `None` for the tier's.
    pub min_requests: Option<u64>,
}

/// A metric of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// Errors per request.
    ErrorRate,
    /// 95th percentile of request durations.
    LatencyP95,
    /// A business outcome by the name of its metric.
    Outcome(String),
}

/// When a metric has moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ShiftTest {
    /// P(candidate > `ratio` × baseline) is at least `prob` (domain.md 3.5).
    Ratio {
        /// Tolerated ratio, more than 1; downwards its inverse.
        ratio: f64,
        /// Probability from 0.5 to 1, both excluded.
        prob: f64,
    },
    /// The shift is larger than `rel_shift` of the baseline and its q-value at most `q`
    /// (domain.md 3.6).
    Relative {
        /// Tolerated share of the baseline: 0.2 is 20 %.
        rel_shift: f64,
        /// Largest share of false alarms among a release's findings, more than 0, at most 0.5.
        q: f64,
    },
}

const COMMON: &[&str] = &["id", "title", "channel", "family", "severity", "service"];
const POLICY: &[&str] = &["allow", "deny", "sql", "sigma", "where"];
const NOVELTY: &[&str] = &[
    "min_count",
    "min_instances",
    "min_exposure_ratio",
    "where",
    "unexplained_only",
];
const SHIFT: &[&str] = &[
    "metric",
    "direction",
    "ratio",
    "prob",
    "rel_shift",
    "q",
    "min_requests",
];
const GAP: &[&str] = &["check", "after"];

fn keys(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Policy => POLICY,
        Channel::Novelty => NOVELTY,
        Channel::Shift => SHIFT,
        Channel::Trust => &["check", "sql"],
        Channel::Gap => GAP,
    }
}

/// Fields that behaviours of a family have; a list about another would never match, or always.
fn has_field(family: Family, field: Field) -> bool {
    match field {
        Field::Service
        | Field::Environment
        | Field::Release
        | Field::Subject
        | Field::Principal => true,
        Field::Secret => family == Family::Secret,
        Field::Dst => family == Family::Network,
        Field::Action => matches!(family, Family::Secret | Family::Privilege | Family::Agent),
        Field::Resource => matches!(family, Family::Privilege | Family::Agent),
        Field::Process => matches!(family, Family::Network | Family::Agent),
    }
}

/// Reads one entry.
pub(super) fn read(item: &Item<'_>, text: &str, errors: &mut Errors) -> Option<Rule> {
    let mut known: Vec<&str> = Vec::new();
    for key in [COMMON, POLICY, NOVELTY, SHIFT, GAP].concat() {
        if !known.contains(&key) {
            known.push(key);
        }
    }
    let fields = item.fields(&known, errors)?;
    let id = fields.need("id", errors, Item::id);
    let title = fields.need("title", errors, Item::text);
    let is_sigma = fields.has("sigma");
    // Shared rules bring their level, and are always a policy's.
    let channel = if is_sigma {
        Some(
            fields
                .maybe("channel", errors, Item::word)
                .unwrap_or(Channel::Policy),
        )
    } else {
        fields.need("channel", errors, Item::word)
    };
    let severity = if is_sigma {
        Some(
            fields
                .maybe("severity", errors, Item::word)
                .unwrap_or(Severity::Medium),
        )
    } else {
        fields.need("severity", errors, Item::word)
    };
    let family = fields.maybe("family", errors, Item::word);
    let service = fields.maybe("service", errors, Item::pattern);
    let channel = channel?;
    for key in known
        .iter()
        .filter(|key| !COMMON.contains(key) && !keys(channel).contains(key))
    {
        if fields.has(key) {
            let problem = format!("`{key}` does nothing in the channel `{channel}`.");
            fields.conflict(key, problem, "Take it out, or change the channel.", errors);
        }
    }
    let (check, family) = match channel {
        Channel::Policy => policy(&fields, family, text, errors),
        Channel::Trust if fields.has("sql") => policy(&fields, family, text, errors),
        Channel::Trust => doubt(&fields, family, errors),
        Channel::Novelty => (novelty(&fields, text, errors), family),
        Channel::Shift => shift(&fields, family, errors),
        Channel::Gap => (gap(&fields, errors), family.or(Some(Family::Coverage))),
    };
    let brings_family = matches!(check, None | Some(Check::Sql(_) | Check::Sigma { .. }));
    if family.is_none() && !brings_family && !fields.has("family") {
        fields.missing("family", errors);
        return None;
    }
    Some(Rule {
        id: id?,
        title: title?,
        channel,
        family,
        severity: severity?,
        service,
        check: check?,
        source: item.source(text),
    })
}

fn where_(fields: &Fields<'_>, text: &str, errors: &mut Errors) -> Option<Expression> {
    fields.maybe("where", errors, |item, errors| {
        super::expression_of(item, text, Scope::Behaviour, &Ids::default(), errors)
    })
}

fn policy(
    fields: &Fields<'_>,
    family: Option<Family>,
    text: &str,
    errors: &mut Errors,
) -> (Option<Check>, Option<Family>) {
    let heads = ["allow", "deny", "sql", "sigma"];
    let condition = where_(fields, text, errors);
    let Some(head) = heads.into_iter().find(|head| fields.has(head)) else {
        return (Some(Check::Presence { where_: condition }), family);
    };
    super::one_of(fields, &heads, errors);
    if fields.has("where") {
        let problem = format!("`where` does nothing beside `{head}`.");
        fields.conflict("where", problem, "Take one of the two out.", errors);
    }
    let check = match head {
        "sql" => fields.maybe("sql", errors, super::sql).map(Check::Sql),
        "sigma" => fields.maybe("sigma", errors, |item, errors| {
            let items = item.some(errors);
            let paths: Vec<_> = items.iter().filter_map(|item| item.file(errors)).collect();
            let own_levels = !fields.has("severity");
            (!paths.is_empty()).then_some(Check::Sigma { paths, own_levels })
        }),
        _ => return lists(fields, head, family, errors),
    };
    (check, family)
}

/// `allow` or `deny`, and the family where the lists tell it.
fn lists(
    fields: &Fields<'_>,
    head: &str,
    family: Option<Family>,
    errors: &mut Errors,
) -> (Option<Check>, Option<Family>) {
    let known: Vec<&str> = Field::ALL.iter().map(|(word, _)| *word).collect();
    let mut told = family;
    let lists = fields.maybe(head, errors, |item, errors| {
        let inner = item.fields(&known, errors)?;
        let mut lists = BTreeMap::new();
        for (word, field) in Field::ALL {
            if let Some(globs) = inner.maybe(word, errors, Item::patterns) {
                lists.insert(*field, globs);
            }
        }
        if item.entries(errors)?.is_empty() {
            let hint = "Name at least one field, such as `secret: ['secret/data/shop/*']`.";
            item.note(
                Mistake::Empty,
                format!("`{head}` lists nothing."),
                hint,
                errors,
            );
        }
        told = told.or_else(|| {
            let tells = [
                (Field::Secret, Family::Secret),
                (Field::Dst, Family::Network),
                (Field::Action, Family::Privilege),
            ];
            let found = tells.iter().find(|(field, _)| lists.contains_key(field));
            found.map(|(_, family)| *family)
        });
        for field in lists.keys() {
            if let Some(family) = told.filter(|family| !has_field(*family, *field)) {
                let problem = format!("Behaviours of the family `{family}` have no `{field}`.");
                inner.conflict(
                    field.token(),
                    problem,
                    "Take it out, or change the family.",
                    errors,
                );
            }
        }
        (!lists.is_empty()).then_some(Lists(lists))
    });
    let check = lists.map(|lists| match head {
        "allow" => Check::Allow(lists),
        _ => Check::Deny(lists),
    });
    (check, told)
}

fn novelty(fields: &Fields<'_>, text: &str, errors: &mut Errors) -> Option<Check> {
    let number = |item: &Item<'_>, errors: &mut Errors| item.whole(1..=1_000_000_000, errors);
    let count = fields.maybe("min_count", errors, number);
    let instances = fields.maybe("min_instances", errors, number);
    let ratio = fields.maybe("min_exposure_ratio", errors, |item, errors| {
        item.number(0.001..=10_000.0, errors)
    });
    let unexplained = fields.maybe("unexplained_only", errors, Item::truth);
    let where_ = where_(fields, text, errors);
    if !fields.has("family") {
        fields.missing("family", errors);
        return None;
    }
    Some(Check::Novelty(Novelty {
        min_count: count.unwrap_or(1),
        min_instances: instances.unwrap_or(1),
        min_exposure_ratio: ratio,
        where_,
        unexplained_only: unexplained.unwrap_or(false),
    }))
}

fn shift(
    fields: &Fields<'_>,
    family: Option<Family>,
    errors: &mut Errors,
) -> (Option<Check>, Option<Family>) {
    let metric = fields
        .need("metric", errors, Item::text)
        .map(|name| match name.as_str() {
            "error_rate" => Metric::ErrorRate,
            "latency_p95" => Metric::LatencyP95,
            _ => Metric::Outcome(name),
        });
    let direction = fields.need("direction", errors, Item::word);
    let ratio = fields.maybe("ratio", errors, |item, errors| {
        item.number(1.001..=1000.0, errors)
    });
    let prob = fields.maybe("prob", errors, |item, errors| {
        item.number(0.501..=0.999_999, errors)
    });
    let rel_shift = fields.maybe("rel_shift", errors, |item, errors| {
        item.number(0.001..=100.0, errors)
    });
    let q = fields.maybe("q", errors, |item, errors| {
        item.number(0.000_001..=0.5, errors)
    });
    let requests = fields.maybe("min_requests", errors, |item, errors| {
        item.whole(1..=1_000_000_000_000, errors)
    });
    let by_ratio = match metric {
        Some(Metric::ErrorRate) => true,
        Some(Metric::LatencyP95) => false,
        _ => !(fields.has("rel_shift") || fields.has("q")),
    };
    let (wanted, other) = if by_ratio {
        (["ratio", "prob"], ["rel_shift", "q"])
    } else {
        (["rel_shift", "q"], ["ratio", "prob"])
    };
    for key in wanted.into_iter().filter(|key| !fields.has(key)) {
        fields.missing(key, errors);
    }
    for key in other.into_iter().filter(|key| fields.has(key)) {
        let problem = format!("`{key}` does nothing beside `{}`.", wanted.join("` and `"));
        let hint = "Rates are judged by `ratio` and `prob`, durations by `rel_shift` and `q`; keep one pair.";
        fields.conflict(key, problem, hint, errors);
    }
    let family = family.or(match metric {
        Some(Metric::ErrorRate) => Some(Family::Rate),
        Some(Metric::LatencyP95) => Some(Family::Latency),
        _ => Some(Family::Outcome),
    });
    let test = if by_ratio {
        ratio
            .zip(prob)
            .map(|(ratio, prob)| ShiftTest::Ratio { ratio, prob })
    } else {
        rel_shift
            .zip(q)
            .map(|(rel_shift, q)| ShiftTest::Relative { rel_shift, q })
    };
    let check = metric
        .zip(direction)
        .zip(test)
        .map(|((metric, direction), test)| {
            Check::Shift(Shift {
                metric,
                direction,
                test,
                min_requests: requests,
            })
        });
    (check, family)
}

/// A check of the paper trail, with the family that its findings have.
fn doubt(
    fields: &Fields<'_>,
    family: Option<Family>,
    errors: &mut Errors,
) -> (Option<Check>, Option<Family>) {
    let doubt = fields.need("check", errors, Item::word);
    let usual = doubt.map(|doubt| match doubt {
        Doubt::Approval => Family::Approval,
        Doubt::NoSession => Family::Agent,
        _ => Family::Provenance,
    });
    (doubt.map(Check::Doubt), family.or(usual))
}

fn gap(fields: &Fields<'_>, errors: &mut Errors) -> Option<Check> {
    let gap = fields.need("check", errors, Item::word);
    let after = fields.maybe("after", errors, Item::duration);
    Some(Check::Gap {
        gap: gap?,
        after: after.unwrap_or(0),
    })
}
