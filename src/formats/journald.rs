//! The systemd journal: `journalctl -o json` and `journalctl -o export` (specification: systemd's
//! "Journal Export Formats", `systemd.journal-fields(7)`).
//!
//! All values are text, times too (`__REALTIME_TIMESTAMP`, microseconds). A value that is no text is
//! an array of bytes in JSON and stands behind its length in the export form; a field that a process
//! repeats is an array; one that is too long is null. Fields that begin with an underscore are the
//! journal's own word, all others the process's. The priority of a service's output is that of its
//! stream, mostly `info`, so a level in the message wins; the message is read as any log line.
//!
//! Docker's and Podman's drivers name the container, and with it the pod. What it is not: the
//! journal's binary files.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::read::json::Outcome;
use super::read::log::dialect::syslog_level;
use super::read::log::envelope::Envelope;
use super::read::{Holders, cut, elements, pod};
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek, has};
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// The journal as JSON.
pub struct Journald;

/// The journal in its export form.
pub struct JournaldExport;

impl Format for Journald {
    fn name(&self) -> &'static str {
        "journald"
    }

    fn about(&self) -> &'static str {
        "systemd journal as JSON: `journalctl -u checkout -o json > journal.json`"
    }

    fn unit(&self) -> &'static str {
        "entry"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`__REALTIME_TIMESTAMP` in each object"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"__REALTIME_TIMESTAMP":"1772546527000000","_SYSTEMD_UNIT":"checkout.service","PRIORITY":"6",
 "MESSAGE":"charged order 142"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if peek.share(|value| has(value, &["__REALTIME_TIMESTAMP"])) >= 50 {
            CERTAIN
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let hint = pod::of_path(chunk.path);
        elements(
            chunk,
            &Holders::default(),
            sink,
            |element, sink| match element.read::<Value>() {
                Ok(Value::Object(fields)) => push(fields, element.span, hint, sink).into(),
                Ok(_) => Outcome::Rejected("the entry is no object".to_owned()),
                Err(why) => Outcome::Rejected(why),
            },
        );
    }
}

impl Format for JournaldExport {
    fn name(&self) -> &'static str {
        "journald_export"
    }

    fn about(&self) -> &'static str {
        "systemd journal in its export form: `journalctl -u checkout -o export > journal.export`"
    }

    fn unit(&self) -> &'static str {
        "entry"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    // A value may hold any byte, so only reading from the start tells where an entry ends.
    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "opens with `__CURSOR=` or `__REALTIME_TIMESTAMP=`"
    }

    fn example(&self) -> &'static [u8] {
        br"__REALTIME_TIMESTAMP=1772546527000000
_SYSTEMD_UNIT=checkout.service
PRIORITY=6
MESSAGE=charged order 142
"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let opens = peek.head.starts_with(b"__CURSOR=") || peek.head.starts_with(b"__REALTIME");
        let dated = memchr::memmem::find(peek.head, b"__REALTIME_TIMESTAMP=").is_some();
        if opens && dated { CERTAIN } else { NO }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let hint = pod::of_path(chunk.path);
        let mut at = 0;
        while let Some(rest) = chunk.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            // Blank lines part entries.
            if rest.first() == Some(&b'\n') {
                at += 1;
                continue;
            }
            let (fields, length) = entry(rest);
            let span = Span::new(chunk.offset + at as u64, length as u64);
            at += length;
            sink.read(1);
            let outcome = match fields {
                Ok(fields) => push(fields, span, hint, sink).into(),
                Err(why) => Outcome::Rejected(why),
            };
            outcome.tally(span, sink);
        }
    }
}

/// Longest value that is kept; a core dump is no log.
const LONGEST: usize = 64 * 1024;

/// The fields of the entry that `bytes` open with, and how long it is. Behind a broken field reading
/// goes on at the next blank line.
fn entry(bytes: &[u8]) -> (Result<Map<String, Value>, String>, usize) {
    let mut fields = Map::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.first() == Some(&b'\n') {
            break;
        }
        let Some((name, value, length)) = field(rest) else {
            let blank = memchr::memmem::find(rest, b"\n\n").map_or(rest.len(), |end| end + 1);
            return (Err("a field of the entry is torn".to_owned()), at + blank);
        };
        let value = Value::from(cut(&String::from_utf8_lossy(value), LONGEST));
        match fields.get_mut(name.as_ref()) {
            Some(Value::Array(values)) => values.push(value),
            Some(known) => *known = Value::Array(vec![known.take(), value]),
            None => {
                fields.insert(name.into_owned(), value);
            }
        }
        at += length;
    }
    (Ok(fields), at)
}

/// One field: `NAME=text`, or `NAME`, a length of 64 bits in little endian, and that many bytes.
fn field(bytes: &[u8]) -> Option<(Cow<'_, str>, &[u8], usize)> {
    let line = memchr::memchr(b'\n', bytes)?;
    let text = bytes.get(..line)?;
    if let Some(equals) = memchr::memchr(b'=', text) {
        let name = String::from_utf8_lossy(text.get(..equals)?);
        return Some((name, text.get(equals + 1..)?, line + 1));
    }
    let start = line + 9;
    let length: [u8; 8] = bytes.get(line + 1..start)?.try_into().ok()?;
    let length = usize::try_from(u64::from_le_bytes(length)).ok()?;
    let end = start.checked_add(length)?;
    let value = bytes.get(start..end)?;
    (bytes.get(end) == Some(&b'\n')).then_some((String::from_utf8_lossy(text), value, end + 1))
}

/// Fields that say where an entry stands in the journal, which its citation does.
const ADDRESSES: [&str; 5] = [
    "__CURSOR",
    "__MONOTONIC_TIMESTAMP",
    "__SEQNUM",
    "__SEQNUM_ID",
    "_SOURCE_MONOTONIC_TIMESTAMP",
];

/// What OpenTelemetry calls a field.
fn attribute(field: &str) -> &str {
    match field {
        "_HOSTNAME" => "host.name",
        "_MACHINE_ID" => "host.id",
        "_PID" => "process.pid",
        "_EXE" => "process.executable.path",
        "_COMM" => "process.executable.name",
        "_CMDLINE" => "process.command_line",
        "CONTAINER_ID_FULL" => "container.id",
        "CONTAINER_NAME" => "container.name",
        "IMAGE_NAME" => "container.image.name",
        "CODE_FILE" => "code.file.path",
        "CODE_LINE" => "code.line.number",
        "CODE_FUNC" => "code.function.name",
        "SYSLOG_FACILITY" => "syslog.facility",
        "SYSLOG_PID" => "syslog.procid",
        field => field,
    }
}

/// Pushes the record of one entry.
fn push(
    mut fields: Map<String, Value>,
    span: Span,
    hint: Option<&str>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let mut take = |name: &str| fields.shift_remove(name).and_then(text);
    let micros = take("__REALTIME_TIMESTAMP").and_then(|text| text.parse().ok());
    let Some(ts_ns) = micros.and_then(time::micros) else {
        return Err("the entry has no __REALTIME_TIMESTAMP".to_owned());
    };
    let message = take("MESSAGE").unwrap_or_default();
    let priority = take("PRIORITY").and_then(|text| text.parse().ok());
    let identifier = take("SYSLOG_IDENTIFIER");
    let pod = fields
        .get("CONTAINER_NAME")
        .and_then(Value::as_str)
        .and_then(pod::of_path)
        .map(str::to_owned);
    let service = fields
        .get("_SYSTEMD_UNIT")
        .and_then(Value::as_str)
        .filter(|_| pod.is_none())
        .and_then(service)
        .map(str::to_owned);
    for name in ADDRESSES {
        fields.shift_remove(name);
    }
    let mut attributes: Map<String, Value> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (attribute(&name).to_owned(), readable(value)))
        .collect();
    if let Some(identifier) = &identifier {
        attributes.insert("syslog.appname".to_owned(), identifier.as_str().into());
    }
    let attributes = (!attributes.is_empty()).then(|| Value::Object(attributes).to_string());
    let envelope = Envelope {
        ts_ns: Some(ts_ns),
        service_name: service
            .or(identifier.filter(|_| pod.is_none()))
            .map(Cow::Owned),
        k8s_pod_name: pod.map(Cow::Owned),
        severity: priority.and_then(syslog_level).map(Cow::Borrowed),
        attributes: attributes.filter(|json| json.len() <= LONGEST),
        ..Envelope::default()
    };
    let (ts_ns, mut log) = envelope.open(Cow::Owned(message));
    pod::hint(&mut log, hint);
    sink.record(Stamp::new(span, ts_ns), &log);
    Ok(())
}

/// The service that a unit is; sessions and containers' scopes are none.
fn service(unit: &str) -> Option<&str> {
    let name = unit.strip_suffix(".service")?;
    let name = name.split('@').next().unwrap_or(name);
    (!matches!(name, "" | "user" | "docker" | "containerd")).then_some(name)
}

/// A field's text: text, bytes, or the first of several.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => bytes(&values)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .or_else(|| text(values.into_iter().next()?)),
        _ => None,
    }
}

/// A value with its bytes as text.
fn readable(value: Value) -> Value {
    match &value {
        Value::Array(values) => bytes(values)
            .map(|bytes| Value::from(String::from_utf8_lossy(&bytes)))
            .unwrap_or(value),
        _ => value,
    }
}

/// The bytes that an array of numbers is.
fn bytes(values: &[Value]) -> Option<Vec<u8>> {
    if values.is_empty() {
        return None;
    }
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    values.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const JSON: &str = r#"{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1762178527000123","__MONOTONIC_TIMESTAMP":"9","_BOOT_ID":"b","PRIORITY":"6","_HOSTNAME":"node-1",
        "_PID":"184","SYSLOG_IDENTIFIER":"checkout-server","_SYSTEMD_UNIT":"checkout@blue.service","_TRANSPORT":"stdout","MESSAGE":"level=error msg=\"no stock\" n=2"}"#;

    fn read(text: &str) -> Seen {
        parse(&Journald, "x", text.as_bytes())
    }

    #[test]
    fn an_entry_fills_its_columns() {
        let seen = read(JSON);
        let row = seen.of("log")[0];
        assert_eq!(seen.times("log"), ["2025-11-03T14:02:07.000123000Z"]);
        assert_eq!(
            (
                &*row["service_name"],
                &*row["body"],
                &*row["severity_number"]
            ),
            ("checkout", "no stock", "17")
        );
        assert_eq!(
            row["attributes"],
            r#"{"_BOOT_ID":"b","host.name":"node-1","process.pid":"184","_SYSTEMD_UNIT":"checkout@blue.service","_TRANSPORT":"stdout","syslog.appname":"checkout-server","n":"2"}"#
        );
        let plain = read(&JSON.replace("level=error msg=", ""));
        assert_eq!(plain.of("log")[0]["severity_text"], "info");
        assert_eq!(sniff(&Journald, JSON.as_bytes()), CERTAIN);
    }

    #[test]
    fn values_come_in_every_form() {
        let row = |message: &str| {
            let text = format!(
                r#"{{"__REALTIME_TIMESTAMP":"1762178527000123","MESSAGE":{message},"X":["a","b"],"Y":[104,105],"Z":null}}"#
            );
            read(&text).of("log")[0].clone()
        };
        let bytes = row("[104,195,169,255]");
        assert_eq!(bytes["body"], "hé\u{fffd}");
        assert_eq!(bytes["attributes"], r#"{"X":["a","b"],"Y":"hi"}"#);
        assert_eq!(row(r#"["one","two"]"#)["body"], "one");
        assert_eq!(row("null")["body"], "");
    }

    #[test]
    fn a_container_is_its_pods() {
        let text = r#"{"__REALTIME_TIMESTAMP":"1762178527000123","_SYSTEMD_UNIT":"docker.service","SYSLOG_IDENTIFIER":"4bf92f3577b3",
            "CONTAINER_NAME":"k8s_server_cart-6d5f9c7b8-x2x4q_shop_0aa1_0","CONTAINER_ID_FULL":"4bf9","MESSAGE":"up"}"#;
        let seen = read(text);
        let row = seen.of("log")[0];
        assert_eq!(
            (&*row["k8s_pod_name"], &*row["service_name"]),
            ("cart-6d5f9c7b8-x2x4q", "cart")
        );
        assert!(row["attributes"].contains(r#""container.id":"4bf9""#));
    }

    fn export() -> Vec<u8> {
        let mut bytes = b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1762178527000123\nPRIORITY=3\n_HOSTNAME=node-1\nMESSAGE\n".to_vec();
        bytes.extend(9_u64.to_le_bytes());
        bytes.extend(b"one\n\ntwo\xff\nX=a\nX=b=c\n\n");
        bytes.extend(b"__REALTIME_TIMESTAMP=1762178528000000\nMESSAGE=next\n");
        bytes
    }

    #[test]
    fn the_export_form_holds_any_byte() {
        let bytes = export();
        let seen = parse(&JournaldExport, "x", &bytes);
        assert_eq!((seen.read, seen.kept), (2, 2));
        let row = seen.of("log")[0];
        assert_eq!(
            (&*row["body"], &*row["severity_text"]),
            ("one\n\ntwo\u{fffd}", "err")
        );
        assert_eq!(
            row["attributes"],
            r#"{"host.name":"node-1","X":["a","b=c"]}"#
        );
        let next = seen.rows[1].1.span;
        assert!(
            bytes[usize::try_from(next.offset).unwrap()..]
                .starts_with(b"__REALTIME_TIMESTAMP=17621785280")
        );
        assert_eq!(sniff(&JournaldExport, &bytes), CERTAIN);
    }

    #[test]
    fn what_is_broken_costs_only_itself() {
        let seen = read(&format!(
            "{{\"MESSAGE\":\"x\",\"__REALTIME_TIMESTAMP\":\"no\"}}\n5\n{}\n{{\"MES",
            JSON.replace('\n', "")
        ));
        assert_eq!((seen.kept, seen.rejects.len()), (1, 3));
        let text = b"__REALTIME_TIMESTAMP=1762178527000123\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx\n\n__REALTIME_TIMESTAMP=1762178528000000\n";
        let seen = parse(&JournaldExport, "x", text);
        assert_eq!((seen.kept, seen.rejects.len()), (1, 1));
    }

    #[test]
    fn any_damage_is_survived() {
        let bytes = export();
        for at in 0..bytes.len() {
            parse(&JournaldExport, "x", &bytes[..at]);
            for byte in [0, b'\n', b'=', 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = byte;
                parse(&JournaldExport, "x", &damaged);
            }
        }
        for end in 0..JSON.len() {
            read(&JSON[..end]);
        }
    }

    #[test]
    fn the_samples_are_read_whole() {
        for (path, bytes) in samples("journald") {
            if path.ends_with("SOURCES.md") {
                continue;
            }
            assert_eq!(sniff(&Journald, &bytes), CERTAIN, "{path}");
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<IgnoredAny>();
            let expected = values.count() as u64;
            let seen = parse(&Journald, &path, &bytes);
            assert_eq!((seen.kept, seen.rejects.len()), (expected, 0), "{path}");
            assert!(
                seen.of("log")
                    .iter()
                    .all(|row| row["service_name"] == "medusa-GpsLocator")
            );
        }
    }
}
