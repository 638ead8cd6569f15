//! `shipwake rows`: the rows of any list of the screen, with the screen's own filters.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value, json};

use super::output::narrate;
use super::{Case, Common, Failure, Output, Times, code, session};
use crate::query::filter::Fields;
use crate::query::listing::{self, Ask, From, List, PAGE};
use crate::store::Reader;

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
    /// How many rows have each value of this field (or attribute, as http.route), commonest first.
    #[arg(long, value_name = "FIELD")]
    count_by: Option<String>,
    /// The rarest first.
    #[arg(long, requires = "count_by")]
    rarest: bool,
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
        if let Some(field) = &self.count_by {
            return self.count(&reader, list, &ask, field, common);
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

    fn count(
        &self,
        reader: &Reader,
        list: &List,
        ask: &Ask,
        field: &str,
        common: &Common,
    ) -> Result<u8, Failure> {
        if let Err(mistake) = Fields::of(list.sql).expression(field) {
            return Err(Failure::usage(
                &format!(
                    "cannot count {} by {field:?}: {}",
                    list.name, mistake.sentence
                ),
                mistake
                    .hint
                    .as_deref()
                    .unwrap_or("Take another field; the list's columns are fields"),
            ));
        }
        let most = self.case.limit.map_or(USUAL, |limit| limit as usize);
        let counts = listing::counts(reader, list, ask, field, self.rarest, most)?;
        let row = |(value, n): &(String, usize)| {
            let cells = [("value", json!(value)), ("rows", json!(n))];
            cells
                .map(|(name, cell)| (name.to_owned(), cell))
                .into_iter()
                .collect()
        };
        let rows: Vec<Map<String, Value>> = counts.values.iter().map(row).collect();
        Output::new(common).rows(&rows, &["value", "rows"])?;
        if rows.len() < counts.distinct {
            narrate(&format!(
                "shipwake: {} of {} values; more with --limit",
                rows.len(),
                counts.distinct
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
