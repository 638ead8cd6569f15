//! Traces as the Collector's `file` exporter writes them, in one file.
//!
//! | contender        | what it does                                                                     |
//! |------------------|----------------------------------------------------------------------------------|
//! | `shipwake`       | the load                                                                         |
//! | `duckdb_columns` | `read_json` and `unnest`, the well-known attributes in columns as our `span` has them |
//! | `duckdb_python`  | the same by the duckdb of `PyPI`                                                   |
//! | `duckdb_flat`    | `read_json` and `unnest` into one table, attributes left as the list found       |
//! | `serde`          | typed `serde_json` over the lines, in memory, every attribute reached            |
//! | `seal`           | SHA-256 and zstd frames alone: the floor under the first                         |

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use shipwake::case::Case;

use crate::support::contest::{Contender, Course, Input};
use crate::support::telemetry;
use crate::{PYTHON, duckdb, duckdb_python, load, threads};

const FLAT: &str = include_str!("flat.sql");
const COLUMNS: &str = include_str!("columns.sql");
const FILE: &str = "traces.jsonl";

pub const COURSE: Course = Course {
    name: "traces",
    about: "OpenTelemetry traces in JSON, one file",
    usual: 500,
    write: |folder, bytes| {
        let written = telemetry::write(&folder.join(FILE), bytes)?;
        Ok(Input {
            bytes: written.bytes,
            records: written.spans,
        })
    },
    contenders: &[
        Contender {
            name: "shipwake",
            needs: &[],
            goal: None,
            work: |input, out| load(input, out, "span"),
        },
        Contender {
            name: "duckdb_columns",
            needs: &[],
            goal: Some(6.0),
            work: |input, out| duckdb(COLUMNS, &input.join(FILE), out),
        },
        Contender {
            name: "duckdb_python",
            needs: PYTHON,
            goal: Some(6.0),
            work: |input, out| duckdb_python(COLUMNS, &input.join(FILE), out),
        },
        Contender {
            name: "duckdb_flat",
            needs: &[],
            goal: None,
            work: |input, out| duckdb(FLAT, &input.join(FILE), out),
        },
        Contender {
            name: "serde",
            needs: &[],
            goal: Some(0.33),
            work: |input, _| parse(&input.join(FILE)),
        },
        Contender {
            name: "seal",
            needs: &[],
            goal: None,
            work: |input, out| seal(&input.join(FILE), out),
        },
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    resource_spans: Vec<ResourceSpans<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    #[serde(borrow)]
    resource: Resource<'a>,
    scope_spans: Vec<ScopeSpans<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, default)]
    attributes: Vec<Attribute<'a>>,
}

#[derive(Deserialize)]
struct ScopeSpans<'a> {
    #[serde(borrow)]
    spans: Vec<Span<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: &'a str,
    #[serde(rename = "spanId")]
    id: &'a str,
    #[serde(default)]
    parent_span_id: &'a str,
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: i32,
    start_time_unix_nano: &'a str,
    end_time_unix_nano: &'a str,
    #[serde(default)]
    attributes: Vec<Attribute<'a>>,
    #[serde(default)]
    events: Vec<Event<'a>>,
    #[serde(default)]
    status: Status<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    time_unix_nano: &'a str,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    attributes: Vec<Attribute<'a>>,
}

#[derive(Default, Deserialize)]
struct Status<'a> {
    #[serde(default)]
    code: i32,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    value: Value<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the members of OTLP's AnyValue are called so"
)]
struct Value<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    int_value: Option<&'a str>,
    double_value: Option<f64>,
    bool_value: Option<bool>,
}

impl Span<'_> {
    /// Something of every member, so that none is dead code.
    fn weight(&self) -> usize {
        let attribute = |one: &Attribute<'_>| {
            let value = &one.value;
            one.key.len()
                + value.string_value.as_ref().map_or(0, |text| text.len())
                + value.int_value.map_or(0, str::len)
                + usize::from(value.double_value.is_some())
                + usize::from(value.bool_value.is_some())
        };
        let ids = self.trace_id.len() + self.id.len() + self.parent_span_id.len();
        let times = self.start_time_unix_nano.len() + self.end_time_unix_nano.len();
        let status = usize::from(self.status.code == 2) + self.status.message.len();
        let events = self.events.iter().map(|event| {
            event.time_unix_nano.len()
                + event.name.len()
                + event.attributes.iter().map(attribute).sum::<usize>()
        });
        ids + times
            + status
            + self.name.len()
            + usize::from(self.kind == 2)
            + events.sum::<usize>()
            + self.attributes.iter().map(attribute).sum::<usize>()
    }
}

/// Typed `serde_json` alone: every thread takes every so-manyth line.
fn parse(file: &Path) -> Result<Option<u64>> {
    let bytes = std::fs::read(file)?;
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let share = lines.len().div_ceil(threads()).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = lines
            .chunks(share)
            .map(|lines| {
                scope.spawn(move || -> Result<u64> {
                    let mut spans = 0;
                    for line in lines {
                        let line: Line<'_> = serde_json::from_slice(line)?;
                        for group in &line.resource_spans {
                            std::hint::black_box(group.resource.attributes.len());
                            for span in group.scope_spans.iter().flat_map(|scope| &scope.spans) {
                                std::hint::black_box(span.weight());
                                spans += 1;
                            }
                        }
                    }
                    Ok(spans)
                })
            })
            .collect();
        let mut spans = 0;
        for worker in workers {
            spans += worker.join().ok().context("a parser gave up")??;
        }
        Ok(Some(spans))
    })
}

/// Sealing alone.
fn seal(file: &Path, out: &Path) -> Result<Option<u64>> {
    let case = Case::open_or_create(out, "bench")?;
    let mut sealer = case.evidence().begin()?;
    let mut source = std::fs::File::open(file)?;
    let mut block = Vec::new();
    loop {
        block.clear();
        let read =
            std::io::Read::read_to_end(&mut std::io::Read::take(&mut source, 4 << 20), &mut block)?;
        if read == 0 {
            break;
        }
        sealer.write(&block)?;
    }
    sealer.finish()?;
    Ok(None)
}
