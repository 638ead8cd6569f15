//! Log files as container runtimes write them: Docker's `json-file` driver and the CRI format of
//! containerd and CRI-O (sources: `moby/moby` `daemon/logger/jsonfilelog`, Kubernetes'
//! `design-proposals-archive/node/kubelet-cri-logging.md`).
//!
//! A line is `{"log":"…\n","stream":"stdout","time":"…"}`, or `<time> stdout F text`. Runtimes cut
//! long lines, at 16 KiB mostly: Docker leaves out the newline, CRI writes `P` for "partial", and
//! both go on in the next entry of the same stream, so the two streams are put together apart. A
//! stack trace stays with its message. The time is the runtime's, whatever the line says itself;
//! the line is read as any log line: JSON, logfmt, klog, access logs, text. The pod comes from the
//! file's path, which the kubelet names after it.
//!
//! What it is not: `kubectl logs` or `docker logs`, which strip all this off.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::read::log::envelope::Envelope;
use super::read::{TEXT_LIMIT, lines, pod};
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Container runtimes' log files.
pub struct ContainerLog;

impl Format for ContainerLog {
    fn name(&self) -> &'static str {
        "container_log"
    }

    fn about(&self) -> &'static str {
        "Container logs as the runtime keeps them: /var/log/pods/*/*/*.log, /var/lib/docker/containers/*/*-json.log"
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
        "lines of time, `stdout` or `stderr`, `F` or `P`; or objects of `log`, `stream` and `time`"
    }

    fn example(&self) -> &'static [u8] {
        b"2026-03-03T14:02:07.123456789Z stdout F charged order 142\n"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let docker = |value: &Value| {
            let stream = value["stream"].as_str();
            let only = value.as_object().is_some_and(|members| {
                let known =
                    |key: &String| matches!(key.as_str(), "log" | "stream" | "time" | "attrs");
                members.keys().all(known)
            });
            has(value, &["log", "time"]) && matches!(stream, Some("stdout" | "stderr")) && only
        };
        let whole = || peek.lines().filter(|line| !line.is_empty());
        let cri = whole().filter(|line| cri(line).is_some()).count();
        let one_a_line = || {
            peek.lines()
                .next()
                .is_some_and(|line| line.starts_with("{\""))
        };
        if (peek.share(docker) >= 50 && one_a_line()) || (cri > 0 && cri * 2 > whole().count()) {
            CERTAIN
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader {
            pod: pod::of_path(chunk.path),
            open: [None, None],
            sink,
        };
        for (line, span) in lines(chunk) {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(entry) = Entry::of(&line) {
                reader.take(entry, span);
            } else {
                reader.sink.read(1);
                reader.sink.reject(span, "no entry of a container runtime");
            }
        }
        reader.flush(0);
        reader.flush(1);
    }
}

/// One line of the file.
struct Entry<'t> {
    ts_ns: Option<i64>,
    stream: &'static str,
    text: Cow<'t, str>,
    /// The process's line goes on in the next entry.
    partial: bool,
    /// What `--log-opt labels` and `env` add.
    attrs: Option<Value>,
}

/// A line of Docker's.
#[derive(Deserialize)]
struct Docker<'t> {
    #[serde(borrow)]
    log: Option<Cow<'t, str>>,
    #[serde(borrow)]
    stream: Option<Cow<'t, str>>,
    #[serde(borrow)]
    time: Option<Cow<'t, str>>,
    attrs: Option<Value>,
}

impl<'t> Entry<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        if line.starts_with('{') {
            Self::of_docker(line)
        } else {
            cri(line)
        }
    }

    fn of_docker(line: &'t str) -> Option<Self> {
        let docker: Docker<'t> = serde_json::from_str(line).ok()?;
        let mut text = docker.log?;
        let partial = !text.ends_with('\n');
        match &mut text {
            Cow::Borrowed(text) => *text = text.trim_end_matches(['\r', '\n']),
            Cow::Owned(text) => text.truncate(text.trim_end_matches(['\r', '\n']).len()),
        }
        Some(Self {
            ts_ns: docker.time.as_deref().and_then(time::parse),
            stream: stream(docker.stream.as_deref().unwrap_or("stdout"))?,
            text,
            partial,
            attrs: docker.attrs,
        })
    }
}

/// `<time> stdout|stderr <tags> text`; the first of the tags, which colons part, is `F` or `P`.
fn cri(line: &str) -> Option<Entry<'_>> {
    let (stamp, rest) = line.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    let stream = stream(name)?;
    let (tags, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let partial = match tags.split(':').next()? {
        "P" => true,
        "F" => false,
        _ => return None,
    };
    let ts_ns = Some(time::parse(stamp).filter(|_| stamp.len() >= 20)?);
    Some(Entry {
        ts_ns,
        stream,
        text: text.into(),
        partial,
        attrs: None,
    })
}

fn stream(name: &str) -> Option<&'static str> {
    match name {
        "stdout" => Some("stdout"),
        "stderr" => Some("stderr"),
        _ => None,
    }
}

/// A record whose entries are still coming in.
struct Open {
    ts_ns: Option<i64>,
    text: String,
    partial: bool,
    attrs: Option<Value>,
    span: Span,
}

impl Open {
    /// True where `next` belongs to it: the rest of its line, or the next line of a stack trace.
    fn goes_on_with(&self, next: &Entry<'_>) -> bool {
        let trace = || {
            let indented = next.text.starts_with('\t') || next.text.starts_with("    ");
            (indented || next.text.starts_with("Caused by: "))
                && !self.text.starts_with('{')
                && self.text.len() < TEXT_LIMIT
        };
        self.partial || trace()
    }

    fn append(&mut self, next: &Entry<'_>, span: Span) {
        // What is longer than a cell is cited, not kept.
        if self.text.len() < TEXT_LIMIT {
            if !self.partial {
                self.text.push('\n');
            }
            self.text.push_str(&next.text);
        }
        self.partial = next.partial;
        let end = span.offset.saturating_add(span.length);
        self.span.length = end.saturating_sub(self.span.offset);
    }
}

/// Puts entries together, each stream apart.
struct Reader<'a, 's> {
    pod: Option<&'a str>,
    /// What is open on standard output and on standard error.
    open: [Option<Open>; 2],
    sink: &'s mut dyn Sink,
}

impl Reader<'_, '_> {
    fn take(&mut self, entry: Entry<'_>, span: Span) {
        let place = usize::from(entry.stream == "stderr");
        if let Some(Some(open)) = self.open.get_mut(place)
            && open.goes_on_with(&entry)
        {
            return open.append(&entry, span);
        }
        self.flush(place);
        if let Some(slot) = self.open.get_mut(place) {
            *slot = Some(Open {
                ts_ns: entry.ts_ns,
                text: entry.text.into_owned(),
                partial: entry.partial,
                attrs: entry.attrs,
                span,
            });
        }
    }

    /// Pushes what is open on a stream.
    fn flush(&mut self, place: usize) {
        let Some(open) = self.open.get_mut(place).and_then(Option::take) else {
            return;
        };
        let stream = if place == 0 { "stdout" } else { "stderr" };
        let mut attributes = serde_json::json!({ "log.iostream": stream });
        if let (Some(all), Some(Value::Object(attrs))) = (attributes.as_object_mut(), open.attrs) {
            all.extend(attrs);
        }
        let envelope = Envelope {
            ts_ns: open.ts_ns,
            attributes: Some(attributes.to_string()),
            ..Envelope::default()
        };
        let (ts_ns, mut log) = envelope.open(Cow::Owned(open.text));
        pod::hint(&mut log, self.pod);
        self.sink.read(1);
        self.sink.record(Stamp::new(open.span, ts_ns), &log);
        self.sink.keep(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const PATH: &str = "pods/shop_cart-6d5f9c7b8-x2x4q_0aa1/server/0.log";

    fn read(text: &str) -> Seen {
        parse(&ContainerLog, PATH, text.as_bytes())
    }

    fn bodies(seen: &Seen) -> Vec<String> {
        seen.of("log")
            .iter()
            .map(|row| row["body"].clone())
            .collect()
    }

    #[test]
    fn the_runtime_says_when_and_the_line_says_what() {
        for text in [
            r#"{"log":"{\"ts\":\"2025-11-03T22:02:07Z\",\"level\":\"error\",\"msg\":\"no stock\",\"n\":2}\n","stream":"stderr","time":"2025-11-03T14:02:07.5Z"}"#,
            r#"2025-11-03T15:02:07.500000000+01:00 stderr F {"ts":"2025-11-03T22:02:07Z","level":"error","msg":"no stock","n":2}"#,
        ] {
            let seen = read(text);
            assert_eq!((seen.read, seen.kept), (1, 1), "{text}");
            let row = seen.of("log")[0];
            assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.500000000Z"]);
            assert_eq!(
                (&*row["body"], &*row["severity_number"], &*row["attributes"]),
                ("no stock", "17", r#"{"log.iostream":"stderr","n":2}"#)
            );
            assert_eq!(
                (&*row["k8s_pod_name"], &*row["service_name"]),
                ("cart-6d5f9c7b8-x2x4q", "cart")
            );
            assert_eq!(sniff(&ContainerLog, text.as_bytes()), CERTAIN);
        }
    }

    #[test]
    fn lines_inside_are_read_in_their_dialect() {
        let at = "2025-11-03T14:02:07Z stdout F ";
        for (line, body, severity) in [
            ("level=warn ts=1 msg=low", "low", "13"),
            ("E1103 14:02:07.123456 1 cart.go:9] lost", "lost", "17"),
            (
                "16:02:07.123 INFO  c.e.Cart#12 added",
                "16:02:07.123 INFO  c.e.Cart#12 added",
                "9",
            ),
            (
                "2025-11-03 22:02:07,123 ERROR no stock",
                "ERROR no stock",
                "17",
            ),
        ] {
            let seen = read(&format!("{at}{line}\n"));
            assert_eq!(
                seen.times("log"),
                ["2025-11-03T14:02:07.000000000Z"],
                "{line}"
            );
            let row = seen.of("log")[0];
            assert_eq!((&*row["body"], &*row["severity_number"]), (body, severity));
        }
        let access = read(&format!(
            "{at}10.0.0.7 - - [03/Nov/2025:22:02:07 +0800] \"GET / HTTP/1.1\" 200 1\n"
        ));
        assert_eq!(bodies(&access), [r#""GET / HTTP/1.1" 200"#]);
    }

    #[test]
    fn what_the_runtime_cut_is_put_together_stream_by_stream() {
        let cri = "2025-11-03T14:02:07.1Z stdout P one, \n2025-11-03T14:02:07.2Z stderr F other\n\
                   2025-11-03T14:02:07.3Z stdout P:x two, \n2025-11-03T14:02:07.4Z stdout F three\n\
                   2025-11-03T14:02:07.5Z stdout F\n2025-11-03T14:02:07.6Z stdout P torn";
        let seen = read(cri);
        assert_eq!(bodies(&seen), ["one, two, three", "", "torn", "other"]);
        let (_, stamp, _) = &seen.rows[0];
        assert_eq!(
            stamp.span,
            Span::new(0, cri.find("2025-11-03T14:02:07.5").unwrap() as u64)
        );
        let docker = "{\"log\":\"one, \",\"stream\":\"stdout\",\"time\":\"2025-11-03T14:02:07Z\"}\n\
                      {\"log\":\"two\\r\\n\",\"stream\":\"stdout\",\"time\":\"2025-11-03T14:02:08Z\"}\n";
        let seen = read(docker);
        assert_eq!(bodies(&seen), ["one, two"]);
        assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.000000000Z"]);
    }

    #[test]
    fn a_stack_trace_stays_with_its_message() {
        let seen = read(
            "2025-11-03T14:02:07.1Z stdout F ERROR no stock\n2025-11-03T14:02:07.2Z stdout F \tat shop.Cart\n\
             2025-11-03T14:02:07.3Z stdout F Caused by: shop.Empty\n2025-11-03T14:02:07.4Z stdout F next\n",
        );
        assert_eq!(
            bodies(&seen),
            [
                "ERROR no stock\n\tat shop.Cart\nCaused by: shop.Empty",
                "next"
            ]
        );
    }

    #[test]
    fn labels_of_the_driver_stay_and_foreign_lines_are_rejected() {
        let seen = read(
            "{\"log\":\"up\\n\",\"stream\":\"stdout\",\"attrs\":{\"tag\":\"cart\"},\"time\":\"soon\"}\n\
             {\"stream\":\"stdout\"}\nplain text\n{\"log\":\"to\n",
        );
        assert_eq!((seen.kept, seen.rejects.len()), (1, 3));
        assert_eq!(
            seen.of("log")[0]["attributes"],
            r#"{"log.iostream":"stdout","tag":"cart"}"#
        );
        assert_eq!(seen.times("log"), [""]);
    }

    #[test]
    fn any_damage_is_survived() {
        let text = "{\"log\":\"{\\\"msg\\\":\\\"é\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2025-11-03T14:02:07Z\"}\n\
                    2025-11-03T14:02:07.1Z stdout P é \n2025-11-03T14:02:07.1Z stderr F <1>\n";
        for end in 0..=text.len() {
            let mut bytes = text.as_bytes()[..end].to_vec();
            parse(&ContainerLog, PATH, &bytes);
            for flip in [0x01, 0x20, 0x55, 0x80] {
                if let Some(byte) = bytes.get_mut(end / 2) {
                    *byte ^= flip;
                }
                parse(&ContainerLog, PATH, &bytes);
            }
        }
        let long = format!("2025-11-03T14:02:07Z stdout P {}\n", "x".repeat(16_384)).repeat(40);
        let seen = read(&long);
        assert_eq!(
            (seen.kept, seen.of("log")[0]["body"].len()),
            (1, TEXT_LIMIT)
        );
    }

    #[test]
    fn other_logs_are_left_alone() {
        for text in [
            "2025-11-03T14:02:07Z INFO up\n",
            "{\"log\":\"x\",\"level\":\"info\",\"time\":1}\n",
            "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2025-11-03T14:02:07Z\",\"kubernetes\":{}}\n",
            "",
        ] {
            assert_eq!(sniff(&ContainerLog, text.as_bytes()), NO, "{text}");
        }
        for (path, bytes) in samples("app-logs") {
            assert_eq!(sniff(&ContainerLog, &bytes), NO, "{path}");
        }
    }

    #[test]
    fn the_samples_are_read_whole() {
        for (path, bytes) in samples("k8s-pod-logs") {
            if path.ends_with("SOURCES.md") {
                continue;
            }
            assert_eq!(sniff(&ContainerLog, &bytes), CERTAIN, "{path}");
            let seen = parse(&ContainerLog, &path, &bytes);
            let entries = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
            // Each entry is a record: none is cut, none goes on.
            assert_eq!(
                (seen.kept, seen.rejects.len()),
                (entries.count() as u64, 0),
                "{path}"
            );
            assert!(
                seen.times("log")
                    .iter()
                    .all(|time| time.starts_with("2023-01-29T08:"))
            );
        }
    }
}
