//! Helm releases: which chart and application version was installed, upgraded or rolled back, when.
//! Source: Helm's `pkg/cmd` output writers and `pkg/release` (versions 3 and 4).
//!
//! Met as `helm history`, `helm list`, `helm status` and `helm get metadata` in JSON, history also
//! in YAML and as the table that people paste, and as the release secrets that Helm keeps in the
//! cluster (`sh.helm.release.v1.…`: base64 of base64 of gzip of JSON). The unit is one revision of a
//! release; each becomes a `change`, and one that failed or waits a `change_status` too.
//!
//! `helm history` does not name its release, so there the chart's name stands for the service. The
//! table's times have no zone and are read as UTC; `helm list` writes Go's form (`… +0000 UTC`). Helm
//! knows no image and no digest; a manifest (status, secrets) may name one image, which is taken.
//!
//! What it is not: a reader of charts, or of `--short` lists, which hold names only.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::read::attestation::base64;
use super::read::event::likely;
use super::read::field::{cell, text};
use super::read::github::field::{int, key};
use super::read::json::Outcome;
use super::read::{Holders, elements, lines, yaml};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::delivery::{Change, ChangeStatus};
use crate::model::record::Text;
use crate::model::{EvidenceClass, Sink, Span, Stamp, id, time};

const PROVIDER: Text<'static> = Some(Cow::Borrowed("helm"));

/// Most that a release secret may unpack to, in bytes; etcd bounds the packed one to 1.5 MiB.
const RELEASE_LIMIT: u64 = 16 * 1024 * 1024;

/// Revisions of Helm releases.
pub struct Helm;

impl Format for Helm {
    fn name(&self) -> &'static str {
        "helm"
    }

    fn about(&self) -> &'static str {
        "Helm: helm history RELEASE -o json, helm list -A -o json, kubectl get secrets -l owner=helm -o json"
    }

    fn unit(&self) -> &'static str {
        "revision"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["change", "change_status"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "`revision`, `updated`, `status` and `chart`, as keys or in the head line; `helm.sh/release.v1`"
    }

    fn example(&self) -> &'static [u8] {
        br#"[{"revision":3,"updated":"2026-03-03T14:02:07Z","status":"deployed",
 "chart":"checkout-1.0.0","app_version":"2.4.0","description":"Upgrade complete"}]"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if !peek.values.is_empty() {
            return likely(peek, &["items"], judge);
        }
        if peek.lines().next().is_some_and(is_header) {
            return CERTAIN;
        }
        let head = String::from_utf8_lossy(peek.head);
        let first = yaml::sequence(&head)
            .next()
            .filter(|_| head.starts_with("- "));
        let is_history = |piece: &yaml::Piece<'_>| {
            ["chart", "revision", "status", "updated"]
                .iter()
                .all(|name| piece.field(name).is_some())
        };
        if first.as_ref().is_some_and(is_history) {
            LIKELY
        } else {
            NO
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let bytes = chunk
            .bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(chunk.bytes);
        match bytes.trim_ascii_start().first() {
            Some(b'{' | b'[') => {
                elements(chunk, &Holders::of(&["items"]), sink, |element, sink| {
                    unit(element.read(), element.span, sink)
                });
            }
            Some(b'-') => sequence(chunk, sink),
            _ => table(chunk, sink),
        }
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_secret = text(value, "/type") == Some("helm.sh/release.v1");
    let is_history = has(
        value,
        &["revision", "updated", "status", "chart", "app_version"],
    );
    let is_metadata = has(
        value,
        &["name", "chart", "revision", "deployedAt", "status"],
    );
    let is_status = text(value, "/info/status").is_some()
        && has(value, &["name", "namespace"])
        && value.pointer("/info/last_deployed").is_some();
    match () {
        () if is_secret || is_history || is_metadata => CERTAIN,
        () if is_status => LIKELY,
        () => NO,
    }
}

fn unit(value: Result<Value, String>, span: Span, sink: &mut dyn Sink) -> Outcome {
    let value = match value {
        Ok(value) => value,
        Err(why) => return Outcome::Rejected(why),
    };
    match text(&value, "/type") {
        Some("helm.sh/release.v1") => match unpacked(&value) {
            Ok(release) => revision(&release, span, sink),
            Err(why) => Outcome::Rejected(why),
        },
        Some(_) if value.get("kind").is_some() => Outcome::Ignored("secret of another kind"),
        _ => revision(&value, span, sink),
    }
}

/// The release inside a secret.
fn unpacked(secret: &Value) -> Result<Value, String> {
    let data = text_of(secret, "/data/release").ok_or("a release secret without its data")?;
    let outer = base64::decode(data).ok_or("the release is no base64")?;
    let inner = std::str::from_utf8(&outer).ok().and_then(base64::decode);
    let packed = inner.ok_or("the release is no base64 inside base64")?;
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed.as_slice())
        .take(RELEASE_LIMIT + 1)
        .read_to_end(&mut bytes);
    if read.is_err() {
        return Err("the release is no gzip".to_owned());
    }
    if bytes.len() as u64 > RELEASE_LIMIT {
        return Err("the release unpacks to more than 16 MiB".to_owned());
    }
    serde_json::from_slice(&bytes).map_err(|error| super::read::json::explain(&error))
}

/// Text of any length, where [`text`] would cut it.
fn text_of<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

/// Pushes one revision, whatever command wrote it.
fn revision(value: &Value, span: Span, sink: &mut dyn Sink) -> Outcome {
    let any = |pointers: &[&str]| pointers.iter().find_map(|at| text(value, at));
    let chart = any(&["/chart", "/chart/metadata/name"]);
    let name = text(value, "/name").or_else(|| chart.map(chart_name));
    let Some(name) = name else {
        return Outcome::Rejected("a revision without a release or a chart".to_owned());
    };
    let number = key(value, "/revision")
        .or_else(|| key(value, "/version").filter(|_| value.get("info").is_some()));
    let written = any(&["/updated", "/deployedAt", "/info/last_deployed"]);
    let ts_ns = written.and_then(instant);
    let status = any(&["/status", "/info/status"]).unwrap_or_default();
    let description = cell(value, "/description").or_else(|| cell(value, "/info/description"));
    let namespace = text(value, "/namespace");
    let state = state(status);
    let image = text_of(value, "/manifest").and_then(only_image);
    let change_id = [
        namespace.unwrap_or_default(),
        name,
        number.as_deref().unwrap_or_default(),
        written.unwrap_or_default(),
    ]
    .join("/");
    let is_return = int(value, "/rollback_revision").is_some_and(|number| number > 0)
        || description
            .as_deref()
            .is_some_and(|text| text.starts_with("Rollback to"));
    let action = match status {
        "uninstalled" | "uninstalling" => "delete",
        _ if is_return => "rollback",
        _ => "deploy",
    };
    let version = any(&["/app_version", "/appVersion", "/chart/metadata/appVersion"]);
    let change = Change {
        kind: Some("deploy".into()),
        provider: PROVIDER,
        change_id: Some(change_id.as_str().into()),
        service: Some(name.into()),
        version: version.map(Cow::from),
        digest: image.and_then(id::digest).map(Cow::from),
        image: image.map(Cow::from),
        action: Some(action.into()),
        state: Some(state.into()),
        object: Some(
            namespace
                .map_or_else(
                    || format!("releases/{name}"),
                    |space| format!("releases/{space}/{name}"),
                )
                .into(),
        ),
        description: described(
            description,
            chart,
            text(value, "/version").or_else(|| text(value, "/chart/metadata/version")),
        ),
        started_ns: ts_ns,
        ..Default::default()
    };
    sink.record(Stamp::new(span, ts_ns), &change);
    if matches!(state, "failure" | "pending") {
        let status = ChangeStatus {
            provider: PROVIDER,
            change_id: Some(change_id.as_str().into()),
            state: Some(state.into()),
            description: cell(value, "/description").or_else(|| cell(value, "/info/description")),
            ..Default::default()
        };
        sink.record(Stamp::new(span, ts_ns), &status);
    }
    Outcome::Kept
}

/// What Helm said, and the chart.
fn described<'v>(said: Text<'v>, chart: Option<&'v str>, version: Option<&'v str>) -> Text<'v> {
    let chart = chart.map(|chart| match version {
        Some(version) if !chart.ends_with(version) => format!("{chart}-{version}"),
        _ => chart.to_owned(),
    });
    match (said, chart) {
        (Some(said), Some(chart)) => Some(format!("{said} ({chart})").into()),
        (said, chart) => said.or(chart.map(Cow::from)),
    }
}

/// Helm's status in the words of the other deployers.
fn state(status: &str) -> &'static str {
    match status {
        "failed" => "failure",
        "superseded" | "uninstalled" => "inactive",
        _ if status.starts_with("pending") || status == "uninstalling" => "pending",
        "deployed" => "success",
        _ => "unknown",
    }
}

/// `till` of `till-2.4.0-rc.1`: a version begins with a digit, maybe after a `v`.
fn chart_name(chart: &str) -> &str {
    let begins = |text: &str| {
        let text = text.strip_prefix('v').unwrap_or(text);
        text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.')
    };
    let mut dashes = chart.match_indices('-');
    dashes
        .find(|(at, _)| chart.get(at + 1..).is_some_and(begins))
        .and_then(|(at, _)| chart.get(..at))
        .unwrap_or(chart)
}

/// RFC 3339, Go's `2026-11-03 14:00:00.5 +0000 UTC`, or C's `Tue Nov  3 14:00:00 2026`.
fn instant(text: &str) -> Option<i64> {
    let go = || {
        let mut words = text.split_whitespace();
        let (date, clock, offset) = (words.next()?, words.next()?, words.next()?);
        time::parse(&format!("{date} {clock} {offset}"))
    };
    let c = || {
        let time =
            chrono::NaiveDateTime::parse_from_str(text.trim(), "%a %b %e %H:%M:%S %Y").ok()?;
        time.and_utc().timestamp_nanos_opt()
    };
    time::parse(text).or_else(go).or_else(c)
}

/// The image of a manifest that names only one.
fn only_image(manifest: &str) -> Option<&str> {
    let of_line = |line| {
        let line = str::trim_start(line);
        let image = line
            .strip_prefix("- ")
            .unwrap_or(line)
            .strip_prefix("image:")?;
        Some(image.trim().trim_matches(['"', '\''])).filter(|image| !image.is_empty())
    };
    let mut found = manifest.lines().filter_map(of_line);
    let first = found.next()?;
    found.all(|image| image == first).then_some(first)
}

fn sequence(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let Ok(text) = std::str::from_utf8(chunk.bytes) else {
        let span = Span::new(chunk.offset, chunk.bytes.len() as u64);
        sink.read(1);
        sink.reject(span, "the text is not UTF-8");
        return;
    };
    for piece in yaml::sequence(text) {
        let span = Span::new(chunk.offset + piece.offset as u64, piece.text.len() as u64);
        sink.read(1);
        unit(piece.value(), span, sink).tally(span, sink);
    }
}

/// The header of the table that `helm history` writes.
fn is_header(line: &str) -> bool {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    columns.starts_with(&["REVISION", "UPDATED", "STATUS", "CHART"])
}

fn table(chunk: &Chunk<'_>, sink: &mut dyn Sink) {
    let mut names: Vec<&'static str> = Vec::new();
    for (line, span) in lines(chunk).filter(|(line, _)| !line.trim().is_empty()) {
        if is_header(&line) {
            names = line.split('\t').map(|name| column(name.trim())).collect();
            continue;
        }
        sink.read(1);
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let outcome = if names.is_empty() || cells.len() + 1 < names.len() {
            Outcome::Rejected("not a line of the history: its columns are missing".to_owned())
        } else {
            let members = names
                .iter()
                .zip(&cells)
                .filter(|(_, cell)| !cell.is_empty());
            let object = members
                .map(|(name, cell)| ((*name).to_owned(), json!(cell)))
                .collect();
            revision(&Value::Object(object), span, sink)
        };
        outcome.tally(span, sink);
    }
}

/// The member of the JSON form that a column of the table is.
fn column(name: &str) -> &'static str {
    match name {
        "REVISION" => "revision",
        "UPDATED" => "updated",
        "STATUS" => "status",
        "CHART" => "chart",
        "APP VERSION" => "app_version",
        "ROLLBACK" => "rollback_revision",
        "DESCRIPTION" => "description",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn read(text: &str) -> Seen {
        parse(&Helm, "history", text.as_bytes())
    }

    fn history() -> Value {
        json!([
            {"revision": 1, "updated": "2026-11-01T14:00:00Z", "status": "superseded", "chart": "till-web-0.4.1-rc.1", "app_version": "2.3.0", "description": "Install complete"},
            {"revision": 2, "updated": "2026-11-02T14:00:00+01:00", "status": "failed", "chart": "till-web-0.4.2", "app_version": "2.4.0", "description": "Upgrade failed"},
            {"revision": 3, "updated": "2026-11-03T14:00:00Z", "status": "deployed", "chart": "till-web-0.4.1-rc.1", "app_version": "2.3.0", "rollback_revision": 1, "description": "Rollback to 1"},
        ])
    }

    #[test]
    fn history_tells_every_revision() {
        let seen = read(&history().to_string());
        let rows = seen.of("change");
        for (column, expected) in [
            ("kind", "deploy"),
            ("provider", "helm"),
            ("change_id", "/till-web/3/2026-11-03T14:00:00Z"),
            ("service", "till-web"),
            ("version", "2.3.0"),
            ("action", "rollback"),
            ("state", "success"),
            ("object", "releases/till-web"),
            ("description", "Rollback to 1 (till-web-0.4.1-rc.1)"),
        ] {
            assert_eq!(rows[2][column], expected, "{column}");
        }
        assert_eq!(
            rows.iter()
                .map(|row| row["state"].as_str())
                .collect::<Vec<_>>(),
            ["inactive", "failure", "success"]
        );
        assert_eq!(seen.of("change_status").len(), 1);
        assert_eq!(seen.times("change")[1], "2026-11-02T13:00:00.000000000Z");
    }

    #[test]
    fn table_and_yaml_say_the_same() {
        let table = "REVISION\tUPDATED                 \tSTATUS    \tCHART   \tAPP VERSION\tROLLBACK\tDESCRIPTION\n\
                     3       \tTue Nov  3 14:00:00 2026\tdeployed  \ttill-1.0\t2.4.0      \t1       \tRollback to 1\nbroken\n";
        let yaml = "- app_version: 2.4.0\n  chart: till-1.0\n  description: Rollback to 1\n  revision: 3\n  status: deployed\n  updated: \"2026-11-03T14:00:00Z\"\n";
        for text in [table, yaml] {
            assert!(sniff(&Helm, text.as_bytes()) >= LIKELY);
            let seen = read(text);
            let row = seen.of("change")[0];
            assert_eq!(
                (
                    row["service"].as_str(),
                    row["version"].as_str(),
                    row["action"].as_str()
                ),
                ("till", "2.4.0", "rollback")
            );
            assert_eq!(seen.times("change"), ["2026-11-03T14:00:00.000000000Z"]);
        }
        assert_eq!(read(table).rejects.len(), 1);
    }

    #[test]
    fn lists_name_their_releases() {
        let list = json!([{"name": "till-prod", "namespace": "shop", "revision": "7", "updated": "2026-11-03 15:00:00.25 +0100 CET",
            "status": "pending-upgrade", "chart": "till-1.0.0", "app_version": "2.4.0"}]);
        let seen = read(&list.to_string());
        let row = seen.of("change")[0];
        assert_eq!(
            (
                row["service"].as_str(),
                row["object"].as_str(),
                row["state"].as_str()
            ),
            ("till-prod", "releases/shop/till-prod", "pending")
        );
        assert_eq!(seen.times("change"), ["2026-11-03T14:00:00.250000000Z"]);
    }

    fn secret(release: &[u8]) -> Value {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(release).unwrap();
        let data = STANDARD.encode(STANDARD.encode(packer.finish().unwrap()));
        json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": {"name": "sh.helm.release.v1.till.v2"}, "data": {"release": data}})
    }

    #[test]
    fn release_secrets_are_unpacked() {
        let image = format!("registry.local/till@sha256:{}", "ab".repeat(32));
        let release = json!({"name": "till", "namespace": "shop", "version": 2, "info": {"last_deployed": "2026-11-03T14:00:00.123456789Z", "status": "deployed", "description": "Upgrade complete"},
            "chart": {"metadata": {"name": "till", "version": "0.4.2", "appVersion": "2.4.0"}}, "manifest": format!("kind: Deployment\n        - image: \"{image}\"\n          image: {image}\n")});
        let list = json!({"kind": "List", "items": [secret(release.to_string().as_bytes()), {"kind": "Secret", "type": "Opaque"}]}).to_string();
        assert_eq!(sniff(&Helm, list.as_bytes()), CERTAIN);
        let seen = read(&list);
        let row = seen.of("change")[0];
        for (column, expected) in [
            ("service", "till"),
            ("change_id", "shop/till/2/2026-11-03T14:00:00.123456789Z"),
            ("version", "2.4.0"),
            ("image", image.as_str()),
            ("description", "Upgrade complete (till-0.4.2)"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!((seen.kept, seen.ignored.values().sum::<u64>()), (1, 1));
    }

    #[test]
    fn a_secret_that_is_no_release_is_rejected() {
        for (release, why) in [
            (
                json!({"type": "helm.sh/release.v1", "data": {"release": "!"}}),
                "base64",
            ),
            (
                json!({"type": "helm.sh/release.v1", "data": {"release": STANDARD.encode(STANDARD.encode("plain"))}}),
                "gzip",
            ),
            (secret(b"{"), "cut off"),
            (secret(&vec![b' '; 17 * 1024 * 1024]), "16 MiB"),
        ] {
            let seen = read(&release.to_string());
            assert!(seen.rejects[0].1.contains(why), "{:?}", seen.rejects);
        }
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&Helm, history().to_string().as_bytes());
        torn_and_flipped(
            &Helm,
            b"REVISION\tUPDATED\tSTATUS\tCHART\n1\tx\tdeployed\ttill-1.0\n",
        );
        torn_and_flipped(
            &Helm,
            b"- chart: till-1.0\n  revision: 3\n  status: deployed\n  updated: x\n",
        );
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("helm") {
            // Short lists hold names only.
            let is_read = !path.contains("short");
            assert_eq!(sniff(&Helm, &bytes) >= LIKELY, is_read, "{path}");
            if is_read {
                let seen = parse(&Helm, &path, &bytes);
                assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
                assert!(
                    seen.kept > 0 && seen.of("change").len() as u64 == seen.kept,
                    "{path}"
                );
                let times = seen.times("change");
                assert!(
                    times
                        .iter()
                        .all(|time| time.starts_with("1977-09-02T22:04:05")
                            || time.starts_with("2016-")),
                    "{path}: {times:?}"
                );
            }
        }
    }
}
