//! How busy a release's time was, beside the time before.

use std::collections::BTreeMap;

use super::compare::Comparison;
use super::window::Control;

/// Requests of a step of the service in the release's time, over those of a step in the week before;
/// within a tenth and ten, and 1 where no request is known.
///
/// What a service does follows its load: a night brings less of everything, an afternoon more.
#[must_use]
pub fn busyness(comparison: &Comparison) -> f64 {
    let window = comparison.window;
    let of = |source: &str, control: Control| -> Option<f64> {
        let wanted = comparison
            .requests
            .iter()
            .filter(|served| served.source == source && control.has(&window, served.block_ns));
        let mut steps: BTreeMap<i64, f64> = BTreeMap::new();
        for served in wanted {
            *steps.entry(served.block_ns).or_default() += served.requests;
        }
        let count = super::detectors::real(i64::try_from(steps.len()).ok()?);
        (count > 0.0).then(|| steps.values().sum::<f64>() / count)
    };
    ["metric", "span"]
        .into_iter()
        .find_map(|source| {
            let before = of(source, Control::WeekBefore).filter(|before| *before > 0.0)?;
            Some((of(source, Control::Concurrent)? / before).clamp(0.1, 10.0))
        })
        .unwrap_or(1.0)
}
