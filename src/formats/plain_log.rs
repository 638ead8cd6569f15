//! Text logs: whatever a process wrote to its standard output, line by line.
//!
//! The last resort for text, and the usual state of `kubectl logs`. A record is a line that starts
//! one, with the lines that go on with it, such as a stack trace. What is recognised in front of the
//! message: the prefixes of `kubectl logs --prefix` and of Docker Compose, and a leading time in the
//! forms of RFC 3339, Python and Go. Times without a zone are read as UTC; times without a year are
//! none, since a guess would be worse. Levels and trace ids are found in the text where it names
//! them. A line that holds a JSON object behind its prefix is read like a JSON log, but with the time
//! that stands before it: that one is the runtime's. Forms of lines that have a name (logfmt, syslog,
//! glog and klog, access logs, Apache's error log) are taken apart; see `read::log::dialect`.
//!
//! What it is not: a template miner, or a reader for text formats that have a name. Tables, Markdown
//! and keys are text too, and are left alone even where they are called a log (`other.rs`).

mod other;
#[cfg(test)]
mod tests;

use super::read::log::record::{openings, records};
use super::{Chunk, FALLBACK, Format, Framing, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink};

/// Text logs.
pub struct PlainLog;

impl Format for PlainLog {
    fn name(&self) -> &'static str {
        "plain_log"
    }

    fn about(&self) -> &'static str {
        "Text logs, a record a line: `kubectl logs --timestamps POD > POD.log`"
    }

    fn unit(&self) -> &'static str {
        "record"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "text whose lines open with a time or a level; the last resort"
    }

    fn example(&self) -> &'static [u8] {
        b"2026-03-03T14:02:07Z INFO charged order 142\n"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let text = peek.head.strip_prefix(b"\xef\xbb\xbf");
        let text = text.unwrap_or(peek.head).trim_ascii_start();
        // Syslog opens with `<34>`, markup with a letter or a mark.
        let markup = text.first() == Some(&b'<') && !text.get(1).is_some_and(u8::is_ascii_digit);
        let plain = !text.is_empty() && peek.values.is_empty() && peek.is_text() && !markup;
        let logged = || looks_logged(peek) || is_called_a_log(peek.path);
        if plain && logged() && !other::is_no_log(peek) {
            FALLBACK
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        records(chunk, sink);
    }
}

/// True where a good part of the lines opens with a time or names a level: prose is text as well.
fn looks_logged(peek: &Peek<'_>) -> bool {
    let lines = || peek.lines().filter(|line| !line.trim().is_empty());
    let opening = openings(peek.head, lines());
    opening * 10 >= lines().count() && opening > 0
}

/// Programs write what they like; where such text lies says what it is.
fn is_called_a_log(path: &str) -> bool {
    path.rsplit('/').take(2).any(|part| {
        part.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| {
                ["log", "logs", "stdout", "stderr", "out", "stdin"]
                    .iter()
                    .any(|name| word.eq_ignore_ascii_case(name))
            })
    })
}
