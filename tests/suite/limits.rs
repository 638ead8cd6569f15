//! Bounds on hostile input, held with small bounds instead of huge files.
//!
//! What goes past a bound is cut off and named; what stands beside it is read as if nothing was.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use shipwake::ingest::{FileReport, Limits, Options, Report};
use shipwake::query::answer::Window;
use shipwake::query::rejects;

use crate::support::bytes::{gzip, log, record, tar, zip};
use crate::support::cases::TempCase;
use crate::support::put;

const MIB: u64 = 1 << 20;

/// Loads `bytes` as `name`, with a good file beside it that must be read whatever happens.
fn load(name: &str, bytes: &[u8], limits: Limits) -> (TempCase, Report) {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    put(&folder, name, bytes);
    put(&folder, "zz-good.jsonl", log(0..20, "good"));
    let report = case.load_with(
        &[&folder],
        &Options {
            threads: 2,
            limits,
            ..Options::default()
        },
    );
    let good = file(&report, "zz-good.jsonl");
    assert_eq!((good.state.as_str(), good.kept), ("loaded", 20));
    for file in &report.files {
        assert_eq!(
            file.read,
            file.kept + file.rejected + file.ignored,
            "{file:?}"
        );
    }
    (case, report)
}

#[track_caller]
fn file<'a>(report: &'a Report, path: &str) -> &'a FileReport {
    let found = report.files.iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("no {path} in the report"))
}

/// A DSSE envelope around `payload`, on one line.
fn envelope(kind: &str, payload: &[u8]) -> String {
    let payload = BASE64_STANDARD.encode(payload);
    format!(r#"{{"payloadType":"{kind}","payload":"{payload}","signatures":[{{"sig":"AAAA"}}]}}"#)
}

fn small() -> Limits {
    Limits {
        free: MIB,
        ratio: 10,
        expanded: 4 * MIB,
        ..Limits::default()
    }
}

fn zeros(mebibytes: u64) -> Vec<u8> {
    vec![0; usize::try_from(mebibytes * MIB).unwrap()]
}

#[test]
fn a_gzip_bomb_is_cut_off_and_named() {
    let (_, report) = load("bomb.gz", &gzip(&zeros(64)), small());
    let bomb = file(&report, "bomb.gz");
    assert_eq!(bomb.state, "truncated");
    assert!(bomb.note.as_ref().unwrap().contains("bomb"), "{bomb:?}");
    let inside = file(&report, "bomb.gz!bomb");
    assert_eq!(inside.state, "truncated");
    // 64 MiB of zeros are 64 KiB of gzip, so the ratio allows less than what is free.
    assert!(inside.bytes <= MIB, "{inside:?}");
}

#[test]
fn a_zip_bomb_is_cut_off_and_named() {
    let (_, report) = load(
        "bomb.zip",
        &zip(&[("a", &zeros(64)), ("b.jsonl", &log(0..3, "b"))]),
        small(),
    );
    let bomb = file(&report, "bomb.zip!a");
    assert_eq!(bomb.state, "truncated");
    assert!(
        bomb.note.as_ref().unwrap().contains("bomb") && bomb.bytes <= MIB,
        "{bomb:?}"
    );
    assert_eq!(file(&report, "bomb.zip!b.jsonl").kept, 3);
}

/// [`Limits::expanded`] bounds one archive, not each of its members.
#[test]
fn many_members_are_no_way_around_the_bound() {
    let members: Vec<(String, Vec<u8>)> = (0..12)
        .map(|number| {
            (
                format!("{number:02}"),
                [zeros(1)[1..].to_vec(), vec![number]].concat(),
            )
        })
        .collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let (_, report) = load("many.zip", &zip(&members), small());
    let total: u64 = report
        .files
        .iter()
        .filter(|file| file.path.contains('!'))
        .map(|file| file.bytes)
        .sum();
    assert!(
        total <= 4 * MIB,
        "12 members of 1 MiB unfolded to {total} bytes"
    );
}

#[test]
fn an_archive_of_too_many_members_is_read_up_to_the_bound() {
    let members: Vec<(String, Vec<u8>)> = (0..9)
        .map(|number| (format!("{number}.jsonl"), log(number..number + 1, "m")))
        .collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let (_, report) = load(
        "many.tar",
        &tar(&members),
        Limits {
            members: 5,
            ..Limits::default()
        },
    );
    let archive = file(&report, "many.tar");
    assert_eq!(archive.state, "truncated");
    assert!(
        archive
            .note
            .as_ref()
            .unwrap()
            .contains("more than 5 members"),
        "{archive:?}"
    );
    assert_eq!(
        report
            .files
            .iter()
            .filter(|file| file.path.starts_with("many.tar!"))
            .count(),
        5
    );
}

#[test]
fn nesting_ends_at_its_depth() {
    let mut bytes = log(0..3, "deep");
    for _ in 0..5 {
        bytes = gzip(&bytes);
    }
    let (_, report) = load(
        "deep",
        &bytes,
        Limits {
            depth: 3,
            ..Limits::default()
        },
    );
    let deepest = file(&report, "deep!content!content!content");
    assert_eq!(deepest.state, "refused");
    assert!(
        deepest.note.as_ref().unwrap().contains("too deep"),
        "{deepest:?}"
    );
}

#[test]
fn a_record_past_its_bound_is_rejected_whole_and_alone() {
    let long = record(1, &"x".repeat(20 << 20));
    let text = format!("{}\n{long}\n{}\n", record(0, "before"), record(2, "after"));
    let limits = Limits {
        record: 5 << 20,
        ..Limits::default()
    };
    let (case, report) = load("long.jsonl", text.as_bytes(), limits);
    let found = file(&report, "long.jsonl");
    assert_eq!(found.kept, 2, "{found:?}");
    let rows = rejects::ask(&case.reader(), &Window::default()).unwrap();
    let covered: u64 = rows
        .iter()
        .map(|row| row["citations"][0]["length"].as_u64().unwrap())
        .sum();
    assert!(
        covered >= long.len() as u64,
        "{covered} of {} bytes are cited",
        long.len()
    );
}

/// A bill of materials makes an envelope of megabytes, on one line.
#[test]
fn an_envelope_longer_than_what_sniffing_sees_is_recognised() {
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"shop","digest":{{"sha256":"{}"}}}}],"predicateType":"https://spdx.dev/Document","predicate":{{"comment":"{}"}}}}"#,
        "ab".repeat(32),
        "x".repeat(200_000)
    );
    let envelope = envelope("application/vnd.in-toto+json", statement.as_bytes());
    let (_, report) = load("bom.intoto.json", envelope.as_bytes(), Limits::default());
    let found = file(&report, "bom.intoto.json");
    assert_eq!(found.format.as_deref(), Some("dsse"), "{found:?}");
    assert_eq!(file(&report, "bom.intoto.json!payload").kept, 1);
}

/// The archive in the envelope fills a group of files and begins the next one.
#[test]
fn an_archive_inside_an_envelope_is_read() {
    let members: Vec<(String, Vec<u8>)> = (0..900)
        .map(|number| {
            (
                format!("{number}.jsonl"),
                log(number..number + 1, "enveloped"),
            )
        })
        .collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    // The first envelope is what sniffing sees.
    let envelopes = [
        envelope("text/plain", b"nothing"),
        envelope("application/x-tar", &tar(&members)),
    ];
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    for number in 0..200 {
        put(
            &folder,
            &format!("a{number}.jsonl"),
            log(0..2, &format!("beside {number}")),
        );
    }
    put(&folder, "z.intoto.jsonl", envelopes.join("\n"));
    let report = case.load(&[&folder]);
    let archives = report
        .files
        .iter()
        .filter(|file| file.state == "container")
        .count();
    assert_eq!(archives, 1);
    assert_eq!(
        case.cell("SELECT count(*) FROM base.log WHERE body LIKE 'enveloped%'"),
        900
    );
    assert_eq!(
        case.cell("SELECT count(*) FROM base.log WHERE body LIKE 'beside%'"),
        400
    );
}
