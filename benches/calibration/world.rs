//! What all made-up comparisons share: a release, its clock, a day's load.

use shipwake::behaviour::Comparison;
use shipwake::behaviour::compare::Released;
use shipwake::behaviour::window::{BLOCK, DAY, HOUR, MINUTE, Window};

use crate::dice::Dice;

/// The release that is looked at.
pub const NEW: &str = "shop@2/prod";
/// The release before it.
pub const OLD: &str = "shop@1/prod";
/// Days of telemetry before the release.
pub const DAYS: i64 = 2;
/// Instances of the service.
pub const INSTANCES: i64 = 4;

/// A comparison without anything in it, of a release that lived so long and began at any minute.
pub fn empty(dice: &mut Dice, hours: i64) -> Comparison {
    let began = 20_000 * DAY + dice.below(DAY / MINUTE) * MINUTE;
    let finished = began + hours * HOUR;
    Comparison {
        release: Released {
            id: NEW.to_owned(),
            service: "shop".to_owned(),
            version: Some("2".to_owned()),
            environment: Some("prod".to_owned()),
            started_ns: Some(began),
            placed_ns: Some(began),
            first_ns: Some(began),
            finished_ns: Some(finished),
            status: "replaced".to_owned(),
            instances: INSTANCES,
            ..Released::default()
        },
        window: Window::of(began, Some(finished), finished),
        as_of: finished + HOUR,
        ..Comparison::default()
    }
}

/// How much of the mean load there is at that time: a fifth at night, nearly twice in the afternoon.
pub fn load(at: i64) -> f64 {
    let hour = at.rem_euclid(DAY) as f64 / HOUR as f64;
    1.0 + 0.8 * (std::f64::consts::TAU * (hour - 14.0) / 24.0).cos()
}

/// Steps of the baseline and of the release, each with its release and the part of it that belongs
/// to that release.
pub fn steps(comparison: &Comparison) -> Vec<(i64, &'static str, f64)> {
    let Window { began, until, .. } = comparison.window;
    let first = (began - DAYS * DAY).div_euclid(BLOCK);
    (first..=(until - 1).div_euclid(BLOCK))
        .map(|step| step * BLOCK)
        .flat_map(|at| {
            let before = ((began - at) as f64 / BLOCK as f64).clamp(0.0, 1.0);
            [(at, OLD, before), (at, NEW, 1.0 - before)]
        })
        .filter(|(_, _, part)| *part > 0.0)
        .collect()
}
