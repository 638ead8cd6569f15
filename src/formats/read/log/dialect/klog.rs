//! glog and klog: `E0517 15:04:22.619632 1952 cart.cc:253] no stock`.
//!
//! The letter is the level. Month and day stand without a year, so there is no time, unless the
//! library is new enough to write the year (`I20251103 14:02:07.123456`); it is local time and read
//! as UTC, since nothing says the zone. Kubernetes' components go on with a quoted message and
//! pairs (`"Pod synced" pod="shop/cart-0"`).

use std::borrow::Cow;

use super::super::clock::{PARTIAL, fits};
use super::super::{ids, severity};
use super::{Read, logfmt, object_of};
use crate::formats::read::bounded;
use crate::model::runtime::Log;
use crate::model::time;

/// The form of newer glogs: the year stands before the month.
const DATED: &str = "A00000000 00:00:00";

pub fn read(text: &str) -> Option<Read<'_>> {
    let level = text.get(..1).filter(|letter| "IWEF".contains(letter))?;
    let dated = fits(text, DATED);
    if !dated && !fits(text, PARTIAL.first()?) {
        return None;
    }
    let (head, message) = text
        .split_once("] ")
        .or_else(|| Some((text.strip_suffix(']')?, "")))?;
    let mut words = head.split_ascii_whitespace();
    let (date, clock) = (words.next()?, words.next()?);
    let (thread, source) = (words.next()?, words.next()?);
    let (file, line) = source.rsplit_once(':')?;
    let (line, thread): (u32, u64) = (line.parse().ok()?, thread.parse().ok()?);
    if words.next().is_some() {
        return None;
    }
    let ts_ns = dated.then(|| {
        let day = date.get(1..)?;
        let (year, month, day) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
        time::parse(&format!("{year}-{month}-{day} {clock}"))
    });
    let mut attributes = vec![
        ("code.file.path", Some(file.into())),
        ("code.line.number", Some(line.into())),
        ("thread.id", Some(thread.into())),
    ];
    let structured = structured(message);
    let body = match &structured {
        Some((body, _)) => Cow::Owned(bounded(body).to_owned()),
        None => Cow::Borrowed(bounded(message)),
    };
    let pairs = structured.map(|(_, pairs)| pairs).unwrap_or_default();
    attributes.extend(
        pairs
            .iter()
            .map(|(key, value)| (*key, Some(value.as_str().into()))),
    );
    let (trace_id, span_id) = ids::named(message);
    let log = Log {
        trace_id,
        span_id,
        severity_number: severity::number(level),
        severity_text: Some(level.into()),
        body: Some(body),
        attributes: object_of(attributes).map(Cow::Owned),
        ..Log::default()
    };
    Some((ts_ns.flatten(), log))
}

/// A quoted message and its pairs.
fn structured(message: &str) -> Option<(String, Vec<(&str, String)>)> {
    let (body, rest) = logfmt::unquoted(message.strip_prefix('"')?)?;
    let pairs = logfmt::pairs(rest)?;
    Some((body, pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let (ts_ns, log) =
            read("E0517 15:04:22.619632    1952 cart.cc:253] no stock] left").unwrap();
        assert_eq!(ts_ns, None);
        assert_eq!(
            (log.severity_number, log.body.as_deref()),
            (Some(17), Some("no stock] left"))
        );
        assert_eq!(
            log.attributes.as_deref(),
            Some(r#"{"code.file.path":"cart.cc","code.line.number":253,"thread.id":1952}"#)
        );
        let (ts_ns, _) = read("I20251103 14:02:07.500000 1 a.go:1] up").unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_500_000_000));
    }

    #[test]
    fn structured_messages_keep_their_pairs() {
        let (_, log) =
            read(r#"I1103 14:02:07.123456       1 sync.go:9] "Pod synced" pod="shop/cart-0" n=2"#)
                .unwrap();
        assert_eq!(log.body.as_deref(), Some("Pod synced"));
        assert!(
            log.attributes
                .unwrap()
                .ends_with(r#""pod":"shop/cart-0","n":"2"}"#)
        );
    }

    #[test]
    fn what_only_begins_alike_is_none() {
        for text in [
            "E0517 15:04:22.619632",
            "E0517 15:04:22 x y] z",
            "X0517 15:04:22.619632 1 a.cc:1] x",
            "E0517 15:04:22é",
            "I0517 15:04:22.6 1 a:b] x",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
