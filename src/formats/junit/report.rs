//! One walk through a report.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::formats::Chunk;
use crate::formats::read::{TEXT_LIMIT, bounded, cut};
use crate::model::delivery::TestResult;
use crate::model::{Sink, Span, Stamp, time};

/// How deep suites may be nested.
const DEPTH: usize = 64;
/// Longest name of a suite with those around it.
const NAME: usize = 1024;

/// A report being read.
pub(super) struct Report {
    text: String,
    /// Where the text starts in the file.
    base: u64,
    suites: Vec<Suite>,
    case: Option<Case>,
    /// The failure or skip that is open, of a case or of a suite itself.
    outcome: Option<Outcome>,
}

/// A suite that is open.
#[derive(Default)]
struct Suite {
    name: String,
    at: Option<i64>,
    host: Option<String>,
    file: Option<String>,
}

/// A case that is open.
struct Case {
    start: u64,
    name: Option<String>,
    class: Option<String>,
    file: Option<String>,
    line: Option<i64>,
    at: Option<i64>,
    duration_ns: Option<i64>,
    worst: Option<Outcome>,
}

/// What became of a case.
#[derive(Clone)]
struct Outcome {
    start: u64,
    element: String,
    rank: u8,
    message: Option<String>,
    details: String,
}

impl Report {
    pub(super) fn new(chunk: &Chunk<'_>) -> Self {
        let mark = if chunk.offset == 0 && chunk.bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let bytes = chunk.bytes.get(mark..).unwrap_or_default();
        Self {
            text: same_length(bytes),
            base: chunk.offset + mark as u64,
            suites: Vec::new(),
            case: None,
            outcome: None,
        }
    }

    pub(super) fn read(mut self, sink: &mut dyn Sink) {
        let text = std::mem::take(&mut self.text);
        let mut reader = Reader::from_str(&text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let start = reader.buffer_position();
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = reader.error_position().max(start).min(text.len() as u64);
                    let from = self.case.as_ref().map_or(at, |case| case.start);
                    sink.read(1);
                    let why = format!("broken XML: {}", cut(&error.to_string(), 200));
                    return sink.reject(self.span(from, text.len() as u64), &why);
                }
            };
            match event {
                Event::Eof => return self.end(text.len() as u64, sink),
                Event::Start(tag) => self.open(&tag, start),
                Event::Empty(tag) => {
                    self.open(&tag, start);
                    self.close(
                        tag.local_name().into_inner(),
                        reader.buffer_position(),
                        sink,
                    );
                }
                Event::End(tag) => self.close(
                    tag.local_name().into_inner(),
                    reader.buffer_position(),
                    sink,
                ),
                Event::Text(words) => self.say(&words.xml10_content()),
                Event::CData(words) => self.say(&words.xml10_content()),
                Event::GeneralRef(name) => {
                    let known = quick_xml::escape::resolve_predefined_entity(&name);
                    match name.resolve_char_ref() {
                        Ok(Some(character)) => self.say(character.encode_utf8(&mut [0; 4])),
                        _ => self.say(known.unwrap_or_default()),
                    }
                }
                _ => {}
            }
        }
    }

    fn span(&self, start: u64, end: u64) -> Span {
        Span::new(self.base + start, end.saturating_sub(start))
    }

    fn open(&mut self, tag: &BytesStart<'_>, start: u64) {
        let element = tag.local_name().into_inner();
        match element {
            "testsuites" | "testsuite" if self.case.is_none() && self.suites.len() < DEPTH => {
                self.suites.push(self.suite(tag, element == "testsuite"));
            }
            "testcase" if self.case.is_none() => self.case = Some(Case::new(tag, start)),
            _ => {
                if let Some(rank) = rank(element)
                    && self.outcome.is_none()
                {
                    self.outcome = Some(Outcome {
                        start,
                        element: element.to_owned(),
                        rank,
                        message: attribute(tag, "message"),
                        details: String::new(),
                    });
                }
            }
        }
    }

    fn suite(&self, tag: &BytesStart<'_>, named: bool) -> Suite {
        let around = self.suites.last();
        let own = attribute(tag, "name").filter(|name| named && !name.is_empty());
        let name = match (
            around
                .map(|suite| suite.name.as_str())
                .filter(|name| !name.is_empty()),
            own,
        ) {
            (Some(around), Some(own)) if own.starts_with(around) => own,
            (Some(around), Some(own)) => format!("{around}/{own}"),
            (Some(around), None) => around.to_owned(),
            (None, own) => own.unwrap_or_default(),
        };
        let at = attribute(tag, "timestamp").and_then(|text| time::parse(&text));
        Suite {
            name: cut(&name, NAME).to_owned(),
            at: at.or(around.and_then(|suite| suite.at)),
            host: attribute(tag, "hostname").or(around.and_then(|suite| suite.host.clone())),
            file: attribute(tag, "file").or(around.and_then(|suite| suite.file.clone())),
        }
    }

    /// Takes text that belongs to an open failure.
    fn say(&mut self, words: &str) {
        if let Some(outcome) = &mut self.outcome {
            let room = TEXT_LIMIT.saturating_sub(outcome.details.len());
            outcome.details.push_str(cut(words, room));
        }
    }

    fn close(&mut self, element: &str, end: u64, sink: &mut dyn Sink) {
        match element {
            "testcase" => {
                self.outcome = None;
                if let Some(case) = self.case.take() {
                    self.push(
                        Some(&case),
                        case.worst.as_ref(),
                        self.span(case.start, end),
                        sink,
                    );
                }
            }
            "testsuites" | "testsuite" if self.case.is_none() => {
                self.outcome = None;
                self.suites.pop();
            }
            _ => {
                let open = self
                    .outcome
                    .as_ref()
                    .is_some_and(|outcome| outcome.element == element);
                let Some(outcome) = self.outcome.take_if(|_| open) else {
                    return;
                };
                match &mut self.case {
                    Some(case) => {
                        let worse = case
                            .worst
                            .as_ref()
                            .is_none_or(|worst| outcome.rank > worst.rank);
                        if worse {
                            case.worst = Some(outcome);
                        }
                    }
                    None if outcome.rank > 1 => {
                        self.push(None, Some(&outcome), self.span(outcome.start, end), sink);
                    }
                    None => {}
                }
            }
        }
    }

    /// Pushes the row of a case, or of a suite that failed outside its cases.
    fn push(&self, case: Option<&Case>, worst: Option<&Outcome>, span: Span, sink: &mut dyn Sink) {
        let suite = self.suites.last();
        let name = suite
            .map(|suite| suite.name.as_str())
            .filter(|name| !name.is_empty());
        let class = case
            .and_then(|case| case.class.as_deref())
            .filter(|class| !class.is_empty());
        // The class says more than a suite that is called after the tool.
        let suite_name: Option<Cow<'_, str>> = match (name, class) {
            (Some(name), Some(class)) if name == class || name.ends_with(class) => {
                Some(name.into())
            }
            (Some(name), Some(class)) if class.starts_with(name) => Some(class.into()),
            (Some(name), Some(class)) => Some(format!("{name}/{class}").into()),
            (name, class) => name.or(class).map(Into::into),
        };
        let details = worst
            .map(|worst| worst.details.trim())
            .filter(|text| !text.is_empty());
        let message = worst
            .and_then(|worst| worst.message.as_deref())
            .map(str::trim);
        let message = message.filter(|text| !text.is_empty());
        let first = || details.and_then(|text| text.lines().next()).map(str::trim);
        let row = TestResult {
            tool: Some("junit".into()),
            suite: suite_name,
            name: case
                .and_then(|case| case.name.as_deref())
                .map(|name| bounded(name).into()),
            result: Some(match worst.map(|worst| worst.rank) {
                Some(3) => "error".into(),
                Some(2) => "failed".into(),
                Some(_) => "skipped".into(),
                None => "passed".into(),
            }),
            duration_ns: case.and_then(|case| case.duration_ns),
            message: message.or_else(first).map(|text| bounded(text).into()),
            details: details.map(|text| bounded(text).into()),
            file_path: case
                .and_then(|case| case.file.as_deref())
                .or(suite.and_then(|suite| suite.file.as_deref()))
                .map(Into::into),
            line: case.and_then(|case| case.line),
            host: suite
                .and_then(|suite| suite.host.as_deref())
                .map(Into::into),
            ..TestResult::default()
        };
        let at = case
            .and_then(|case| case.at)
            .or(suite.and_then(|suite| suite.at));
        sink.read(1);
        sink.record(Stamp::new(span, at), &row);
        sink.keep(1);
    }

    /// What is still open at the end is cut off.
    fn end(self, end: u64, sink: &mut dyn Sink) {
        if let Some(case) = &self.case {
            sink.read(1);
            sink.reject(self.span(case.start, end), "the test case is cut off");
        } else if !self.suites.is_empty() {
            sink.read(1);
            sink.reject(self.span(end, end), "the report is cut off");
        }
    }
}

impl Case {
    fn new(tag: &BytesStart<'_>, start: u64) -> Self {
        let seconds = attribute(tag, "time").and_then(|text| seconds(&text));
        Self {
            start,
            name: attribute(tag, "name"),
            class: attribute(tag, "classname").or_else(|| attribute(tag, "class")),
            file: attribute(tag, "file"),
            line: attribute(tag, "line").and_then(|text| text.parse().ok()),
            at: attribute(tag, "timestamp").and_then(|text| time::parse(&text)),
            duration_ns: seconds,
            worst: None,
        }
    }
}

/// How bad an element of a case is; nothing for what is no outcome.
fn rank(element: &str) -> Option<u8> {
    Some(match element {
        "error" => 3,
        "failure" => 2,
        "skipped" => 1,
        _ => return None,
    })
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    let attributes = attributes.with_checks(false).flatten();
    let mut found = attributes.filter(|attribute| attribute.key.local_name().into_inner() == name);
    let attribute = found.next()?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    // A value with an unknown entity is taken as it is written.
    let value = value.unwrap_or_else(|_| attribute.value.clone());
    Some(bounded(&value).to_owned())
}

/// Seconds with a decimal point, perhaps with commas between thousands, as nanoseconds.
fn seconds(text: &str) -> Option<i64> {
    let value: f64 = text.trim().replace(',', "").parse().ok()?;
    time::seconds_float(value).filter(|ns| *ns >= 0)
}

/// The bytes as text of the same length: each byte that is no UTF-8 becomes a question mark.
fn same_length(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        text.extend(std::iter::repeat_n('?', part.invalid().len()));
    }
    text
}
