//! `shipwake rows`: the rows of any list of the screen, with the screen's own filters.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value};

use super::output::narrate;
use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::listing::{self, Ask, From, List, PAGE};

/// Print the rows of a list (logs, traces, access, sessions, …), narrowed by a filter
#[derive(Debug, Args)]
pub(super) struct Rows {
    #[command(flatten)]
    case: Case,
    /// The list.
    #[arg(value_parser = PossibleValuesParser::new(listing::ALL.iter().map(|list| list.name)))]
    list: String,
    /// Only rows for which this holds: words, field:value, comparisons, and, or, not (docs/filter.md).
    #[arg(long, value_name = "FILTER", default_value = "")]
    filter: String,
    #[command(flatten)]
    times: Times,
}

/// Rows that are printed unless more are asked for.
const USUAL: usize = 500;

impl Rows {
    pub(super) fn run(&self, common: &Common) -> Result<u8, Failure> {
        let Some(list) = listing::ALL.iter().find(|list| list.name == self.list) else {
            return Err(Failure::usage(
                &format!("there is no list {}", self.list),
                "See `shipwake rows --help` for the lists",
            ));
        };
        let reader = session::reader(&self.case.path, common)?;
        let ask = Ask {
            since: self.times.since,
            until: self.times.until,
            filter: self.filter.clone(),
            ..Ask::default()
        };
        if let Err(mistake) = listing::check(list, &self.filter) {
            return Err(Failure::usage(
                &format!(
                    "cannot filter {} by {:?}: {}",
                    list.name, self.filter, mistake.sentence
                ),
                mistake
                    .hint
                    .as_deref()
                    .unwrap_or("See docs/filter.md for how filters are written"),
            ));
        }
        let most = self.case.limit.map_or(USUAL, |limit| limit as usize);
        let (mut rows, mut total) = (Vec::new(), 0);
        let mut from = From::Start;
        while rows.len() < most {
            let page = listing::page(&reader, list, &ask, from)?;
            total = page.total;
            let skipped = rows.len().saturating_sub(page.first);
            let fresh = page.rows.rows.into_iter().skip(skipped);
            let before = rows.len();
            rows.extend(fresh.take(most - before).map(|row| object(list, &row)));
            if rows.len() == before {
                break;
            }
            // A page lies around the row that it is asked for.
            from = From::Row(rows.len() + PAGE / 2);
        }
        let columns: Vec<&str> = list.columns().map(|(title, _)| title).collect();
        Output::new(common).rows(&rows, &columns)?;
        if rows.len() < total {
            narrate(&format!(
                "shipwake: {} of {total} rows; more with --limit",
                rows.len()
            ));
        }
        Ok(code::DONE)
    }
}

/// A row with its entity and its shown cells.
fn object(list: &List, row: &[Value]) -> Map<String, Value> {
    let id = row.first().cloned().unwrap_or_default();
    let cells = list.columns().zip(row.iter().skip(2));
    let cells = cells.map(|((title, _), cell)| (title.to_owned(), cell.clone()));
    std::iter::once(("id".to_owned(), id))
        .chain(cells)
        .collect()
}
