//! The trust floor: what is left out, what is told again, and that nothing looks better by it.

use std::sync::Arc;

use shipwake::ingest::Options;
use shipwake::load::{Given, Loading};
use shipwake::model::Floor;
use shipwake::model::verdict::Conclusion;
use shipwake::query::{floor, links, verdict};

use crate::support::cases::{TempCase, settings};
use crate::support::sample_data;

/// The sample incident under its team's policy, which pins the builder's key.
fn under_the_teams_policy() -> TempCase {
    let case = TempCase::new();
    let text = std::fs::read_to_string(sample_data().join("policy.yaml")).unwrap();
    let policy = Given {
        text,
        ..Given::default()
    };
    Loading::begin(case.case(), &settings(2))
        .unwrap()
        .under(policy)
        .unwrap()
        .run(&[sample_data()], &Options::default(), &Arc::default())
        .unwrap();
    case
}

#[test]
fn a_higher_floor_leaves_out_links_and_never_makes_a_release_pass() {
    let (case, _) = TempCase::of(&[&sample_data()]);
    let reader = case.store().reader().unwrap();
    let releases = case.rows("SELECT id FROM release ORDER BY id");
    let ids: Vec<String> = releases
        .rows
        .iter()
        .map(|row| row[0].as_str().unwrap().to_owned())
        .collect();
    let mut left_out = Vec::new();
    let mut passed: Vec<Vec<bool>> = Vec::new();
    for at in Floor::ALL {
        reader.set_floor(at).unwrap();
        let effect = floor::ask(&reader).unwrap();
        left_out.push(effect.left_out);
        let at_floor = ids.iter().map(|id| {
            let verdict = verdict::ask(&reader, id).unwrap().unwrap();
            assert_eq!(verdict.trust, at);
            verdict.verdict == Conclusion::Pass
        });
        passed.push(at_floor.collect());
    }
    assert_eq!(left_out[0], 0);
    assert!(
        left_out[0] < left_out[1] && left_out[1] < left_out[2],
        "{left_out:?}"
    );
    for (higher, lower) in [(1, 0), (2, 1)] {
        for (at, id) in ids.iter().enumerate() {
            assert!(passed[lower][at] || !passed[higher][at], "{id} at {higher}");
        }
    }
}

#[test]
fn what_is_verified_is_what_an_expected_signer_vouches_for() {
    let case = under_the_teams_policy();
    let reader = case.store().reader().unwrap();
    let digest = case.cell("SELECT digest FROM release WHERE id = 'checkout@v2.14.3/production'");
    let artifact = format!("artifact:{}", digest.as_str().unwrap());
    let any = links::ask(&reader, std::slice::from_ref(&artifact)).unwrap();
    reader.set_floor(Floor::Verified).unwrap();
    let verified = links::ask(&reader, std::slice::from_ref(&artifact)).unwrap();
    assert!(!verified.is_empty() && verified.len() < any.len());
    assert!(
        verified.iter().all(|link| link.state == "verified"),
        "{verified:?}"
    );
    reader.set_floor(Floor::Any).unwrap();
    assert_eq!(links::ask(&reader, &[artifact]).unwrap(), any);
}

#[test]
fn a_verdict_tells_what_its_floor_changes() {
    let (case, _) = TempCase::of(&[&sample_data()]);
    let reader = case.store().reader().unwrap();
    let id = "checkout@v2.15.0/production";
    reader.set_floor(Floor::Verified).unwrap();
    let now = verdict::ask(&reader, id).unwrap().unwrap();
    let changed = floor::changed(&reader, &now).unwrap();
    assert!(changed.iter().any(|one| one.any != one.now), "{changed:?}");
    assert_eq!(reader.floor(), Floor::Verified);
    // What it did at runtime is the same, however its papers are trusted.
    let any = {
        reader.set_floor(Floor::Any).unwrap();
        verdict::ask(&reader, id).unwrap().unwrap()
    };
    let rules = |verdict: &shipwake::model::verdict::Verdict| -> Vec<String> {
        let points = verdict.against.iter().map(|point| point.rule.clone());
        points.filter(|rule| rule.starts_with('R')).collect()
    };
    assert_eq!(rules(&any), rules(&now));
}
