//! What every bundle must be, whatever its seed.

use std::collections::BTreeSet;

use crate::mishap::rng::{Rng, exp, ln};
use crate::mishap::{Expect, Family, Mishap, Truth, time};

/// Seeds to try. One bundle takes some 50 ms.
const SEEDS: std::ops::Range<u64> = 0..20;

fn text(mishap: &Mishap) -> String {
    let texts = mishap
        .files
        .iter()
        .map(|(_, bytes)| String::from_utf8_lossy(bytes));
    texts.collect()
}

#[test]
fn a_seed_gives_the_same_bytes() {
    let (one, two) = (Mishap::new(7), Mishap::new(7));
    assert_eq!(one.files, two.files);
    assert_eq!(one.truth, two.truth);
    assert_ne!(one.files, Mishap::new(8).files);
}

#[test]
fn bundles_are_small() {
    for seed in SEEDS {
        let mishap = Mishap::new(seed);
        let bytes: usize = mishap.files.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes <= 2_000_000, "seed {seed}: {bytes} bytes");
        assert!(bytes > 500_000, "seed {seed}: {bytes} bytes");
    }
}

#[test]
fn every_line_of_json_parses() {
    for seed in 0..6 {
        for (path, bytes) in Mishap::new(seed).files {
            let text = String::from_utf8(bytes).expect("UTF-8");
            if path.starts_with("git/") {
                continue;
            }
            let values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
            let mut count = 0;
            for value in values {
                assert!(value.is_ok(), "{seed} {path}: {:?}", value.err());
                count += 1;
            }
            assert!(count > 0, "{seed} {path} is empty");
        }
    }
}

#[test]
fn the_truth_is_in_the_evidence() {
    for seed in SEEDS {
        let mishap = Mishap::new(seed);
        let (truth, text) = (&mishap.truth, text(&mishap));
        let span = truth.begin_ns..truth.end_ns;
        for injected in &truth.injected {
            let kind = &injected.kind;
            assert!(
                text.contains(&injected.subject) || kind == "exercise",
                "{seed} {injected:?}"
            );
            assert!(
                injected.records > 0 && injected.is_visible(),
                "{seed} {injected:?}"
            );
            assert!(span.contains(&injected.first_ns), "{seed} {injected:?}");
            assert!(
                injected.first_ns >= truth.focus.deployed_ns - time::MINUTE,
                "{seed} {injected:?}"
            );
        }
        for decoy in &truth.decoys {
            assert!(text.contains(&decoy.subject), "{seed} {decoy:?}");
            assert!(span.contains(&decoy.first_ns), "{seed} {decoy:?}");
        }
        for release in &truth.releases {
            assert!(
                text.contains(&release.digest) && text.contains(&release.sha),
                "{seed} {release:?}"
            );
        }
        for culprit in truth.culprit.iter().chain(
            truth
                .decoys
                .iter()
                .filter_map(|decoy| decoy.culprit.as_ref()),
        ) {
            for key in culprit.also.iter().chain([&culprit.key]) {
                let id = key.rsplit(':').next().unwrap_or_default();
                assert!(text.contains(id), "{seed} {key}");
            }
        }
    }
}

#[test]
fn a_new_thing_is_new_and_an_old_one_is_old() {
    for seed in SEEDS {
        let mishap = Mishap::new(seed);
        let traces = mishap
            .files
            .iter()
            .find(|(path, _)| path == "otel/traces.jsonl");
        let traces: Vec<serde_json::Value> = String::from_utf8_lossy(&traces.expect("traces").1)
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        for injected in mishap
            .truth
            .injected
            .iter()
            .filter(|injected| matches!(injected.family, Family::Network | Family::Error))
        {
            let bare = injected.version.trim_start_matches('v');
            for batch in traces
                .iter()
                .map(ToString::to_string)
                .filter(|batch| batch.contains(&injected.subject))
            {
                assert!(
                    batch.contains(&format!("\"{bare}\""))
                        || batch.contains(&format!("\"v{bare}\"")),
                    "{seed} {injected:?}"
                );
            }
        }
        let patches = mishap
            .files
            .iter()
            .find(|(path, _)| path == "git/patches.log");
        let patches = String::from_utf8_lossy(&patches.expect("patches").1);
        for decoy in &mishap.truth.decoys {
            let named = patches.contains(&decoy.subject);
            assert!(
                named || decoy.expect != Expect::Explained,
                "{seed} {decoy:?}"
            );
        }
        let hidden = [
            Family::Network,
            Family::Secret,
            Family::Error,
            Family::Template,
        ];
        for injected in mishap
            .truth
            .injected
            .iter()
            .filter(|injected| hidden.contains(&injected.family))
        {
            assert!(!patches.contains(&injected.subject), "{seed} {injected:?}");
        }
    }
}

#[test]
fn kinds_and_clean_bundles_come_in_their_measure() {
    let truths: Vec<Truth> = (0..240)
        .map(|seed| crate::mishap::plan::draw(seed, 1.0).truth)
        .collect();
    let clean = truths.iter().filter(|truth| truth.bad.is_none()).count();
    // One in six of 240 is 40, with a deviation of 5.8.
    assert!((20..=60).contains(&clean), "{clean} clean");
    for truth in &truths {
        assert_eq!(truth.bad.is_none(), truth.injected.is_empty());
        assert!(truth.bad.is_none() || (2..=4).contains(&truth.injected.len()));
        assert!((2..=5).contains(&truth.decoys.len()), "{:?}", truth.decoys);
        assert!(truth.bad.is_none() || truth.culprit.is_some());
    }
    let injected: BTreeSet<&str> = truths
        .iter()
        .flat_map(|truth| &truth.injected)
        .map(|injected| injected.kind.as_str())
        .collect();
    let decoys: BTreeSet<&str> = truths
        .iter()
        .flat_map(|truth| &truth.decoys)
        .map(|decoy| decoy.kind.as_str())
        .collect();
    assert_eq!(
        (injected.len(), decoys.len()),
        (10, 10),
        "{injected:?} {decoys:?}"
    );
}

#[test]
fn a_truth_reads_back() {
    let truth = Mishap::new(3).truth;
    let read: Truth = serde_json::from_str(&truth.to_json()).expect("JSON");
    assert_eq!(read, truth);
}

#[test]
fn own_logarithm_and_exponential_agree_with_the_library_s() {
    for step in -200..200 {
        let x = f64::from(step) / 7.0;
        let (own, library) = (exp(x), x.exp());
        assert!(
            (own / library - 1.0).abs() < 1e-13,
            "exp {x}: {own} {library}"
        );
        let x = library;
        assert!(
            (ln(x) - x.ln()).abs() < 1e-13 * (1.0 + x.ln().abs()),
            "ln {x}"
        );
    }
}

#[test]
fn counts_have_the_mean_and_the_spread_they_should() {
    let mut rng = Rng::new(1, "counts");
    let draws: Vec<f64> = (0..40_000)
        .map(|_| f64::from(rng.negative_binomial(12.0, 8)))
        .collect();
    let mean = draws.iter().sum::<f64>() / 40_000.0;
    let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 40_000.0;
    // Negative binomial: mean 12, variance 12 + 12²/8 = 30.
    assert!((mean - 12.0).abs() < 0.15, "{mean}");
    assert!((variance - 30.0).abs() < 1.2, "{variance}");
}

#[test]
fn the_calendar_agrees_with_known_dates() {
    let moment = 1_793_282_475 * time::SECOND + 611_061_000;
    assert_eq!(time::micros(moment), "2026-10-29T14:01:15.611061Z");
    assert_eq!(time::git(moment), "2026-10-29T16:01:15+02:00");
    assert_eq!(time::stamp(moment), "20261029T1401Z");
    assert_eq!(time::weekday(moment), 3);
    assert_eq!(
        time::seconds(951_782_400 * time::SECOND),
        "2000-02-29T00:00:00Z"
    );
}
