//! Clean releases that detectors once cried wolf over (docs/statistics.md, measured traps).

use super::*;
use crate::behaviour::compare::{KeyUse, Outcome, Pod, Released, Served};
use crate::behaviour::window::{BLOCK, DAY, HOUR, MINUTE, Window};

const BEGAN: i64 = 20_000 * DAY;
const NEW: &str = "shop@2/prod";

fn comparison(hours: i64) -> Comparison {
    let finished = BEGAN + hours * HOUR;
    Comparison {
        release: Released {
            id: NEW.to_owned(),
            service: "shop".to_owned(),
            finished_ns: Some(finished),
            ..Released::default()
        },
        window: Window::of(BEGAN, Some(finished), finished),
        as_of: finished + HOUR,
        exposure: 4.0 * 36.0,
        baseline_exposure: 4.0 * 288.0 * 8.0,
        families: [("network".to_owned(), BEGAN - 8 * DAY)].into(),
        ..Comparison::default()
    }
}

fn key(name: &str, now: (i64, i64), before: (i64, i64)) -> KeyUse {
    KeyUse {
        family: "network".to_owned(),
        key: name.to_owned(),
        subject: name.to_owned(),
        events: now.0,
        blocks: now.1,
        instances: now.1.min(1),
        before: before.0,
        before_blocks: before.1,
        before_ns: (before.0 > 0).then_some(BEGAN - HOUR),
        ..KeyUse::default()
    }
}

fn seen<'s>(all: &'s [Observation], detector: &str) -> Vec<&'s Observation> {
    all.iter().filter(|one| one.detector == detector).collect()
}

#[test]
fn a_burst_is_one_chance_and_not_many() {
    let mut comparison = comparison(3);
    comparison.keys = vec![
        key("burst", (40, 1), (0, 0)),
        key("steady", (40, 20), (0, 0)),
    ];
    comparison
        .keys
        .extend((0..98).map(|at| key(&format!("known-{at}"), (9, 3), (90, 30))));
    let all = comparison.look();
    let novel = seen(&all, "novelty");
    let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-4;
    // Three hours of eight days and three: 1 in 65.
    assert!(
        near(novel[0].p, 36.0 / (36.0 + 288.0 * 8.0)),
        "{:?}",
        novel[0].p
    );
    assert!(novel[1].p.unwrap() < 1e-9);
    // All hundred keys were looked at.
    assert!(
        near(novel[0].q, 50.0 * novel[0].p.unwrap()),
        "{:?}",
        novel[0].q
    );
    assert!(novel[1].q.unwrap() < 1e-9);
}

#[test]
fn new_keys_are_expected_by_steps() {
    let mut comparison = comparison(3);
    comparison.keys = vec![
        key("new", (50, 1), (0, 0)),
        key("busy", (900, 36), (9_000, 360)),
    ];
    // Ten keys were visited once, for five events each; the release is a tenth of the steps before.
    comparison
        .keys
        .extend((0..10).map(|at| key(&format!("rare-{at}"), (0, 0), (5, 1))));
    let all = comparison.look();
    let expected = seen(&all, "novelty")[0].expected.unwrap();
    assert!((expected - 1.0).abs() < 1e-9, "{expected}");
}

#[test]
fn a_nightly_batch_is_not_gone_at_noon() {
    let mut comparison = comparison(3);
    let batch = key("batch", (0, 0), (80_000, 16));
    comparison.keys = vec![batch, key("steady", (0, 0), (2_000, 2_000))];
    let all = comparison.look();
    let gone = seen(&all, "gone");
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(gone[0].key, "steady");
}

#[test]
fn a_quiet_night_is_no_reason_to_call_anything_gone() {
    let mut comparison = comparison(3);
    comparison.keys = vec![key("rare", (0, 0), (700, 700))];
    assert_eq!(seen(&comparison.look(), "gone").len(), 1);
    comparison.requests = (-288..36)
        .map(|step| Served {
            source: "metric".to_owned(),
            release: if step < 0 { "shop@1/prod" } else { NEW }.to_owned(),
            operation: "GET".to_owned(),
            block_ns: BEGAN + step * BLOCK,
            requests: if step < 0 { 500.0 } else { 100.0 },
            errors: 0.0,
        })
        .collect();
    assert_eq!(seen(&comparison.look(), "gone").len(), 0);
}

/// An instance that lived from the release's start on and spoke in `spoke` steps until `silent`.
fn pod(name: &str, spoke: i64, silent: i64, pause: i64) -> Pod {
    Pod {
        pod: name.to_owned(),
        release: NEW.to_owned(),
        started_ns: Some(BEGAN),
        ended_ns: Some(BEGAN + 12 * HOUR),
        spoke_ns: Some(BEGAN),
        fell_silent_ns: Some(silent),
        blocks: spoke,
        pause_ns: Some(pause),
        ..Pod::default()
    }
}

#[test]
fn whoever_says_little_or_pauses_is_not_silent() {
    let end = BEGAN + 12 * HOUR;
    let quiet = |spoke: i64, silent: i64, pause: i64| {
        let mut comparison = comparison(12);
        comparison.pods = vec![
            pod("a", 140, end, 5 * MINUTE),
            pod("b", 140, end, 5 * MINUTE),
        ];
        comparison.pods.push(pod("c", spoke, silent, pause));
        seen(&comparison.look(), "silence").len()
    };
    let hour = |hours: i64| BEGAN + hours * HOUR;
    assert_eq!(quiet(120, hour(10), 5 * MINUTE), 1);
    // It spoke in one step of twelve, and not in the last twenty-four.
    assert_eq!(quiet(10, hour(10), 25 * MINUTE), 0);
    // It has paused for as long before.
    assert_eq!(quiet(90, hour(10), 2 * HOUR), 0);
    assert_eq!(quiet(90, hour(6), 2 * HOUR), 1);
}

#[test]
fn the_end_of_a_step_is_no_sign_of_life() {
    let mut comparison = comparison(3);
    let finished = BEGAN + 3 * HOUR;
    let mut last = pod("a", 30, finished + 19 * MINUTE, 5 * MINUTE);
    last.ended_ns = None;
    comparison.pods = vec![last];
    assert_eq!(seen(&comparison.look(), "left_behind").len(), 0);
    comparison.pods[0].fell_silent_ns = Some(finished + 21 * MINUTE);
    assert_eq!(seen(&comparison.look(), "left_behind").len(), 1);
}

/// A week of steps before the release and three hours of it: `level` of a metric, `requests` in each step.
fn told(comparison: &mut Comparison, is_counter: bool, level: &dyn Fn(bool, i64) -> (f64, f64)) {
    for step in -7 * 288..36 {
        let is_new = step >= 0;
        let release = if is_new { NEW } else { "shop@1/prod" }.to_owned();
        let block_ns = BEGAN + step * BLOCK;
        let (total, requests) = level(is_new, step);
        comparison.outcomes.push(Outcome {
            release: release.clone(),
            metric: "orders".to_owned(),
            is_counter,
            block_ns,
            total,
            points: 1,
        });
        comparison.requests.push(Served {
            source: "metric".to_owned(),
            release,
            block_ns,
            requests,
            ..Served::default()
        });
    }
}

/// Noise without chance: steps that differ, in no order that a test could lean on.
fn noise(step: i64) -> f64 {
    crate::behaviour::detectors::real((step * 7919).rem_euclid(11)) - 5.0
}

#[test]
fn fewer_orders_per_request_are_told_and_fewer_requests_are_not() {
    let mut worse = comparison(3);
    told(&mut worse, true, &|is_new, step| {
        (if is_new { 10.0 } else { 20.0 } + noise(step), 100.0)
    });
    let all = worse.look();
    let orders = seen(&all, "outcome");
    assert_eq!((orders.len(), orders[0].change), (1, "down"));
    assert!(orders[0].p.unwrap() < 1e-6, "{:?}", orders[0].p);
    assert!((orders[0].effect.unwrap() + 0.5).abs() < 0.05);
    let mut quiet = comparison(3);
    told(&mut quiet, true, &|is_new, step| {
        let share = if is_new { 0.5 } else { 1.0 };
        (share * (20.0 + noise(step)), share * 100.0)
    });
    let all = quiet.look();
    assert!(seen(&all, "outcome")[0].p.unwrap() > 0.05);
}

#[test]
fn a_gauge_is_compared_by_ranks() {
    let mut worse = comparison(3);
    told(&mut worse, false, &|is_new, step| {
        (if is_new { 60.0 } else { 40.0 } + noise(step), 100.0)
    });
    let all = worse.look();
    let level = seen(&all, "outcome");
    assert_eq!(level[0].change, "up");
    assert!(level[0].p.unwrap() < 1e-4 && level[0].rate.is_none());
    assert!((level[0].effect.unwrap() - 0.5).abs() < 0.05);
}
