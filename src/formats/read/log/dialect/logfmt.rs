//! logfmt: `level=info ts=… msg="cart is full" cart=17` (Go's logrus and go-kit, Grafana, Heroku).
//!
//! All of the line must be pairs, and among them a message and a level or a time: prose with an
//! equals sign is no logfmt. The pairs are read by the same dictionary as the members of a JSON
//! record.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::envelope::owned;
use super::super::object;
use super::Read;

/// Most pairs of a line; more are not logfmt.
const PAIRS: usize = 512;

pub fn read(text: &str) -> Option<Read<'_>> {
    let text = text.trim_end();
    // Cheap signs first: every line of every log comes by here.
    let key = text.split('=').next().filter(|key| is_key(key))?;
    if key.len() == text.len() || text.contains('\n') {
        return None;
    }
    let pairs = pairs(text)?;
    let names = |wanted: &[&str]| {
        pairs
            .iter()
            .any(|(key, _)| wanted.contains(&key.to_ascii_lowercase().as_str()))
    };
    let tells = names(&["msg", "message"])
        && names(&["level", "lvl", "severity", "time", "ts", "t", "timestamp"]);
    if !tells {
        return None;
    }
    let json = as_json(&pairs);
    let (ts_ns, log) = object::entry(&json)?;
    Some((ts_ns, owned(log)))
}

/// The pairs that `text` is made of; `None` where it holds anything else.
pub fn pairs(text: &str) -> Option<Vec<(&str, String)>> {
    let mut rest = text.trim();
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        if !is_key(key) || pairs.len() >= PAIRS {
            return None;
        }
        let (value, next) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let end = after.find(' ').unwrap_or(after.len());
            let (value, next) = after.split_at_checked(end)?;
            (value.to_owned(), next)
        };
        // A blank parts the pairs.
        rest = if next.is_empty() {
            next
        } else {
            next.strip_prefix(' ')?.trim_start()
        };
        pairs.push((key, value));
    }
    Some(pairs)
}

/// The text up to the closing quote, and what follows. Go escapes as JSON does.
pub fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    let (inside, next) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    let text = if inside.contains('\\') {
        let parsed = serde_json::from_str(&format!("\"{inside}\""));
        parsed.unwrap_or_else(|_| inside.to_owned())
    } else {
        inside.to_owned()
    };
    Some((text, next))
}

/// The pairs as a JSON object of texts.
pub fn as_json(pairs: &[(&str, String)]) -> String {
    let mut json = String::from("{");
    for (at, (key, value)) in pairs.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(
            json,
            "{comma}{}:{}",
            Value::from(*key),
            Value::from(value.as_str())
        );
    }
    json + "}"
}

fn is_key(key: &str) -> bool {
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"_.-/@".contains(&b);
    (1..=64).contains(&key.len()) && key.bytes().all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_fill_the_columns_that_members_fill() {
        let line = r#"time="2025-11-03T14:02:07Z" level=warn msg="cart \"17\" is full" logger=cart.db trace_id=4bf92f3577b34da6a3ce929d0e0e4736 n=3 empty= path=/a=b"#;
        let (ts_ns, log) = read(line).unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_000_000_000));
        assert_eq!(log.body.as_deref(), Some("cart \"17\" is full"));
        assert_eq!(
            (log.severity_number, log.scope_name.as_deref()),
            (Some(13), Some("cart.db"))
        );
        assert!(log.trace_id.is_some());
        assert_eq!(
            log.attributes.as_deref(),
            Some(r#"{"n":"3","empty":"","path":"/a=b"}"#)
        );
    }

    #[test]
    fn prose_and_bare_pairs_are_none() {
        for text in [
            "x=1",
            "level=info done",
            "msg=a b=c level",
            "an error was expected, level=high msg=x",
            "level=info msg=\"open",
            "a=b c=d",
            "",
            "=",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
