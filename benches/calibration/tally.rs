//! How many alarms there were, of how many tests.

use shipwake::behaviour::stats::Z95;
use shipwake::behaviour::stats::counts::wilson;
use shipwake::behaviour::{Comparison, Observation};
use shipwake::policy::Policy;
use shipwake::policy::dossier::Dossier;
use shipwake::policy::file::Tier;
use shipwake::policy::rules;
use shipwake::query::chain::Chain;

use crate::NOMINAL;

/// Alarms of one detector in one world.
#[derive(Default)]
pub struct Tally {
    /// Comparisons.
    pub comparisons: u64,
    /// Things that were tested.
    pub tests: u64,
    /// Those whose p is at most the nominal level.
    pub alarms: u64,
    /// Comparisons with any such.
    pub loud: u64,
    /// Comparisons with an open finding of the default policy.
    pub found: u64,
    /// Tests that were ranked among placebo releases.
    pub ranked: u64,
    /// Those among the largest tenth of them.
    pub extreme: u64,
}

impl Tally {
    /// The heads of the table of [`Tally::row`].
    pub const HEAD: &str = "| world | tests | false at p <= .01 | 95 % interval | comparisons with one | with a finding | ranked among placebos: in the largest tenth |\n|---|---|---|---|---|---|---|";

    /// Counts what was seen of one comparison.
    pub fn add(
        &mut self,
        policy: &Policy,
        comparison: Comparison,
        seen: Vec<Observation>,
        detector: &str,
    ) {
        let of = || seen.iter().filter(|seen| seen.detector == detector);
        // A detector of instances speaks only where something is wrong; it has tested all of them.
        let tests = match detector {
            "silence" | "left_behind" => comparison.pods.len(),
            _ => of().count(),
        };
        // What has no p is claimed for certain.
        let alarms = of()
            .filter(|seen| seen.p.is_none_or(|p| p <= NOMINAL))
            .count();
        // Among fewer than nine placebos nothing can be in the largest tenth.
        let ranks = || {
            of().filter_map(|seen| seen.placebo)
                .filter(|found| found.of >= 10)
        };
        self.ranked += ranks().count() as u64;
        self.extreme += ranks().filter(|found| found.p <= 0.1).count() as u64;
        self.comparisons += 1;
        self.tests += tests as u64;
        self.alarms += alarms as u64;
        self.loud += u64::from(alarms > 0);
        self.found += u64::from(finds(policy, comparison, seen, detector));
    }

    /// One line of a table.
    pub fn row(&self, name: &str) -> String {
        let interval = wilson(self.alarms, self.tests.max(1), Z95)
            .map_or_else(String::new, |both| {
                format!("{:.1}-{:.1} %", 100.0 * both.low, 100.0 * both.high)
            });
        format!(
            "| {name} | {} | {} | {interval} | {} | {} | {} |",
            self.tests,
            percent(self.alarms, self.tests),
            percent(self.loud, self.comparisons),
            percent(self.found, self.comparisons),
            if self.ranked > 0 {
                format!("{} of {}", percent(self.extreme, self.ranked), self.ranked)
            } else {
                "-".to_owned()
            },
        )
    }
}

/// True where a chance is at most the nominal level.
pub fn is(p: Option<f64>) -> bool {
    p.is_some_and(|p| p <= NOMINAL)
}

/// True where the default policy has an open finding of that detector.
pub fn finds(
    policy: &Policy,
    comparison: Comparison,
    mut seen: Vec<Observation>,
    detector: &str,
) -> bool {
    seen.retain(|seen| seen.detector == detector);
    let dossier = Dossier {
        comparison: comparison.into(),
        seen,
        chain: Chain {
            reference: String::new(),
            level: "C0".to_owned(),
            weakest: None,
            nodes: Vec::new(),
            links: Vec::new(),
            missing: Vec::new(),
            truncated: false,
        },
        tier: Tier::Medium,
        minutes: Vec::new(),
        lines: None,
        reach: std::rc::Rc::default(),
        trail: shipwake::policy::trail::Trail::default(),
        approvals: Vec::new(),
        signatures: Vec::new(),
        findings: Vec::new(),
    };
    rules::apply(policy, &dossier, &|_| Vec::new())
        .iter()
        .any(|finding| finding.state == "open")
}

/// A share in words.
pub fn percent(part: u64, of: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / of.max(1) as f64)
}
