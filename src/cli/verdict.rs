//! `shipwake verdict`: whether a release should stay, as an argument.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Output, code, judging, session};
use crate::model::Floor;
use crate::model::verdict::{Conclusion, Verdict as Judged};
use crate::query::reconstructability::{self, Ratio};
use crate::query::{floor, verdict};
use crate::ui::text;

/// Judge a release: what speaks for it, against it, and what is missing
#[derive(Debug, Args)]
pub(super) struct Verdict {
    /// The case directory.
    case: PathBuf,
    /// The release: its id, service@version, or anything that belongs to one release.
    release: String,
}

impl Verdict {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let release = judging::release(&reader, &self.release)?;
        let stored = if judging::is_asked(common) {
            None
        } else {
            verdict::ask(&reader, &release)?
        };
        let verdict = match stored {
            Some(verdict) => verdict,
            None => judging::judge(&self.case, &reader, common, Some(&release))?
                .verdicts
                .into_iter()
                .next()
                .ok_or_else(|| {
                    Failure::usage(
                        &format!("{release} cannot be judged"),
                        "List the releases with `shipwake releases CASE`",
                    )
                })?,
        };
        let told = Told {
            changed: match common.trust {
                Floor::Any => Vec::new(),
                _ => floor::changed(&reader, &verdict)?,
            },
            verdict: &verdict,
            reconstructability: reconstructability::ask(&reader, &release)?,
        };
        Output::new(common).document(&told, || {
            table(&verdict) + &ratios(&told.reconstructability) + &changes(&told.changed)
        })?;
        Ok(match verdict.verdict {
            Conclusion::Pass => code::DONE,
            Conclusion::Fail => code::BAD,
            Conclusion::Inconclusive => code::INCONCLUSIVE,
        })
    }
}

/// A verdict, and what its trust floor changes.
#[derive(Serialize)]
struct Told<'v> {
    #[serde(flatten)]
    verdict: &'v Judged,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<floor::Changed>,
    reconstructability: Vec<Ratio>,
}

fn ratios(ratios: &[Ratio]) -> String {
    ratios.iter().fold(String::new(), |mut out, ratio| {
        let share = ratio.share.map_or("    ?".to_owned(), |share| {
            format!("{:>3.0} %", 100.0 * share)
        });
        let _ = writeln!(
            out,
            "  told by  {share}  {} of {} {}",
            ratio.part, ratio.whole, ratio.of
        );
        out
    })
}

fn changes(changed: &[floor::Changed]) -> String {
    changed.iter().fold(String::new(), |mut out, one| {
        let rule = text::safe(&one.rule);
        let _ = writeln!(
            out,
            "  changed  {rule:<8} {} where every link counts, {} here",
            one.any, one.now
        );
        out
    })
}

fn table(verdict: &Judged) -> String {
    let safe = |line: &str| text::safe(line).into_owned();
    let mut out = format!(
        "{}   {}   tier {}\n",
        safe(&verdict.release),
        verdict.verdict.word(),
        verdict.tier
    );
    let mut points = |title: &str, points: &[crate::model::verdict::Point]| {
        for point in points {
            let _ = writeln!(
                out,
                "  {title:<8} {:<8} {}",
                safe(&point.rule),
                safe(&point.says)
            );
        }
    };
    points("against", &verdict.against);
    points("for", &verdict.pro);
    for lack in &verdict.missing {
        let _ = writeln!(
            out,
            "  missing  {}; it blocks {}",
            safe(&lack.what),
            safe(&lack.blocks)
        );
    }
    for criterion in &verdict.criteria {
        let state = match criterion.fired {
            Some(true) => format!(
                "held from {}",
                criterion.first_fired.as_deref().unwrap_or("?")
            ),
            Some(false) => "never held".to_owned(),
            None => format!("not known: {}", criterion.unknown.join(", ")),
        };
        let margin = criterion
            .margin
            .as_deref()
            .map_or(String::new(), |margin| format!(" ({margin})"));
        let _ = writeln!(
            out,
            "  {:<8} {}: {}: {state}{}",
            safe(&criterion.id),
            criterion.action,
            safe(&criterion.when),
            safe(&margin)
        );
    }
    if let Some(rollback) = &verdict.rollback {
        let reach = if rollback.reached_every_instance {
            "reached every instance".to_owned()
        } else {
            format!("left behind {}", rollback.left_behind.join(", "))
        };
        let _ = writeln!(
            out,
            "  rolled back at {}: {}; {}",
            rollback.at,
            safe(&reach),
            safe(&rollback.why)
        );
    }
    match &verdict.safe_return {
        Some(release) => {
            let attested = match verdict.safe_return_attested {
                Some(true) => "its build is attested",
                _ => "its build is not attested",
            };
            let _ = writeln!(out, "  safe to return to: {} ({attested})", safe(release));
        }
        None => out.push_str("  no release is known that is safe to return to\n"),
    }
    let _ = writeln!(
        out,
        "  by policy {} version {}{}, sha256 {}",
        safe(&verdict.policy.name),
        verdict.policy.version,
        if verdict.policy.built_in {
            " (built in)"
        } else {
            ""
        },
        verdict.policy.digest
    );
    for change in &verdict.would_change {
        let _ = writeln!(out, "  would change it: {}", safe(change));
    }
    out
}
