//! `shipwake why`: how two records are linked, or why they are not.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure, Output, code, session};
use crate::links;
use crate::query::why;
use crate::ui::text;

/// Explain how two records are linked, or why they are not
#[derive(Debug, Args)]
pub(super) struct Why {
    /// The case directory.
    case: PathBuf,
    /// The one record.
    #[arg(value_name = "REF")]
    from: String,
    /// The other.
    #[arg(value_name = "REF")]
    to: String,
}

impl Why {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let (from, _) = session::reference(&reader, &self.from)?;
        let (to, _) = session::reference(&reader, &self.to)?;
        let rules: Vec<why::RuleEnds<'_>> = links::ALL
            .iter()
            .map(|rule| (rule.name, rule.from(), rule.to(), rule.why()))
            .collect();
        let why = why::ask(&reader, &from, &to, &rules)?;
        Output::new(common).document(&why, || table(&why))?;
        Ok(code::DONE)
    }
}

fn table(why: &why::Why) -> String {
    let mut out = format!("{}  and  {}\n", text::safe(&why.from), text::safe(&why.to));
    let mut tell = |title: &str, links: &[crate::query::links::Link]| {
        for link in links {
            let _ = writeln!(
                out,
                "{title} {} {} by {}: {}",
                link.class, link.state, link.method, link.why
            );
            for value in link.values.iter().flatten() {
                let _ = writeln!(out, "    {}", text::truncate(&text::safe(value), 120));
            }
            for citation in &link.citations {
                let cell = |name: &str| {
                    citation[name]
                        .as_str()
                        .map_or_else(|| citation[name].to_string(), str::to_owned)
                };
                let _ = writeln!(
                    out,
                    "    cited {} {}:{}:{}",
                    text::safe(&cell("file")),
                    cell("sha256"),
                    cell("offset"),
                    cell("length")
                );
            }
        }
    };
    tell("linked", &why.links);
    tell("on the way", &why.path);
    if why.links.is_empty() && why.path.is_empty() {
        out.push_str("not linked\n");
    }
    for rejected in &why.rejected {
        let _ = writeln!(
            out,
            "not by {}: {}",
            rejected.method,
            text::safe(&rejected.why)
        );
    }
    out
}
