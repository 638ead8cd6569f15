//! git history that somebody made into JSON with a format string: `git log
//! --format='{"commit":"%H","author":"%an","date":"%aI","subject":"%s"}'`.
//!
//! A recipe of many blogs, and a bad one: git does not escape, so the first quote, backslash or tab in
//! a name or subject breaks the line. So it is read line by line, and a broken line costs itself; the
//! export that `git_log` asks for breaks on nothing. Names of members are everybody's own: those that
//! are met are read (`commit`, `hash` or `sha`; `parents`; `author`, `author_name`, `author_email`;
//! `date` or `author_date`; `committer…`; `commit_date`; `subject` or `message`; `body`; `refs`). One date alone
//! is the author's, because recipes take `%ad` or `%aI`. What it is not: an API's export.

use std::borrow::Cow;

use serde_json::Value;

use super::read::git::message::Message;
use super::read::{bounded, field, json, lines};
use super::{Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::code::Commit;
use crate::model::{EvidenceClass, Sink, Stamp, id, time};

const IDS: [&str; 5] = ["/commit", "/hash", "/sha", "/commit_hash", "/id"];
const SUBJECTS: [&str; 3] = ["/subject", "/message", "/title"];
const DATES: [&str; 4] = ["/author_date", "/authorDate", "/date", "/timestamp"];

/// `git log` with a format string that looks like JSON.
pub struct GitLogJson;

impl Format for GitLogJson {
    fn name(&self) -> &'static str {
        "git_log_json"
    }

    fn about(&self) -> &'static str {
        "git history as home-made JSON lines: git log --format='{\"commit\":\"%H\",…}' (better take git_log's command)"
    }

    fn unit(&self) -> &'static str {
        "line"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["commit"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "flat objects with a full commit id under `commit`, `hash` or `sha`, and a subject or an author"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"commit":"9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345","author":"Ines Roth","subject":"Charge once"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let commit = |value: &Value| {
            let sha = first(value, &IDS[..4]).and_then(id::commit);
            let said = first(value, &SUBJECTS).is_some()
                || first(value, &["/author", "/author_name"]).is_some();
            // Objects of an API have objects inside.
            let flat = value
                .as_object()
                .is_some_and(|object| object.values().all(|it| !it.is_object()));
            sha.is_some() && said && flat
        };
        if peek.share(commit) >= 50 { LIKELY } else { NO }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        for (line, span) in lines(chunk) {
            // Some recipes make an array of it.
            let text = line.trim().trim_end_matches(',');
            if matches!(text, "" | "[" | "]" | "\u{feff}") {
                continue;
            }
            sink.read(1);
            match json::value(text.as_bytes()) {
                Ok(value) => match commit(&value) {
                    Some((row, ts_ns)) => {
                        sink.record(Stamp::new(span, ts_ns), &row);
                        sink.keep(1);
                    }
                    None => sink.reject(span, "no full commit id"),
                },
                Err(why) => sink.reject(
                    span,
                    &format!("{why}; git does not escape what it puts between quotes"),
                ),
            }
        }
    }
}

fn first<'v>(value: &'v Value, pointers: &[&str]) -> Option<&'v str> {
    pointers.iter().find_map(|at| field::text(value, at))
}

fn commit(value: &Value) -> Option<(Commit<'_>, Option<i64>)> {
    let sha = first(value, &IDS).and_then(id::commit)?;
    let date = |pointers: &[&str]| {
        let text = first(value, pointers);
        let number = || pointers.iter().find_map(|at| value.pointer(at)?.as_i64());
        let seconds = text.and_then(|text| text.parse().ok()).or_else(number);
        seconds
            .and_then(time::seconds)
            .or_else(|| time::parse(text?))
    };
    let authored_ns = date(&DATES);
    let committed_ns = date(&[
        "/commit_date",
        "/committer_date",
        "/committerDate",
        "/committed",
    ]);
    let author = person(
        value,
        &["/author", "/author_name", "/authorName"],
        &["/author_email", "/email", "/authorEmail"],
    );
    let committer = person(
        value,
        &["/committer", "/committer_name"],
        &["/committer_email"],
    );
    let subject = first(value, &SUBJECTS).unwrap_or_default();
    let body = first(value, &["/body"]).unwrap_or_default();
    let message = Message::new(&format!("{subject}\n\n{body}"));
    let parents = match value.get("parents").or_else(|| value.get("parent")) {
        Some(Value::Array(ids)) => ids
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        Some(Value::String(ids)) => ids.clone(),
        _ => String::new(),
    };
    let cell = |text: String| (!text.is_empty()).then(|| Cow::Owned(bounded(&text).to_owned()));
    let row = Commit {
        sha: Some(sha.into()),
        tree: first(value, &["/tree"])
            .and_then(id::commit)
            .map(Into::into),
        parents: cell(parents.to_ascii_lowercase()),
        author_name: author.0,
        author_email: author.1,
        authored_ns,
        committer_name: committer.0,
        committer_email: committer.1,
        committed_ns,
        refs: first(value, &["/refs"]).map(Into::into),
        subject: cell(message.subject),
        body: cell(message.body),
        trailers: cell(message.trailers),
        ..Commit::default()
    };
    Some((row, committed_ns.or(authored_ns)))
}

type Person<'v> = (Option<Cow<'v, str>>, Option<Cow<'v, str>>);

/// Name and address, which one member may hold together.
fn person<'v>(value: &'v Value, names: &[&str], emails: &[&str]) -> Person<'v> {
    let name = first(value, names).unwrap_or_default();
    let (name, inside) = match name.split_once('<') {
        Some((name, rest)) => (name.trim(), Some(rest.trim_end_matches('>').trim())),
        None => (name, None),
    };
    let email = first(value, emails).or(inside);
    let cell = |text: &'v str| (!text.is_empty()).then_some(Cow::Borrowed(text));
    (cell(name), email.and_then(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{parse, samples, sniff};

    #[test]
    fn lines_are_read_one_by_one() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let text = format!(
            "[\n{{\"commit\":\"{a}\",\"parents\":\"{b}\",\"author\":\"Ada Vu <ada@ex.org>\",\"date\":\"2026-03-01T12:00:00+02:00\",\"subject\":\"Pay once\"}},\n{{\"commit\":\"{b}\",\"subject\":\"say \"hi\"\"}},\n{{\"hash\":\"{b}\",\"author_name\":\"Bo\",\"author_email\":\"bo@ex.org\",\"timestamp\":1772359200,\"commit_date\":\"1772359260\",\"message\":\"x\"}}\n{{\"commit\":\"abc\"}}\n]\n"
        );
        assert_eq!(
            sniff(&GitLogJson, text.trim_start_matches("[\n").as_bytes()),
            LIKELY
        );
        let seen = parse(&GitLogJson, "x", text.as_bytes());
        assert_eq!((seen.read, seen.kept, seen.rejects.len()), (4, 2, 2));
        let rows = seen.of("commit");
        assert_eq!(
            (&*rows[0]["author_name"], &*rows[0]["author_email"]),
            ("Ada Vu", "ada@ex.org")
        );
        assert_eq!(
            (&*rows[0]["parents"], &*rows[0]["subject"]),
            (b.as_str(), "Pay once")
        );
        assert!(!rows[0].contains_key("committed_ns"));
        assert_eq!(
            seen.times("commit"),
            [
                "2026-03-01T10:00:00.000000000Z",
                "2026-03-01T10:01:00.000000000Z"
            ]
        );
    }

    #[test]
    fn samples_are_read_as_far_as_they_are_json() {
        for (path, bytes) in samples("git") {
            if !path.contains("naive-json") {
                continue;
            }
            let format = crate::formats::sniff(&path, &bytes)
                .format
                .map(Format::name);
            assert_eq!(format, Some("git_log_json"), "{path}");
            let seen = parse(&GitLogJson, &path, &bytes);
            let text = String::from_utf8(bytes).unwrap();
            let sound = text
                .lines()
                .filter(|line| serde_json::from_str::<Value>(line).is_ok());
            assert_eq!(
                (seen.read, seen.kept),
                (text.lines().count() as u64, sound.count() as u64),
                "{path}"
            );
        }
    }
}
