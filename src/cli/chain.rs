//! `shipwake chain`: the whole chain through one record.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure, Output, code, session};
use crate::query::chain;
use crate::ui::text;

/// Show the whole chain through a commit, session, build, artifact, deployment, pod, trace, ticket or line
#[derive(Debug, Args)]
pub(super) struct Chain {
    /// The case directory.
    case: PathBuf,
    /// A sha or prefix, digest, session, run, deployment, pod, trace id, request key, release, or path:line.
    #[arg(value_name = "REF")]
    reference: String,
}

impl Chain {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let reader = session::reader(&self.case, common)?;
        let (id, parts) = session::reference(&reader, &self.reference)?;
        let chain = chain::ask(&reader, &id, &parts)?;
        Output::new(common).document(&chain, || table(&chain))?;
        Ok(code::DONE)
    }
}

fn table(chain: &chain::Chain) -> String {
    let mut out = format!("{}   level {}\n", text::safe(&chain.reference), chain.level);
    for node in &chain.nodes {
        let ts = node
            .ts
            .as_deref()
            .and_then(|ts| ts.get(..19))
            .unwrap_or("")
            .replace('T', " ");
        let _ = writeln!(
            out,
            "  {:<15} {:<19}  {}",
            node.kind,
            ts,
            text::safe(&node.label)
        );
        for link in chain.links.iter().filter(|link| link.to == node.id) {
            let _ = writeln!(
                out,
                "  {:<15} {:<19}    {} {} from {} by {}",
                "",
                "",
                link.class,
                link.state,
                text::safe(&link.from),
                link.method
            );
        }
    }
    if let Some(weakest) = &chain.weakest {
        let _ = writeln!(
            out,
            "weakest link: {} {} {} -> {}: {}",
            weakest.class,
            weakest.state,
            text::safe(&weakest.from),
            text::safe(&weakest.to),
            weakest.why
        );
    }
    for missing in &chain.missing {
        let _ = writeln!(
            out,
            "{}: {}; so nothing shows {}",
            missing.state.replace('_', " "),
            missing.hop,
            missing.blocks.join(", nor ")
        );
    }
    if chain.truncated {
        out.push_str("cut off: the chain is larger than is walked\n");
    }
    out
}
