//! syslog: RFC 5424, RFC 3164 with and without its priority, and what `journalctl` prints.
//!
//! `<165>1 2025-11-03T14:02:07Z node app 12 ID [sd k="v"] message`, or
//! `<34>Nov  3 14:02:07 node app[12]: message`. The old form has no year, so it gives no time;
//! rsyslog and `journalctl -o short-iso` write a full one before the same host and tag. There the
//! tag's process id is asked for, since anything may follow a time. The message may be of a form
//! of its own.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::clock::{FULL, PARTIAL, clock, fits};
use super::super::envelope::wrap;
use super::super::{record, severity};
use super::{Read, object_of, payload, said};
use crate::model::runtime::Log;

/// Severities by their code.
const LEVELS: [&str; 8] = [
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];

/// What stands before the message.
#[derive(Default)]
struct Header<'t> {
    priority: Option<u8>,
    ts_ns: Option<i64>,
    host: &'t str,
    app: &'t str,
    process: &'t str,
    id: &'t str,
    data: Option<Value>,
}

/// The level of a severity's code, which is also the last three bits of a priority.
pub fn level(code: u8) -> Option<&'static str> {
    LEVELS.get(usize::from(code % 8)).copied()
}

pub fn read(text: &str) -> Option<Read<'_>> {
    let (priority, rest) = match text.strip_prefix('<') {
        Some(rest) => {
            let (number, rest) = rest.split_once('>')?;
            let priority: u8 = number.parse().ok().filter(|number| *number < 192)?;
            (Some(priority), rest)
        }
        None => (None, text),
    };
    let read = match rest.strip_prefix("1 ").filter(|_| priority.is_some()) {
        Some(rest) => newer(rest),
        None => older(rest, priority.is_some()),
    };
    let (mut header, message) = read?;
    header.priority = priority;
    Some(header.log(message))
}

/// The header of RFC 5424, behind its version.
fn newer(text: &str) -> Option<(Header<'_>, &str)> {
    let mut rest = text;
    let mut next = || {
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        Some(word)
    };
    let (stamp, host, app) = (next()?, next()?, next()?);
    let (process, id) = (next()?, next()?);
    let ts_ns = clock(stamp);
    if ts_ns.is_none() && stamp != "-" {
        return None;
    }
    let (data, message) = structured(rest)?;
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    let header = Header {
        ts_ns,
        host,
        app,
        process,
        id,
        data,
        ..Header::default()
    };
    Some((header, message))
}

/// `-`, or `[id name="value" …]` one after another; and the message.
fn structured(text: &str) -> Option<(Option<Value>, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((None, rest.strip_prefix(' ').unwrap_or(rest)));
    }
    let mut data = Map::new();
    let mut rest = text;
    while let Some(element) = rest.strip_prefix('[') {
        let end = element.find([' ', ']'])?;
        let id = element.get(..end)?;
        let mut inside = element.get(end..)?;
        let mut members = Map::new();
        while let Some(parameter) = inside.strip_prefix(' ') {
            let (name, quoted) = parameter.split_once("=\"")?;
            let (value, after) = value(quoted)?;
            members.insert(name.to_owned(), value.into());
            inside = after;
        }
        rest = inside.strip_prefix(']')?;
        data.insert(id.to_owned(), Value::Object(members));
    }
    let data = (!data.is_empty()).then_some(Value::Object(data))?;
    Some((Some(data), rest.strip_prefix(' ').unwrap_or(rest)))
}

/// A parameter's value up to its closing quote, where `"`, `\` and `]` are escaped.
fn value(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, quoted.get(at + 1..)?)),
            '\\' => {
                let (_, escaped) = letters.next()?;
                if !matches!(escaped, '"' | '\\' | ']') {
                    text.push('\\');
                }
                text.push(escaped);
            }
            letter => text.push(letter),
        }
    }
    None
}

/// The header of RFC 3164, or of the files that are like it. `sure` where a priority stood before it.
fn older(text: &str, sure: bool) -> Option<(Header<'_>, &str)> {
    let old = PARTIAL.get(1).filter(|mask| fits(text, mask));
    let (ts_ns, rest) = if let Some(mask) = old {
        // The year or a fraction may follow the clock in some dialects; then it is not this one.
        (None, text.get(mask.len()..)?.strip_prefix(' ')?)
    } else {
        FULL.first().filter(|mask| fits(text, mask))?;
        let (stamp, rest) = text.split_once(' ')?;
        (Some(clock(stamp)?), rest)
    };
    let (host, rest) = rest.split_once(' ')?;
    let (tag, message) = rest
        .split_once(": ")
        .or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let (app, process) = match tag.strip_suffix(']').and_then(|tag| tag.split_once('[')) {
        Some((app, process)) => (app, process),
        None if sure || old.is_some() || tag == "kernel" => (tag, ""),
        None => return None,
    };
    let is_word = |word: &str| {
        let sound = |b: u8| b.is_ascii_alphanumeric() || b"_.-/@()".contains(&b);
        (1..=128).contains(&word.len()) && word.bytes().all(sound)
    };
    let is_host = is_word(host)
        || host
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || b":.".contains(&b));
    let numbered = process
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if !is_host || !is_word(app) || !numbered || (!sure && severity::number(host).is_some()) {
        return None;
    }
    let header = Header {
        ts_ns,
        host,
        app,
        process,
        ..Header::default()
    };
    Some((header, message))
}

impl<'t> Header<'t> {
    /// The record of `message` behind this header.
    fn log(self, message: &'t str) -> Read<'t> {
        let level = self.priority.and_then(level);
        let outer = Log {
            service_name: (!matches!(self.app, "" | "-")).then_some(Cow::Borrowed(self.app)),
            severity_number: level.and_then(severity::number),
            severity_text: level.map(Cow::Borrowed),
            attributes: object_of([
                ("host.name", said(self.host)),
                (
                    "syslog.facility",
                    self.priority.map(|number| (number / 8).into()),
                ),
                ("syslog.procid", said(self.process)),
                ("syslog.msgid", said(self.id)),
                ("syslog.structured_data", self.data),
            ])
            .map(Cow::Owned),
            ..Log::default()
        };
        let (_, own) = payload(message).unwrap_or_else(|| (None, record::read_text(message)));
        (self.ts_ns, wrap(outer, own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_form_is_read_whole() {
        let line = r#"<165>1 2025-11-03T14:02:07.003Z node-1 cart 12 ID47 [a@1 k="v \"q\" \]" n="2"][b] full"#;
        let (ts_ns, log) = read(line).unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_003_000_000));
        assert_eq!(
            (
                log.service_name.as_deref(),
                log.severity_text.as_deref(),
                log.body.as_deref()
            ),
            (Some("cart"), Some("notice"), Some("full"))
        );
        assert_eq!(
            log.attributes.as_deref(),
            Some(
                r#"{"host.name":"node-1","syslog.facility":20,"syslog.procid":"12","syslog.msgid":"ID47","syslog.structured_data":{"a@1":{"k":"v \"q\" ]","n":"2"},"b":{}}}"#
            )
        );
        let (ts_ns, log) =
            read("<14>1 - - - - - - {\"level\":\"error\",\"msg\":\"no stock\"}").unwrap();
        assert_eq!((ts_ns, log.body.as_deref()), (None, Some("no stock")));
        assert_eq!(log.severity_number, Some(17));
    }

    #[test]
    fn the_older_form_has_no_year_and_so_no_time() {
        for line in [
            "<34>Nov  3 14:02:07 node-1 su[12]: failed",
            "<34>Nov 13 14:02:07 10.0.0.7 su: failed",
            "Nov  3 14:02:07 node-1 su[12]: failed",
            "Nov  3 14:02:07 node-1 su: failed",
        ] {
            let (ts_ns, log) = read(line).unwrap();
            assert_eq!(
                (ts_ns, log.body.as_deref()),
                (None, Some("failed")),
                "{line}"
            );
            assert_eq!(log.service_name.as_deref(), Some("su"));
            let critical = line.starts_with('<').then_some(21);
            assert_eq!(log.severity_number, critical, "{line}");
        }
    }

    #[test]
    fn a_full_time_may_stand_before_the_same() {
        let (ts_ns, log) =
            read("2025-11-03T15:02:07+0100 node-1 cart[12]: level=warn msg=full").unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_000_000_000));
        assert_eq!(
            (log.body.as_deref(), log.severity_number),
            (Some("full"), Some(13))
        );
    }

    #[test]
    fn a_line_of_headers_is_read_once() {
        for header in ["<14>1 - - - - - - ", "<14>Nov  3 14:02:07 a b: "] {
            let line = header.repeat(100_000);
            assert!(read(&line).unwrap().1.body.unwrap().starts_with("<14>"));
        }
    }

    #[test]
    fn other_lines_are_none() {
        for text in [
            "2025-11-03T14:02:07Z INFO cart[12]: full",
            "2025-11-03T14:02:07Z node cart: full",
            "<34>nothing",
            "<999>Nov  3 14:02:07 a b: c",
            "<34>1 yesterday a b c d - e",
            "<34>1 2025-11-03T14:02:07Z a b c d [x y=1] e",
            "Nov  3 14:02:07 only words follow",
            "Nov  3 14:02:07 INFO server: started",
            "Nov  3 14:02:07",
            "<1>",
            "",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
