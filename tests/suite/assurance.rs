//! Generated incidents: misdeeds are found, decoys are not blamed, the culprit is named first.
//!
//! A few seeds here; `cargo bench --bench assurance` takes as many as wanted.

use shipwake::query::{changes, findings};

use crate::mishap::Mishap;
use crate::mishap::score::Score;
use crate::support::cases::TempCase;

#[test]
fn misdeeds_are_found_and_decoys_are_not_blamed() {
    let mut score = Score::default();
    // In the last, no release is to blame and nothing is found: a setting made requests fail.
    for seed in [1, 3, 8, 37] {
        let mishap = Mishap::new(seed);
        let folder = tempfile::tempdir().unwrap();
        mishap.write(folder.path()).unwrap();
        let (case, _) = TempCase::of(&[&folder.path().join("bundle")]);
        let reader = case.store().reader().unwrap();
        let found = findings::ask(&reader, &findings::Wanted::default()).unwrap();
        let ranked = changes::ask(&reader, &changes::Wanted::default()).unwrap();
        let first: Vec<String> = ranked
            .changes
            .first()
            .map(|change| {
                std::iter::once(change.id.clone())
                    .chain(change.records.clone())
                    .collect()
            })
            .unwrap_or_default();
        score.add(&mishap.truth, &found, &first);
    }
    let told = format!(
        "{:#?}\n{:#?}\n{:#?}",
        score.missed, score.wrong, score.blamed
    );
    assert!(score.recall() >= 0.95, "{told}");
    assert!(score.precision() >= 0.95, "{told}");
    assert!(score.named() >= 0.95, "{told}");
}
