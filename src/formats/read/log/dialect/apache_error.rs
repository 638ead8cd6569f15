//! Apache's error log: `[Mon Nov 03 14:02:07.123456 2025] [core:error] [pid 1:tid 2] [client …] text`.
//!
//! The time is local and read as UTC, since nothing says the zone.

use std::borrow::Cow;

use chrono::NaiveDateTime;

use super::super::clock::fits;
use super::super::severity;
use super::{Read, object_of, said};
use crate::formats::read::bounded;
use crate::model::runtime::Log;

/// How the line opens.
const STAMP: &str = "[AAA AAA 00 00:00:00";

pub fn read(text: &str) -> Option<Read<'_>> {
    if !fits(text, STAMP) {
        return None;
    }
    let (stamp, rest) = text.strip_prefix('[')?.split_once("] [")?;
    let ts_ns = NaiveDateTime::parse_from_str(stamp, "%a %b %d %H:%M:%S%.f %Y").ok()?;
    let (level, mut message) = rest.split_once("] ")?;
    let (module, level) = level.split_once(':').unwrap_or(("", level));
    let (mut process, mut client) = ("", "");
    while let Some((inside, after)) = message
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        match inside.split_once(' ') {
            Some(("pid", value)) => process = value,
            Some(("client" | "remote", value)) => client = value,
            _ => break,
        }
        message = after;
    }
    let log = Log {
        severity_number: severity::number(level),
        severity_text: Some(level.into()),
        scope_name: (!module.is_empty()).then_some(Cow::Borrowed(module)),
        body: Some(bounded(message).into()),
        attributes: object_of([
            ("client.address", said(client)),
            ("process.pid", said(process)),
        ])
        .map(Cow::Owned),
        ..Log::default()
    };
    Some((ts_ns.and_utc().timestamp_nanos_opt(), log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let line = "[Mon Nov 03 14:02:07.500000 2025] [core:error] [pid 7:tid 9] [client 10.0.0.7:1] AH00128: no file";
        let (ts_ns, log) = read(line).unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_500_000_000));
        assert_eq!(
            (
                log.severity_number,
                log.scope_name.as_deref(),
                log.body.as_deref()
            ),
            (Some(17), Some("core"), Some("AH00128: no file"))
        );
        assert_eq!(
            log.attributes.as_deref(),
            Some(r#"{"client.address":"10.0.0.7:1","process.pid":"7:tid 9"}"#)
        );
        assert!(read("[Mon Nov 03 14:02:07 soon] [x] y").is_none());
    }
}
