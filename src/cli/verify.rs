//! `shipwake verify`: whether the evidence is as it was sealed, and what every signature proves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Output, code, judging, session};
use crate::case;
use crate::model::signature::Signature;
use crate::query::answer::Window;
use crate::query::files;
use crate::trust::Outcome;
use crate::ui::text;

/// Hash the evidence again, check the journal, and check every signature
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The case directory.
    case: PathBuf,
}

/// The answer (DESIGN section 8).
#[derive(Serialize)]
struct Verified {
    state: &'static str,
    why: Vec<String>,
    evidence: Vec<Sealed>,
    journal: Journal,
    roots: Vec<TrustRoot>,
    signatures: Vec<Signature>,
}

#[derive(Serialize)]
struct Sealed {
    path: String,
    sha256: String,
    state: &'static str,
}

#[derive(Serialize)]
struct Journal {
    entries: u64,
    head: String,
    state: String,
}

#[derive(Serialize)]
struct TrustRoot {
    name: String,
    sha256: String,
    newest: String,
}

impl Verify {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let case = case::Case::open(&self.case)?;
        let reader = session::reader(&self.case, common)?;
        let (policy, ..) = judging::policy(&self.case, common)?;
        let signatures = judging::signatures(&self.case, &reader, common, &policy)?;
        let evidence = evidence(&case, &reader)?;
        let journal = case.journal().check()?;
        let mut why = Vec::new();
        let changed = evidence
            .iter()
            .filter(|file| file.state != "intact")
            .count();
        if changed > 0 {
            why.push(format!("{changed} files are not as they were sealed"));
        }
        if journal.state != "intact" {
            why.push(format!("the journal is broken: {}", journal.state));
        }
        let refused = signatures
            .iter()
            .filter(|one| !one.required_by.is_empty() && !one.authorised)
            .count();
        if refused > 0 {
            why.push(format!(
                "{refused} signatures that the policy asks for are not valid, or not by whom it expects"
            ));
        }
        let verified = Verified {
            state: if why.is_empty() { "intact" } else { "failed" },
            why,
            evidence,
            journal: Journal {
                entries: journal.entries,
                head: journal.head,
                state: journal.state,
            },
            roots: judging::roots(&self.case, common)?
                .into_iter()
                .map(|(name, sha256, newest)| TrustRoot {
                    name,
                    sha256,
                    newest,
                })
                .collect(),
            signatures,
        };
        Output::new(common).document(&verified, || table(&verified))?;
        Ok(if verified.state == "intact" {
            code::DONE
        } else {
            code::BAD
        })
    }
}

/// Every sealed file, hashed again.
fn evidence(case: &case::Case, reader: &crate::store::Reader) -> Result<Vec<Sealed>, Failure> {
    let store = case.evidence();
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for row in files::ask(reader, &Window::default())? {
        let text = |name: &str| row.get(name).and_then(|cell| cell.as_str()).unwrap_or("");
        if !text("sha256").is_empty() {
            paths
                .entry(text("sha256").to_owned())
                .or_insert_with(|| text("path").to_owned());
        }
    }
    for sha256 in store.list()? {
        paths.entry(sha256).or_default();
    }
    let mut sealed = Vec::new();
    for (sha256, path) in paths {
        let state = match store.has(&sha256) {
            false => "missing",
            true if store.verify(&sha256).unwrap_or(false) => "intact",
            true => "changed",
        };
        sealed.push(Sealed {
            path,
            sha256,
            state,
        });
    }
    sealed.sort_by(|a, b| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)));
    Ok(sealed)
}

fn table(verified: &Verified) -> String {
    let safe = |line: &str| text::safe(line).into_owned();
    let mut out = String::new();
    let intact = verified
        .evidence
        .iter()
        .filter(|file| file.state == "intact")
        .count();
    let _ = writeln!(
        out,
        "evidence    {intact} of {} files are as they were sealed",
        verified.evidence.len()
    );
    for file in verified
        .evidence
        .iter()
        .filter(|file| file.state != "intact")
    {
        let _ = writeln!(
            out,
            "  {:<9} {}  {}",
            file.state,
            safe(&file.path),
            file.sha256
        );
    }
    let _ = writeln!(
        out,
        "journal     {} entries, {}, head {}",
        verified.journal.entries,
        verified.journal.state,
        verified.journal.head.get(..12).unwrap_or_default()
    );
    for root in &verified.roots {
        let _ = writeln!(
            out,
            "trust root  {}, newest key {}, sha256 {}",
            safe(&root.name),
            root.newest,
            root.sha256.get(..12).unwrap_or_default()
        );
    }
    let _ = writeln!(out, "signatures  {}", verified.signatures.len());
    for one in &verified.signatures {
        let word = Outcome::from_token(&one.result).map_or("unknown", Outcome::word);
        let standing = match (
            one.authorised,
            one.result.as_str(),
            one.required_by.as_slice(),
        ) {
            (true, _, _) => ", by whom the policy expects".to_owned(),
            (false, "valid", []) => {
                ", identity not judged: no policy names who may sign this".to_owned()
            }
            (false, _, []) => String::new(),
            (false, _, rules) => format!(", asked for by {}", rules.join(", ")),
        };
        let _ = writeln!(out, "  {word}{standing}");
        let _ = writeln!(
            out,
            "    {} of {}",
            one.predicate_type.as_deref().map_or("unknown", |kind| kind),
            safe(if one.subject.is_empty() {
                "an unnamed subject"
            } else {
                &one.subject
            }),
        );
        let signer = one.signer.as_deref().unwrap_or("nobody");
        let root = one
            .root
            .as_deref()
            .map(|root| format!(", root {}", safe(root)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "    signed by {}{root}, clock {}",
            safe(signer),
            one.clock.replace('_', " ")
        );
        if !one.detail.is_empty() && one.result != "valid" {
            let _ = writeln!(out, "    {}", safe(&one.detail));
        }
        for cited in &one.citations {
            let _ = writeln!(
                out,
                "    {}:{}:{}",
                safe(cited["file"].as_str().unwrap_or("")),
                cited["offset"],
                cited["length"]
            );
        }
    }
    for why in &verified.why {
        let _ = writeln!(out, "FAILED      {}", safe(why));
    }
    out
}
