//! Bad input: each kind is a named state, costs nothing but itself, and stays in the evidence as it was.
//!
//! One bundle holds one of each, made by hand, and is loaded once; the tests look at what became of
//! it. Bounds that would need huge files are tested with small ones in [`super::limits`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Map, Value};
use shipwake::case::Evidence;
use shipwake::ingest::{FileReport, Report};
use shipwake::model::id::{hex, sha256_hex};
use shipwake::query::answer::Window;
use shipwake::query::{files, rejects};

use crate::support::bytes::{gzip, log, noise, record, tar, zip};
use crate::support::cases::TempCase;
use crate::support::put;

/// The one line in `utf8.jsonl` that is no UTF-8.
const NOT_UTF8: &[u8] =
    b"{\"time\":\"2026-10-29T14:00:03Z\",\"level\":\"info\",\"msg\":\"caf\xe9 \xff\"}";
/// What a copy of a live file ends in.
const TORN: &str = r#"{"time":"2026-10-29T14:00:05Z","level":"inf"#;
const LONG_LINE: usize = 50_000_000;

/// Path, state, format, and the units kept and rejected of everything in the bundle.
const EXPECTED: &[(&str, &str, &str, u64, u64)] = &[
    ("archives/absolute.tar", "container", "", 0, 0),
    (
        "archives/absolute.tar!/etc/absolute.jsonl",
        "unsafe_path",
        "",
        0,
        0,
    ),
    ("archives/cut.jsonl.gz", "truncated", "", 0, 0),
    ("archives/cut.tar", "truncated", "", 0, 0),
    ("archives/cut.tar!whole.jsonl", "loaded", "json_log", 30, 0),
    ("archives/cut.zip", "truncated", "", 0, 0),
    ("archives/outer.zip", "container", "", 0, 0),
    ("archives/outer.zip!inner.tar.gz", "container", "", 0, 0),
    (
        "archives/outer.zip!inner.tar.gz!logs/deep.jsonl",
        "loaded",
        "json_log",
        4,
        0,
    ),
    ("archives/short-cut.jsonl.gz", "truncated", "", 0, 0),
    (
        "archives/short-cut.jsonl.gz!short-cut.jsonl",
        "truncated",
        "json_log",
        2,
        1,
    ),
    ("archives/up.tar", "container", "", 0, 0),
    ("archives/up.tar!../../x", "unsafe_path", "", 0, 0),
    ("archives/up.tar!beside.jsonl", "loaded", "json_log", 2, 0),
    ("archives/up.zip", "container", "", 0, 0),
    ("archives/up.zip!../../x", "unsafe_path", "", 0, 0),
    ("archives/up.zip!beside.jsonl", "loaded", "json_log", 2, 0),
    ("closed.bz2", "unsupported", "", 0, 0),
    ("closed.xz", "unsupported", "", 0, 0),
    ("empty/blank.txt", "empty", "", 0, 0),
    ("empty/nothing.jsonl", "empty", "", 0, 0),
    ("good.jsonl", "loaded", "json_log", 50, 0),
    ("json/glued.jsonl", "loaded", "json_log", 4, 0),
    ("json/long-line.jsonl", "loaded", "json_log", 3, 0),
    ("json/pretty.json", "loaded", "json_log", 4, 0),
    ("json/torn.jsonl", "loaded", "json_log", 5, 1),
    ("json/utf8.jsonl", "loaded", "json_log", 3, 1),
    ("text/utf8.log", "loaded", "plain_log", 3, 0),
    ("unknown/config.json", "unknown_format", "", 0, 0),
    ("unknown/noise.bin", "binary", "", 0, 0),
    ("unknown/page.html", "unknown_format", "", 0, 0),
];

/// What only a Unix file system can hold.
const EXPECTED_UNIX: &[(&str, &str)] = &[
    ("places/dangling", "unreadable"),
    ("places/socket", "special_file"),
    ("places/up", "loop"),
];

struct Loaded {
    case: TempCase,
    folder: PathBuf,
    report: Report,
}

/// The bundle, loaded once for all tests of this module.
fn loaded() -> &'static Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(|| {
        let case = TempCase::shared("bad-input");
        let folder = case.scratch().join("bundle");
        json(&folder);
        archives(&folder);
        others(&folder);
        #[cfg(unix)]
        places(&folder);
        let report = case.load(&[&folder]);
        Loaded {
            case,
            folder,
            report,
        }
    })
}

fn json(folder: &Path) {
    let lines = |parts: &[&[u8]]| [parts.join(&b'\n'), b"\n".to_vec()].concat();
    put(folder, "good.jsonl", log(0..50, "good"));
    let [one, two] = [1, 2].map(|number| record(number, "glued"));
    put(
        folder,
        "json/glued.jsonl",
        format!("{one}{two}\n{two}{one}\n"),
    );
    let pretty = (0..4).map(|number| {
        let value: Value = serde_json::from_str(&record(number, "pretty")).unwrap();
        format!("{value:#}\n")
    });
    put(folder, "json/pretty.json", pretty.collect::<String>());
    put(
        folder,
        "json/torn.jsonl",
        [log(0..5, "torn"), TORN.into()].concat(),
    );
    let long = record(1, &"x".repeat(LONG_LINE));
    let (before, after) = (record(0, "before"), record(2, "after"));
    put(
        folder,
        "json/long-line.jsonl",
        lines(&[before.as_bytes(), long.as_bytes(), after.as_bytes()]),
    );
    let [one, two, three] = [1, 2, 4].map(|number| record(number, "utf8"));
    put(
        folder,
        "json/utf8.jsonl",
        lines(&[one.as_bytes(), two.as_bytes(), NOT_UTF8, three.as_bytes()]),
    );
    put(
        folder,
        "text/utf8.log",
        b"10:00:00 INFO fine\n10:00:01 WARN caf\xe9 \xff\xfe\n10:00:02 INFO fine\n",
    );
}

fn archives(folder: &Path) {
    let put = |path: &str, bytes: &[u8]| put(&folder.join("archives"), path, bytes);
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    // Records that do not repeat, so that half of the gzip is about half of the records.
    let varied = (0..2_000).flat_map(|number| {
        let word = hex(&noise(12, u64::from(number)));
        log(number..number + 1, &word)
    });
    put("cut.jsonl.gz", &half(&gzip(&varied.collect::<Vec<u8>>())));
    let short = gzip(&log(0..3, "short"));
    put("short-cut.jsonl.gz", &short[..short.len() - 12]);
    let members = [
        ("whole.jsonl", log(0..30, "tar a")),
        ("lost.jsonl", log(0..30, "tar b")),
    ];
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    let whole = tar(&members);
    // Inside the header of the second member.
    put(
        "cut.tar",
        &whole[..512 + members[0].1.len().next_multiple_of(512) + 100],
    );
    put("cut.zip", &half(&zip(&members)));
    put(
        "absolute.tar",
        &tar(&[("/etc/absolute.jsonl", &log(0..2, "absolute"))]),
    );
    put(
        "up.tar",
        &tar(&[
            ("beside.jsonl", &log(0..2, "tar beside")),
            ("../../x", &log(0..2, "tar up")),
        ]),
    );
    put(
        "up.zip",
        &zip(&[
            ("beside.jsonl", &log(0..2, "zip beside")),
            ("../../x", &log(0..2, "zip up")),
        ]),
    );
    let inner = gzip(&tar(&[("logs/deep.jsonl", &log(0..4, "deep"))]));
    put("outer.zip", &zip(&[("inner.tar.gz", &inner)]));
}

fn others(folder: &Path) {
    put(folder, "empty/nothing.jsonl", b"");
    put(folder, "empty/blank.txt", b"\n\n  \n");
    put(folder, "unknown/noise.bin", noise(3_000, 7));
    put(
        folder,
        "unknown/page.html",
        b"<html><body>nothing</body></html>\n",
    );
    put(
        folder,
        "unknown/config.json",
        b"{\"theme\":\"dark\",\"size\":3}\n",
    );
    put(folder, "closed.bz2", b"BZh91AY&SY\x00\x00\x00\x00");
    put(folder, "closed.xz", b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46");
}

#[cfg(unix)]
fn places(folder: &Path) {
    use std::os::unix::fs::symlink;
    let folder = folder.join("places");
    std::fs::create_dir_all(&folder).unwrap();
    symlink("..", folder.join("up")).unwrap();
    symlink("nowhere", folder.join("dangling")).unwrap();
    // The socket stays in the file system when its listener is gone.
    std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
}

fn file<'a>(report: &'a Report, path: &str) -> &'a FileReport {
    report
        .files
        .iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("no {path} in the report"))
}

fn listed(case: &TempCase) -> Vec<Map<String, Value>> {
    files::ask(&case.reader(), &Window::default()).unwrap()
}

/// The rejects of the bundle: path, reason, cited bytes.
fn rejected(case: &TempCase) -> Vec<(String, String, Vec<u8>)> {
    let rows = rejects::ask(&case.reader(), &Window::default()).unwrap();
    let evidence = case.case().evidence();
    rows.iter()
        .map(|row| {
            let citation = &row["citations"][0];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&citation["file"]),
                text(&row["why"]),
                cited(&evidence, citation),
            )
        })
        .collect()
}

fn cited(evidence: &Evidence, citation: &Value) -> Vec<u8> {
    let number = |name: &str| citation[name].as_u64().unwrap();
    let sha256 = citation["sha256"].as_str().unwrap();
    evidence
        .read(sha256, number("offset"), number("length"))
        .unwrap()
}

#[test]
fn every_kind_of_bad_input_is_a_named_state() {
    let report = &loaded().report;
    let mut wrong = Vec::new();
    for (path, state, format, kept, rejected) in EXPECTED {
        let found = file(report, path);
        let is = (
            found.state.as_str(),
            found.format.as_deref().unwrap_or(""),
            found.kept,
            found.rejected,
        );
        if is != (*state, *format, *kept, *rejected) {
            wrong.push(format!("{path}: {is:?}, {:?}", found.note));
        }
    }
    let more: &[(&str, &str)] = if cfg!(unix) { EXPECTED_UNIX } else { &[] };
    for (path, state) in more {
        let found = file(report, path);
        if found.state != *state {
            wrong.push(format!("{path}: {}, {:?}", found.state, found.note));
        }
    }
    // One more: how far the truncated gzip is read is looked at in a test of its own.
    let known = EXPECTED.len() + more.len() + 1;
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
    let paths: Vec<_> = report.files.iter().map(|file| &file.path).collect();
    assert_eq!(report.files.len(), known, "{paths:#?}");
}

#[test]
fn a_state_that_is_not_plain_says_why() {
    for file in &loaded().report.files {
        assert!(
            file.state == "loaded" || file.note.is_some(),
            "{} is {} without a word",
            file.path,
            file.state
        );
    }
}

#[test]
fn what_can_be_read_of_a_truncated_gzip_is_kept() {
    let Loaded { case, report, .. } = loaded();
    let member = file(report, "archives/cut.jsonl.gz!cut.jsonl");
    assert_eq!(
        (member.state.as_str(), member.format.as_deref()),
        ("truncated", Some("json_log"))
    );
    assert!(member.kept > 500 && member.kept < 1_500, "{member:?}");
    // At most the record that the end fell into is lost.
    assert!(member.rejected <= 1, "{member:?}");
    let lost: Vec<_> = rejected(case)
        .into_iter()
        .filter(|(path, ..)| *path == member.path)
        .collect();
    assert_eq!(lost.len() as u64, member.rejected);
}

#[test]
fn rejects_cite_the_bytes_that_were_not_understood() {
    let found = rejected(&loaded().case);
    let of = |path: &str| -> Vec<&[u8]> {
        found
            .iter()
            .filter(|(file, ..)| file == path)
            .map(|(.., bytes)| bytes.as_slice())
            .collect()
    };
    assert_eq!(of("json/torn.jsonl"), [TORN.as_bytes()]);
    assert_eq!(
        of("json/utf8.jsonl")
            .iter()
            .map(|bytes| bytes.trim_ascii_end())
            .collect::<Vec<_>>(),
        [NOT_UTF8]
    );
    for (path, why, bytes) in &found {
        assert!(!bytes.is_empty() && !why.is_empty(), "{path}: {why:?}");
        assert!(
            !why.contains("please report it"),
            "{path}: a parser panicked"
        );
    }
}

#[test]
fn every_unit_is_accounted_for() {
    let Loaded { case, report, .. } = loaded();
    let mut listed: BTreeMap<String, u64> = BTreeMap::new();
    for (path, ..) in rejected(case) {
        *listed.entry(path).or_default() += 1;
    }
    for file in &report.files {
        assert_eq!(
            file.read,
            file.kept + file.rejected + file.ignored,
            "{file:?}"
        );
        assert_eq!(
            file.rejected,
            listed.get(&file.path).copied().unwrap_or(0),
            "{} lists its rejects",
            file.path
        );
    }
}

#[test]
fn the_list_of_files_says_what_the_report_said() {
    let Loaded { case, report, .. } = loaded();
    let listed = listed(case);
    assert_eq!(listed.len(), report.files.len());
    for file in &report.files {
        let row = listed
            .iter()
            .find(|row| row["path"] == file.path.as_str())
            .unwrap();
        for (name, value) in serde_json::to_value(file).unwrap().as_object().unwrap() {
            // A file without bytes has no digest, which the report writes as an empty text.
            let value = if *value == "" { &Value::Null } else { value };
            assert_eq!(&row[name], value, "{name} of {}", file.path);
        }
    }
}

#[test]
fn a_good_file_among_bad_ones_gives_the_rows_that_it_gives_alone() {
    let Loaded {
        case,
        folder,
        report,
    } = loaded();
    let (alone, _) = TempCase::of(&[&folder.join("good.jsonl")]);
    let sha256 = &file(report, "good.jsonl").sha256;
    let sql = format!(
        "SELECT l.* FROM base.log AS l JOIN main.file USING (file_id) WHERE sha256 = '{sha256}' ORDER BY ALL"
    );
    let rows = case.rows(&sql).rows;
    assert_eq!(rows.len(), 50);
    assert_eq!(rows, alone.rows(&sql).rows);
}

#[test]
fn sealed_bytes_equal_the_originals() {
    let Loaded { case, folder, .. } = loaded();
    let evidence = case.case().evidence();
    for path in crate::support::files_below(folder) {
        let original = std::fs::read(folder.join(&path)).unwrap();
        let sha256 = sha256_hex(&original);
        assert!(evidence.verify(&sha256).unwrap(), "{path}");
        let sealed = evidence.read(&sha256, 0, original.len() as u64).unwrap();
        assert!(sealed == original, "{path} came back changed");
        assert_eq!(evidence.size(&sha256).unwrap(), original.len() as u64);
    }
}

#[test]
fn members_that_would_escape_are_sealed_and_written_nowhere_else() {
    let Loaded { case, report, .. } = loaded();
    let evidence = case.case().evidence();
    for (path, word) in [
        ("archives/up.tar!../../x", "tar up"),
        ("archives/up.zip!../../x", "zip up"),
    ] {
        let file = file(report, path);
        let bytes = evidence.read(&file.sha256, 0, file.bytes).unwrap();
        assert_eq!(bytes, log(0..2, word));
    }
    for folder in case
        .scratch()
        .ancestors()
        .take(3)
        .chain([case.case().root()])
    {
        assert!(
            !folder.join("x").exists(),
            "something was unpacked to {}",
            folder.display()
        );
    }
}

#[test]
fn a_member_leads_back_to_the_archive_that_it_was_in() {
    let Loaded { case, report, .. } = loaded();
    let chain = [
        "archives/outer.zip",
        "archives/outer.zip!inner.tar.gz",
        "archives/outer.zip!inner.tar.gz!logs/deep.jsonl",
    ];
    let listed = listed(case);
    for pair in chain.windows(2) {
        let row = listed.iter().find(|row| row["path"] == pair[1]).unwrap();
        assert_eq!(row["parent_sha256"], file(report, pair[0]).sha256.as_str());
    }
    // In an archive that is not compressed the bytes can be pointed at.
    let row = listed
        .iter()
        .find(|row| row["path"] == "archives/up.tar!beside.jsonl")
        .unwrap();
    let number = |name: &str| row[name].as_u64().unwrap();
    let parent = row["parent_sha256"].as_str().unwrap();
    let bytes = case
        .case()
        .evidence()
        .read(parent, number("parent_offset"), number("parent_length"))
        .unwrap();
    assert_eq!(bytes, log(0..2, "tar beside"));
}

/// The archive says how long its member is; the member ends before that.
#[test]
fn a_member_that_its_archive_cuts_off_says_so() {
    let case = TempCase::new();
    let whole = tar(&[("cut.jsonl", &log(0..30, "cut member"))]);
    put(case.scratch(), "cut.tar", &whole[..512 + 1_000]);
    let report = case.load(&[&case.scratch().join("cut.tar")]);
    assert_eq!(file(&report, "cut.tar").state, "truncated");
    assert_eq!(file(&report, "cut.tar!cut.jsonl").state, "truncated");
}

/// An archive that names a member so that it is not parsed must not keep the honest copy out.
#[test]
fn bytes_that_were_not_parsed_once_are_parsed_where_they_may_be() {
    let case = TempCase::new();
    let records = log(0..5, "twin");
    put(
        case.scratch(),
        "trap.zip",
        zip(&[("../../audit.jsonl", &records)]),
    );
    put(case.scratch(), "audit.jsonl", &records);
    case.load(&[&case.scratch().join("trap.zip")]);
    let report = case.load(&[&case.scratch().join("audit.jsonl")]);
    assert_eq!(
        case.cell("SELECT count(*) FROM base.log"),
        5,
        "{:?}",
        report.files
    );
}
