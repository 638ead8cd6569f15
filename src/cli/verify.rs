//! `shipwake verify`: whether the evidence is as it was sealed, and what every signature proves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Output, code, judging, session};
use crate::case;
use crate::load::rebuild::{self, Compared};
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
    /// Make the database again from the evidence and the journal, in a temporary directory, and compare.
    #[arg(long)]
    rebuild: bool,
}

/// The answer (DESIGN section 8).
#[derive(Serialize)]
struct Verified {
    state: &'static str,
    why: Vec<String>,
    evidence: Vec<Sealed>,
    journal: Journal,
    rebuilt: Rebuilt,
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
struct Rebuilt {
    /// `same`, `different` or `not_rebuilt`.
    state: &'static str,
    tables: Vec<Compared>,
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
        // From evidence that changed, other rows follow of themselves; and what is missing would be made.
        let rebuilt = if self.rebuild && changed == 0 {
            rebuilt(&case, common)?
        } else {
            Rebuilt {
                state: "not_rebuilt",
                tables: Vec::new(),
            }
        };
        if rebuilt.state == "different" {
            why.push("the database is not what follows from the evidence".to_owned());
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
            rebuilt,
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

/// The database, made again and compared table by table.
fn rebuilt(case: &case::Case, common: &Common) -> Result<Rebuilt, Failure> {
    let folder = tempfile::tempdir()
        .context("cannot make a temporary directory for the rebuild")
        .map_err(Failure::failed)?;
    let settings = common.settings();
    let compared = rebuild::compare(case, folder.path(), &settings, &Arc::default())?;
    let same = compared.iter().all(|table| table.same);
    Ok(Rebuilt {
        state: if same { "same" } else { "different" },
        tables: compared,
    })
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
    let tables = &verified.rebuilt.tables;
    let _ = match verified.rebuilt.state {
        "not_rebuilt" => writeln!(
            out,
            "database    not made again; `--rebuild` compares it with the evidence"
        ),
        _ => writeln!(
            out,
            "database    {} of {} tables are what follows from the evidence",
            tables.iter().filter(|table| table.same).count(),
            tables.len()
        ),
    };
    for table in tables.iter().filter(|table| !table.same) {
        let _ = writeln!(
            out,
            "  different {}  {} rows, {} made again",
            table.table, table.rows, table.again
        );
    }
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
    for (one, more) in grouped(&verified.signatures) {
        signature(one, more, &mut out);
    }
    for why in &verified.why {
        let _ = writeln!(out, "FAILED      {}", safe(why));
    }
    out
}

/// The signatures, those of commits with the same answer as one: each with how many more there are.
fn grouped(signatures: &[Signature]) -> Vec<(&Signature, usize)> {
    let mut grouped: Vec<(&Signature, usize)> = Vec::new();
    for one in signatures {
        let alike = |(other, _): &&mut (&Signature, usize)| {
            let answer = |it: &Signature| (it.result.clone(), it.reason.clone(), it.signer.clone());
            one.kind == "git_commit" && other.kind == one.kind && answer(other) == answer(one)
        };
        match grouped.iter_mut().rev().take(64).find(alike) {
            Some((_, more)) => *more += 1,
            None => grouped.push((one, 0)),
        }
    }
    grouped
}

fn signature(one: &Signature, more: usize, out: &mut String) {
    let safe = |line: &str| text::safe(line).into_owned();
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
    let others = match more {
        0 => String::new(),
        more => format!(" and {more} more with this answer"),
    };
    let _ = writeln!(out, "  {word}{standing}");
    let _ = writeln!(
        out,
        "    {} of {}{others}",
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
