//! The Sigstore conformance suite's bundles (sigstore/sigstore-conformance, `bundle-verify`), each
//! within its own trust root, identity, artifact and key. Read in place; skipped where absent.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256, Sha512};

use super::*;

const SAMPLES: &str = "../shared/samples";

pub(super) fn samples(name: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = Some(here.join(SAMPLES).join(name)).filter(|path| path.is_dir());
    if found.is_none() {
        // A skipped test must say so; a test's own report is the place.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: no samples of {name}");
        }
    }
    found
}

pub(super) fn public_good() -> Roots {
    let mut roots = Roots::none();
    let json = sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
    roots.give_root("public good", json.as_bytes()).unwrap();
    roots
}

/// The roots of a case; `None` where the case's own root is refused.
pub(super) fn roots_of(case: &Path) -> Option<Roots> {
    let mut roots = match fs::read(case.join("trusted_root.json")) {
        Ok(json) => {
            let mut roots = Roots::none();
            roots.give_root("own", &json).ok()?;
            roots
        }
        Err(_) => public_good(),
    };
    if let Ok(key) = fs::read(case.join("key.pub")) {
        roots.give_keys("key.pub", &key).unwrap();
    }
    Some(roots)
}

pub(super) fn cases() -> Vec<PathBuf> {
    let Some(samples) = samples("sigstore-bundle/conformance/bundle-verify") else {
        return Vec::new();
    };
    let cases = fs::read_dir(samples)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = cases
        .filter(|case| case.join("bundle.sigstore.json").is_file())
        .collect();
    cases.sort();
    cases
}

fn expected_of(case: &Path) -> Expected {
    let text = |name: &str, default: &str| {
        fs::read_to_string(case.join(name))
            .map_or_else(|_| default.to_owned(), |it| it.trim().to_owned())
    };
    let repository =
        "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon";
    let workflow = ".github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
    let san = Pattern::exact(text("identity", &format!("{repository}/{workflow}")));
    let issuer = Pattern::exact(text(
        "issuer",
        "https://token.actions.githubusercontent.com",
    ));
    let signers = if case.join("key.pub").is_file() {
        vec![Identity::Key(Pattern::regex(".*").unwrap())]
    } else {
        vec![Identity::Certificate { san, issuer }]
    };
    let mut expected = Expected {
        signers,
        ..Expected::default()
    };
    let artifact = fs::read(case.join("artifact"));
    let artifact = artifact.unwrap_or_else(|_| fs::read(case.join("../a.txt")).unwrap());
    expected
        .digests
        .add("sha256", &hex(&Sha256::digest(&artifact)));
    expected
        .digests
        .add("sha512", &hex(&Sha512::digest(&artifact)));
    expected
}

#[test]
fn every_case_ends_as_the_suite_says() {
    let cases = cases();
    let mut wrong = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(case.join("bundle.sigstore.json")).unwrap();
        let checked = roots_of(case).map(|roots| verify(&bytes, &roots, &expected_of(case)));
        let valid = checked.as_ref().is_some_and(Checked::authorises);
        *(if valid { &mut accepted } else { &mut refused }) += 1;
        if valid == name.ends_with("_fail") {
            wrong.push((name, checked.map(|it| (it.word(), it.detail))));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        cases.is_empty() || (accepted >= 20 && refused >= 30),
        "{accepted} and {refused}"
    );
}
