//! Access logs in the common and the combined form of Apache and nginx, with a virtual host before
//! it or the fields of an ingress controller behind it.
//!
//! `10.0.0.7 - ada [03/Nov/2025:14:02:07 +0000] "GET /cart?n=2 HTTP/1.1" 200 12 "ref" "agent"`. The
//! message is the request with its status, `"GET /cart?n=2 HTTP/1.1" 200`; all else is attributes.

use std::borrow::Cow;

use serde_json::Value;

use super::super::clock::{clock, fits};
use super::super::ids;
use super::{Read, object_of, said};
use crate::formats::read::bounded;
use crate::model::runtime::Log;

/// The time in its brackets.
const STAMP: &str = "[00/AAA/0000:00:00:00 ?0000] \"";

pub fn read(text: &str) -> Option<Read<'_>> {
    let at = text.find(" [").map(|at| at + 1)?;
    let rest = text.get(at..).filter(|rest| fits(rest, STAMP))?;
    let ts_ns = clock(rest.get(1..27)?)?;
    let quoted = rest.get(STAMP.len()..)?;
    let (request, after) = until_quote(quoted)?;
    let mut words = after.strip_prefix(' ')?.splitn(3, ' ');
    let (status, size) = (words.next()?, words.next().unwrap_or_default());
    let extra = words.next().unwrap_or_default();
    let code: Option<u16> = status.parse().ok();
    if code.is_none() && status != "-" {
        return None;
    }
    // Client, identity, user; a virtual host may stand before them.
    let before: Vec<&str> = text.get(..at)?.split_ascii_whitespace().collect();
    let (host, client, user) = match before.as_slice() {
        [client, _, user] => ("", *client, *user),
        [host, client, "-", user] => (*host, *client, *user),
        _ => return None,
    };
    let (referrer, agent, extra) = match quoted_pair(extra) {
        Some((referrer, agent, rest)) => (referrer, agent, rest),
        None => ("", "", extra),
    };
    let (method, target, protocol) = parts(request);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let whole = STAMP.len() + request.len() + 2 + status.len();
    let body = rest.get(STAMP.len() - 1..whole)?;
    let (trace_id, span_id) = ids::named(extra);
    let log = Log {
        trace_id,
        span_id,
        body: Some(bounded(body).into()),
        attributes: object_of([
            ("client.address", said(client)),
            ("user.name", said(user)),
            ("server.address", said(host)),
            ("http.request.method", said(method)),
            ("url.path", said(path)),
            ("url.query", said(query)),
            ("network.protocol.version", said(protocol)),
            ("http.response.status_code", code.map(Value::from)),
            (
                "http.response.body.size",
                size.parse().ok().map(|size: u64| size.into()),
            ),
            ("http.request.header.referer", said(referrer)),
            ("user_agent.original", said(agent)),
            ("access_log.rest", said(extra.trim())),
        ])
        .map(Cow::Owned),
        ..Log::default()
    };
    Some((Some(ts_ns), log))
}

/// Method, target and version of a request line; nothing where it is none, as when a client speaks
/// another protocol.
fn parts(request: &str) -> (&str, &str, &str) {
    let mut words = request.split(' ');
    let found = (words.next(), words.next(), words.next(), words.next());
    match found {
        (Some(method), Some(target), Some(version), None)
            if method.bytes().all(|b| b.is_ascii_uppercase()) =>
        {
            let version = version
                .split_once('/')
                .map_or(version, |(_, number)| number);
            (method, target, version)
        }
        _ => ("", "", ""),
    }
}

/// The text up to the closing quote, and what follows; a quote inside is escaped.
fn until_quote(quoted: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    Some((quoted.get(..end)?, quoted.get(end + 1..)?))
}

/// Referrer and user agent of the combined form, and what follows.
fn quoted_pair(text: &str) -> Option<(&str, &str, &str)> {
    let (referrer, rest) = until_quote(text.strip_prefix('"')?)?;
    let (agent, rest) = until_quote(rest.strip_prefix(" \"")?)?;
    Some((referrer, agent, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_combined_form_is_taken_apart() {
        let line = r#"10.0.0.7 - ada [03/Nov/2025:15:02:07 +0100] "GET /cart?n=2 HTTP/1.1" 503 12 "-" "curl/8 \"x\"" 87 0.123 [shop] 10.0.0.8:80"#;
        let (ts_ns, log) = read(line).unwrap();
        assert_eq!(ts_ns, Some(1_762_178_527_000_000_000));
        assert_eq!(log.body.as_deref(), Some(r#""GET /cart?n=2 HTTP/1.1" 503"#));
        assert_eq!(
            log.attributes.as_deref(),
            Some(
                r#"{"client.address":"10.0.0.7","user.name":"ada","http.request.method":"GET","url.path":"/cart","url.query":"n=2","network.protocol.version":"1.1","http.response.status_code":503,"http.response.body.size":12,"user_agent.original":"curl/8 \\\"x\\\"","access_log.rest":"87 0.123 [shop] 10.0.0.8:80"}"#
            )
        );
    }

    #[test]
    fn the_common_form_and_odd_requests_are_read() {
        let (_, log) =
            read(r#"shop.example:443 ::1 - - [03/Nov/2025:14:02:07 +0000] "\x16\x03" 400 -"#)
                .unwrap();
        assert_eq!(log.body.as_deref(), Some(r#""\x16\x03" 400"#));
        assert_eq!(
            log.attributes.as_deref(),
            Some(
                r#"{"client.address":"::1","server.address":"shop.example:443","http.response.status_code":400}"#
            )
        );
        for text in [
            r#"10.0.0.7 - - [03/Nov/2025:14:02:07 +0000] "GET / HTTP/1.1" ok 12"#,
            r#"10.0.0.7 - - [03/Nov/2025:14:02:07 +0000] "GET"#,
            r#"[03/Nov/2025:14:02:07 +0000] "GET / HTTP/1.1" 200 1"#,
            " [",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
