//! How often detectors cry wolf over clean releases, and how often they see what they are for.
//!
//! Expected, before anything was measured: at most 2 % false alarms at a nominal 1 %. What was measured:
//! docs/statistics.md.
//!
//! ```text
//! cargo bench --bench calibration        SHIPWAKE_BENCH_RUNS=200 SHIPWAKE_BENCH_ONLY=rates
//! ```
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "made-up counts are small"
)]

#[path = "calibration/dice.rs"]
mod dice;
#[path = "calibration/durations.rs"]
mod durations;
#[path = "calibration/keys.rs"]
mod keys;
#[path = "calibration/pods.rs"]
mod pods;
#[path = "calibration/rates.rs"]
mod rates;
mod support;
#[path = "calibration/tally.rs"]
mod tally;
#[path = "calibration/world.rs"]
mod world;

use anyhow::{Result, anyhow};
use dice::{Dice, Zipf};
use durations::Durations;
use keys::Keys;
use pods::Pods;
use rates::Rates;
use shipwake::behaviour::stats::novelty::poisson_tail;
use shipwake::behaviour::window::MINUTE;
use shipwake::behaviour::{Comparison, Observation};
use shipwake::policy::Policy;
use support::contest::setting;
use tally::{Tally, percent};

/// The nominal level.
const NOMINAL: f64 = 0.01;

/// What measures one thing and prints its table.
type Part = fn(&Policy, u64);

fn main() -> Result<()> {
    // `cargo test` runs benches too, without `--bench`, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let policy = Policy::built_in().map_err(|errors| anyhow!("{errors:?}"))?;
    let runs = setting("SHIPWAKE_BENCH_RUNS", 200);
    let wanted: String = setting("SHIPWAKE_BENCH_ONLY", String::new());
    let parts: [(&str, Part); 7] = [
        ("rates", clean_rates),
        ("latency", clean_latency),
        ("keys", clean_keys),
        ("silence", clean_pods),
        ("left", clean_rollouts),
        ("power_rates", power_rates),
        ("power_latency", power_latency),
    ];
    for (name, part) in parts {
        if name.contains(wanted.as_str()) {
            part(&policy, runs);
        }
    }
    Ok(())
}

/// Runs one world so many times and counts the alarms of a detector.
fn count(
    policy: &Policy,
    name: &str,
    runs: u64,
    detector: &str,
    make: &dyn Fn(&mut Dice) -> Comparison,
) -> Tally {
    let mut tally = Tally::default();
    for run in 0..runs {
        let comparison = make(&mut Dice::new(name, run));
        let seen: Vec<Observation> = comparison.look();
        tally.add(policy, comparison, seen, detector);
    }
    tally
}

fn clean_rates(policy: &Policy, runs: u64) {
    println!("\n### error_rate, clean\n\n{}", Tally::HEAD);
    for (source, sampled) in [("metric", 1.0), ("span", 0.1)] {
        for volume in [50.0, 500.0, 5000.0] {
            for hours in [1, 3, 24] {
                let world = Rates {
                    source,
                    sampled,
                    volume,
                    hours,
                    ratio: 1.0,
                };
                let name = format!("{source}s, {} requests a step, {hours} h", volume * sampled);
                let tally = count(policy, &name, runs, "error_rate", &|dice| world.make(dice));
                println!("{}", tally.row(&name));
            }
        }
    }
}

fn clean_latency(policy: &Policy, runs: u64) {
    println!("\n### latency, clean\n\n{}", Tally::HEAD);
    for (metrics, volume, hours, before, days) in [
        (true, 40.0, 1, 2, 0.0),
        (true, 40.0, 3, 2, 0.0),
        (true, 40.0, 24, 2, 0.0),
        (false, 40.0, 1, 2, 0.0),
        (false, 40.0, 3, 2, 0.0),
        (false, 40.0, 24, 2, 0.0),
        (false, 2.0, 3, 2, 0.0),
        (false, 2.0, 24, 2, 0.0),
        (false, 40.0, 3, 7, 0.0),
        (false, 40.0, 3, 2, 0.1),
        (false, 40.0, 3, 7, 0.1),
    ] {
        let world = Durations {
            metrics,
            volume,
            hours,
            ratio: 1.0,
            before,
            days,
        };
        let name = format!(
            "{}, {volume} requests a minute, {hours} h after {before} days{}",
            if metrics { "metrics" } else { "spans" },
            if days > 0.0 {
                ", days differ by 10 %"
            } else {
                ""
            }
        );
        let tally = count(policy, &name, runs, "latency", &|dice| world.make(dice));
        println!("{}", tally.row(&name));
    }
}

fn clean_keys(policy: &Policy, runs: u64) {
    let zipf = Zipf::new(1.4, 50_000);
    let mut rows = Vec::new();
    println!(
        "\n### novelty, clean\n\n| world | keys of the release | new | expected by Good-Toulmin | more than expected at 1 % | p <= .01, of all keys | of the release's keys | comparisons with q <= .01 | with a finding |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (volume, clump, days, hours) in [
        (4.0, 1.0, 8, 3),
        (4.0, 1.0, 8, 24),
        (40.0, 1.0, 8, 24),
        (4.0, 5.0, 8, 3),
        (4.0, 5.0, 8, 24),
        (40.0, 5.0, 8, 24),
        (4.0, 5.0, 30, 3),
    ] {
        let world = Keys {
            volume,
            clump,
            days,
            hours,
        };
        let name = format!(
            "{} a step in visits of {clump}, {hours} h after {days} days",
            volume * clump
        );
        let (mut all, mut keys, mut new, mut expected) = (0, 0, 0, 0.0);
        let (mut excess, mut chance, mut loud, mut found) = (0, 0, 0, 0);
        let mut gone = Tally::default();
        for run in 0..runs {
            let comparison = world.make(&mut Dice::new(&name, run), &zipf);
            let seen = comparison.look();
            let novel: Vec<&Observation> = seen
                .iter()
                .filter(|seen| seen.detector == "novelty")
                .collect();
            let due = novel.first().and_then(|seen| seen.expected).unwrap_or(0.0);
            all += comparison.keys.len() as u64;
            keys += comparison.keys.iter().filter(|key| key.events > 0).count() as u64;
            new += novel.len() as u64;
            expected += due;
            let tail = poisson_tail(novel.len() as u64, due).unwrap_or(1.0);
            excess += u64::from(tail <= NOMINAL);
            chance += novel.iter().filter(|seen| tally::is(seen.p)).count() as u64;
            loud += u64::from(novel.iter().any(|seen| tally::is(seen.q)));
            // What the detector could have called gone.
            let steady = |key: &&shipwake::behaviour::compare::KeyUse| {
                key.before_blocks as f64 * comparison.exposure / comparison.baseline_exposure >= 5.0
            };
            let tests = comparison.keys.iter().filter(steady).count() as u64;
            let (comparison, novel) = (comparison, seen.clone());
            found += u64::from(tally::finds(policy, comparison, novel, "novelty"));
            gone.tests += tests;
            gone.comparisons += 1;
            let lost = seen.iter().filter(|seen| seen.detector == "gone").count() as u64;
            gone.alarms += lost;
            gone.loud += u64::from(lost > 0);
        }
        let each = |count: f64| format!("{:.1}", count / runs as f64);
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
            each(keys as f64),
            each(new as f64),
            each(expected),
            percent(excess, runs),
            percent(chance, all),
            percent(chance, keys),
            percent(loud, runs),
            percent(found, runs),
        );
        rows.push(gone.row(&name));
    }
    println!("\n### gone, clean\n\n{}\n{}", Tally::HEAD, rows.join("\n"));
}

fn clean_pods(policy: &Policy, runs: u64) {
    println!("\n### silence, clean\n\n{}", Tally::HEAD);
    for (speaks, uneven, pauses, hours, words) in [
        (0.8, 0.0, 0.0, 6, "busy"),
        (0.2, 0.0, 0.0, 6, "sparse"),
        (0.05, 0.0, 0.0, 24, "very sparse"),
        (0.2, 0.5, 0.0, 6, "sparse, uneven by a half"),
        (0.05, 0.5, 0.0, 24, "very sparse, uneven by a half"),
        (0.2, 1.0, 0.0, 24, "sparse, uneven by a factor"),
        (0.8, 0.0, 6.0, 6, "stretches and pauses of half an hour"),
        (0.8, 0.0, 24.0, 24, "stretches and pauses of two hours"),
    ] {
        let world = Pods {
            speaks,
            uneven,
            pauses,
            told: 0.7,
            rollout: 10 * MINUTE,
            hours,
        };
        let name = format!("{words}, {hours} h");
        let tally = count(policy, &name, runs, "silence", &|dice| world.make(dice));
        println!("{}", tally.row(&name));
    }
}

fn clean_rollouts(policy: &Policy, runs: u64) {
    println!("\n### left_behind, clean\n\n{}", Tally::HEAD);
    for (rollout, told) in [(5, 0.7), (10, 0.7), (14, 1.0), (14, 0.7), (14, 0.0)] {
        let world = Pods {
            speaks: 0.9,
            uneven: 0.0,
            pauses: 0.0,
            told,
            rollout: rollout * MINUTE,
            hours: 3,
        };
        let name = format!(
            "rollouts of up to {rollout} minutes, {:.0} % of the ends told",
            100.0 * told
        );
        let tally = count(policy, &name, runs, "left_behind", &|dice| world.make(dice));
        println!("{}", tally.row(&name));
    }
}

fn power_rates(policy: &Policy, runs: u64) {
    println!("\n### error_rate, power: share with an open finding of R07\n");
    println!("| requests a step | life | x1.5 | x2 | x3 |\n|---|---|---|---|---|");
    for volume in [50.0, 500.0, 5000.0, 50_000.0] {
        for hours in [1, 3, 24] {
            let cells: Vec<String> = [1.5, 2.0, 3.0]
                .into_iter()
                .map(|ratio| {
                    let world = Rates {
                        source: "metric",
                        sampled: 1.0,
                        volume,
                        hours,
                        ratio,
                    };
                    let name = format!("power {volume} {hours} {ratio}");
                    let make = |dice: &mut Dice| world.make(dice);
                    let tally = count(policy, &name, runs, "error_rate", &make);
                    percent(tally.found, tally.comparisons)
                })
                .collect();
            println!("| {volume} | {hours} h | {} |", cells.join(" | "));
        }
    }
}

fn power_latency(policy: &Policy, runs: u64) {
    println!("\n### latency, power: share with an open finding of R08\n");
    println!(
        "| source | requests a minute | life | +20 % | +40 % | +60 % |\n|---|---|---|---|---|---|"
    );
    for (metrics, volume) in [(true, 40.0), (false, 40.0), (false, 2.0)] {
        for hours in [1, 3, 24] {
            let cells: Vec<String> = [1.2, 1.4, 1.6]
                .into_iter()
                .map(|ratio| {
                    let world = Durations {
                        metrics,
                        volume,
                        hours,
                        ratio,
                        before: world::DAYS,
                        days: 0.0,
                    };
                    let name = format!("power {metrics} {volume} {hours} {ratio}");
                    let make = |dice: &mut Dice| world.make(dice);
                    let tally = count(policy, &name, runs, "latency", &make);
                    percent(tally.found, tally.comparisons)
                })
                .collect();
            let source = if metrics { "metrics" } else { "spans" };
            println!(
                "| {source} | {volume} | {hours} h | {} |",
                cells.join(" | ")
            );
        }
    }
}
