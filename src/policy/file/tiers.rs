//! `tiers:` — how much depends on a service, and what follows from it.

use std::collections::BTreeMap;

use super::error::{Errors, Mistake};
use super::pattern::Pattern;
use super::reader::{Fields, Item};
use super::words::{Autonomy, Level, Tier};

/// What one tier asks of a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Demands {
    /// Lowest chain level.
    pub chain_min: Level,
    /// Share of running instances that must have telemetry, 0 to 1.
    pub instance_coverage: f64,
    /// Seconds that a release is watched.
    pub soak: i64,
    /// Fewest requests for a judgement by numbers.
    pub min_requests: u64,
    /// Share of releases that a person reviews, 0 to 1.
    pub sample_review: f64,
}

/// One condition that lifts a service by one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Escalation {
    /// The service reads a secret, or does not.
    ReadsSecret(bool),
    /// It handles one of these classes of data.
    DataClass(Vec<String>),
    /// A person took part, or did not.
    Autonomy(Autonomy),
    /// It answers the internet, or does not.
    InternetExposed(bool),
}

/// The section.
#[derive(Debug, Clone, PartialEq)]
pub struct Tiers {
    /// Telemetry attribute that names the tier of a service that is not listed.
    pub from: String,
    /// Tiers of services: globs in the order of the file. The first exact name counts, then the
    /// first glob that matches.
    pub services: Vec<(Pattern, Tier)>,
    /// Tier of a service that neither a list nor telemetry names.
    pub fallback: Tier,
    /// Conditions: where any holds, the service counts one tier higher.
    pub escalate: Vec<Escalation>,
    /// What each tier asks; all four are there.
    pub levels: BTreeMap<Tier, Demands>,
}

impl Tiers {
    /// The tier that the policy lists for `service`; `None` where `from` and `fallback` must say.
    #[must_use]
    pub fn listed(&self, service: &str) -> Option<Tier> {
        let exact = |(pattern, _): &&(Pattern, Tier)| pattern.as_str() == service;
        let glob = |(pattern, _): &&(Pattern, Tier)| pattern.matches(service);
        let found = self.services.iter().find(exact);
        let found = found.or_else(|| self.services.iter().find(glob));
        found.map(|(_, tier)| *tier)
    }

    /// What `tier` asks.
    #[must_use]
    pub fn demands(&self, tier: Tier) -> Option<&Demands> {
        self.levels.get(&tier)
    }
}

impl Tier {
    /// One tier higher; critical stays critical.
    #[must_use]
    pub fn higher(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}

const KEYS: &[&str] = &[
    "from", "services", "default", "escalate", "critical", "high", "medium", "low",
];
const DEMANDS: &[&str] = &[
    "chain_min",
    "instance_coverage",
    "soak",
    "min_requests",
    "sample_review",
];
const CONDITIONS: &[&str] = &["reads_secret", "data_class", "autonomy", "internet_exposed"];

/// Reads the section.
pub(super) fn read(item: &Item<'_>, errors: &mut Errors) -> Option<Tiers> {
    let fields = item.fields(KEYS, errors)?;
    let from = fields.maybe("from", errors, Item::text);
    let services = fields.maybe("services", errors, services);
    let fallback = fields.maybe("default", errors, Item::word);
    let escalate = fields.maybe("escalate", errors, |item, errors| {
        let items = item.list(errors);
        Some(
            items
                .iter()
                .flat_map(|item| escalations(item, errors))
                .collect(),
        )
    });
    let mut levels = BTreeMap::new();
    for tier in [Tier::Critical, Tier::High, Tier::Medium, Tier::Low] {
        if let Some(demands) = fields.need(tier.token(), errors, demands) {
            levels.insert(tier, demands);
        }
    }
    Some(Tiers {
        from: from.unwrap_or_else(|| "service.criticality".to_owned()),
        services: services.unwrap_or_default(),
        fallback: fallback.unwrap_or(Tier::Medium),
        escalate: escalate.unwrap_or_default(),
        levels,
    })
}

fn services(item: &Item<'_>, errors: &mut Errors) -> Option<Vec<(Pattern, Tier)>> {
    let mut services = Vec::new();
    for (key, node) in item.entries(errors)? {
        let mut path = item.path.clone();
        super::reader::push(&mut path, &key.text);
        let value = Item { node, path };
        let tier = value.word(errors);
        if let Some(pattern) = Pattern::new(&key.text) {
            services.extend(tier.map(|tier| (pattern, tier)));
        } else {
            let (mistake, hint) = (Mistake::BadText, "Write the name of a service.");
            let problem = "This is no service's name.";
            errors.add(mistake, key.place, &value.path, problem, hint);
        }
    }
    Some(services)
}

fn escalations(item: &Item<'_>, errors: &mut Errors) -> Vec<Escalation> {
    let Some(fields) = item.fields(CONDITIONS, errors) else {
        return Vec::new();
    };
    let secret = fields.maybe("reads_secret", errors, Item::truth);
    let classes = fields.maybe("data_class", errors, Item::texts);
    let autonomy = fields.maybe("autonomy", errors, Item::word);
    let exposed = fields.maybe("internet_exposed", errors, Item::truth);
    let found = [
        secret.map(Escalation::ReadsSecret),
        classes.map(Escalation::DataClass),
        autonomy.map(Escalation::Autonomy),
        exposed.map(Escalation::InternetExposed),
    ];
    let found: Vec<_> = found.into_iter().flatten().collect();
    // Two keys of one entry look like "both"; each condition counts by itself.
    if found.len() > 1 {
        let problem = "This entry holds several conditions; each counts by itself.";
        item.note(
            Mistake::Conflict,
            problem,
            "Begin each with its own `- `.",
            errors,
        );
    }
    found
}

fn demands(item: &Item<'_>, errors: &mut Errors) -> Option<Demands> {
    let fields: Fields<'_> = item.fields(DEMANDS, errors)?;
    let chain_min = fields.need("chain_min", errors, Item::word);
    let coverage = fields.need("instance_coverage", errors, |item, errors| {
        item.number(0.0..=1.0, errors)
    });
    let soak = fields.need("soak", errors, Item::duration);
    let requests = fields.need("min_requests", errors, |item, errors| {
        item.whole(0..=1_000_000_000_000, errors)
    });
    let review = fields.need("sample_review", errors, |item, errors| {
        item.number(0.0..=1.0, errors)
    });
    Some(Demands {
        chain_min: chain_min?,
        instance_coverage: coverage?,
        soak: soak?,
        min_requests: requests?,
        sample_review: review?,
    })
}
