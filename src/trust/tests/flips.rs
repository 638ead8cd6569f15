//! One changed byte in what is signed, what signs, who signs or what proves the log: never valid.
//! Bytes are changed in the decoded value and encoded again, so that neither JSON's white space nor
//! base64's spare bits can hide the change.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::conformance::{cases, roots_of, samples};
use super::*;

/// A decoded value that can be changed byte by byte.
struct Target {
    pointer: String,
    bytes: Vec<u8>,
    text: bool,
    /// How many of the bytes the log vouches for.
    reach: usize,
}

/// A checkpoint up to the first witness's line: no root knows witnesses, so they can say anything.
fn reach(note: &str) -> usize {
    let log = note
        .lines()
        .next()
        .and_then(|origin| origin.split(' ').next());
    let mine = |line: &&str| log.is_some_and(|log| line.starts_with(&format!("\u{2014} {log} ")));
    let Some((body, lines)) = note.split_once("\n\n") else {
        return note.len();
    };
    let lines = lines.split_inclusive('\n').take_while(mine).map(str::len);
    body.len() + 2 + lines.sum::<usize>()
}

fn targets(bundle: &Value) -> Vec<Target> {
    let mut pointers: Vec<String> = [
        "/dsseEnvelope/payload",
        "/dsseEnvelope/signatures/0/sig",
        "/messageSignature/signature",
        "/messageSignature/messageDigest/digest",
        "/verificationMaterial/certificate/rawBytes",
    ]
    .map(ToOwned::to_owned)
    .into();
    let chain = "/verificationMaterial/x509CertificateChain/certificates";
    pointers.extend((0..4).map(|n| format!("{chain}/{n}/rawBytes")));
    let proof = "/verificationMaterial/tlogEntries/0/inclusionProof";
    pointers.push("/verificationMaterial/tlogEntries/0/canonicalizedBody".to_owned());
    pointers.push(format!("{proof}/rootHash"));
    pointers.extend((0..64).map(|n| format!("{proof}/hashes/{n}")));
    let decoded = pointers.into_iter().filter_map(|pointer| {
        let bytes = STANDARD.decode(bundle.pointer(&pointer)?.as_str()?).ok()?;
        Some(Target {
            reach: bytes.len(),
            pointer,
            bytes,
            text: false,
        })
    });
    let texts = ["checkpoint/envelope", "logIndex", "treeSize"].map(|it| format!("{proof}/{it}"));
    let texts = texts.into_iter().filter_map(|pointer| {
        let bytes = bundle.pointer(&pointer)?.as_str()?.as_bytes().to_vec();
        Some(Target {
            reach: reach(std::str::from_utf8(&bytes).unwrap()),
            pointer,
            bytes,
            text: true,
        })
    });
    let all = decoded.chain(texts);
    all.filter(|target| !target.bytes.is_empty()).collect()
}

/// The bundle with one byte changed; `None` where the change is not text any more.
fn flipped(bundle: &Value, target: &Target, at: usize, mask: u8) -> Option<Value> {
    let mut bytes = target.bytes.clone();
    bytes[at] ^= mask;
    let text = if target.text {
        String::from_utf8(bytes).ok()?
    } else {
        STANDARD.encode(bytes)
    };
    let mut bundle = bundle.clone();
    *bundle.pointer_mut(&target.pointer).unwrap() = Value::String(text);
    Some(bundle)
}

struct Sound {
    name: String,
    bundle: Value,
    roots: Roots,
    targets: Vec<Target>,
}

fn sound(name: &str, bundle: Value, roots: Roots) -> Option<Sound> {
    let valid = check(&bundle, &roots, &Expected::default()).outcome == Outcome::Valid;
    let targets = targets(&bundle);
    let name = name.to_owned();
    valid.then_some(Sound {
        name,
        bundle,
        roots,
        targets,
    })
}

/// Valid bundles of the samples. Where a log signed twice, either signature is enough: left out.
fn bundles() -> Vec<Sound> {
    let mut all = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(case.join("bundle.sigstore.json")).unwrap();
        let (Ok(bundle), Some(roots)) = (serde_json::from_slice(&bytes), roots_of(&case)) else {
            continue;
        };
        if !name.contains("two-sigs") {
            all.extend(sound(&name, bundle, roots));
        }
    }
    for folder in [
        "sigstore-bundle/sigstore-js",
        "sigstore-bundle/gh-cli",
        "intoto-dsse/slsa-verifier",
    ] {
        if let Some(folder) = samples(folder) {
            walk(&folder, &mut all);
        }
    }
    all
}

fn walk(folder: &Path, all: &mut Vec<Sound>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, all);
        } else if let Ok(bytes) = fs::read(&path) {
            let objects = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
            let name = path.to_string_lossy().into_owned();
            for object in objects.take(4).map_while(Result::ok) {
                all.extend(sound(&name, object, Roots::embedded().unwrap()));
            }
        }
    }
}

#[test]
fn one_changed_byte_is_never_valid() {
    let bundles = bundles();
    if bundles.is_empty() {
        return;
    }
    assert!(
        bundles.len() >= 50,
        "only {} bundles are valid",
        bundles.len()
    );
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let config = Config {
        cases: 2000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let choice = (0..bundles.len(), any::<usize>(), any::<usize>(), 1..=255_u8);
    let result = runner.run(&choice, |(which, part, at, mask)| {
        let it = &bundles[which];
        let target = &it.targets[part % it.targets.len()];
        let at = at % target.reach;
        let mask = if target.text {
            (mask & 0x7f).max(1)
        } else {
            mask
        };
        if let Some(bundle) = flipped(&it.bundle, target, at, mask) {
            let checked = check(&bundle, &it.roots, &Expected::default());
            let place = format!("{} {} byte {at} mask {mask:#x}", it.name, target.pointer);
            prop_assert!(checked.outcome != Outcome::Valid, "{place}");
        }
        Ok(())
    });
    result.unwrap();
}

/// Every byte of every part, not a choice of them.
#[test]
fn every_byte_of_one_bundle_counts() {
    for it in bundles()
        .iter()
        .filter(|it| it.name.contains("v0.1") || it.name.contains("rekor2-dsse"))
    {
        for target in &it.targets {
            // The log hashes its body whole: a few bytes of it show as much as all.
            let step = if target.pointer.ends_with("Body") {
                37
            } else {
                1
            };
            for at in (0..target.reach).step_by(step) {
                if let Some(bundle) = flipped(&it.bundle, target, at, 1) {
                    let outcome = check(&bundle, &it.roots, &Expected::default()).outcome;
                    assert_ne!(
                        outcome,
                        Outcome::Valid,
                        "{} {} byte {at}",
                        it.name,
                        target.pointer
                    );
                }
            }
        }
    }
}
