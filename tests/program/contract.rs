//! What scripts rely on (DESIGN section 8): exit codes, formats, references, and which output is which.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::bytes::{gzip, log};
use crate::support::program::{Ran, command, run, run_with_input};
use crate::support::{put, sample_data, shared_folder};

/// A case that the program itself loaded the sample into.
struct Case {
    folder: PathBuf,
    path: PathBuf,
    load: Ran,
}

fn case() -> &'static Case {
    static CASE: OnceLock<Case> = OnceLock::new();
    CASE.get_or_init(|| {
        let folder = shared_folder("contract");
        let path = folder.join("shop.wake");
        let load = run([Path::new("load"), &path, &sample_data()]);
        Case { folder, path, load }
    })
}

/// Runs a subcommand on the case.
fn ask(command: &str, arguments: &[&str]) -> Ran {
    let case = case().path.to_str().unwrap();
    run([command, case].iter().chain(arguments))
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn load_reports_files_tables_and_links() {
    let load = &case().load;
    assert_eq!(load.code, 0, "{}", load.stderr);
    let report = load.json();
    assert_eq!(keys(&report), ["files", "tables", "links", "seconds"]);
    for name in [
        "path", "sha256", "bytes", "format", "read", "kept", "rejected", "ignored", "state",
    ] {
        assert!(
            report["files"]
                .as_array()
                .unwrap()
                .iter()
                .all(|file| file.get(name).is_some()),
            "{name}"
        );
    }
    assert!(report["tables"]["commit"].as_u64().unwrap() > 0);
    assert!(report["links"]["commit_build"].as_u64().unwrap() > 0);
    // One torn record is in the sample, and is told on standard error.
    assert!(load.stderr.contains("1 rejected record"), "{}", load.stderr);
}

#[test]
fn answers_have_the_keys_of_the_contract() {
    // `files` answers in the shape of the load report, the others with an array.
    let first = |ran: Ran| {
        let answer = ran.exits(0).json();
        answer.get("files").unwrap_or(&answer)[0].clone()
    };
    let expected: &[(&str, &[&str])] = &[
        (
            "releases",
            &[
                "id",
                "service",
                "version",
                "commit",
                "digest",
                "environment",
                "started",
                "finished",
                "status",
                "level",
                "findings",
                "verdict",
            ],
        ),
        (
            "files",
            &[
                "path", "sha256", "bytes", "format", "read", "kept", "rejected", "ignored", "state",
            ],
        ),
        ("commits", &["id", "sha", "subject", "citations"]),
        (
            "deployments",
            &["id", "service", "environment", "citations"],
        ),
        ("rejects", &["id", "why", "citations"]),
    ];
    for (command, names) in expected {
        let row = first(ask(command, &[]));
        for name in *names {
            assert!(row.get(name).is_some(), "{command} lacks {name}: {row}");
        }
    }
    let chain = ask("chain", &["checkout@v2.15.0"]).exits(0).json();
    for name in ["ref", "level", "weakest", "nodes", "links", "missing"] {
        assert!(chain.get(name).is_some(), "chain lacks {name}");
    }
    assert_eq!(
        keys(&chain["links"][0]),
        [
            "from",
            "to",
            "method",
            "class",
            "state",
            "values",
            "why",
            "citations"
        ]
    );
    let why = ask("why", &["checkout@v2.15.0", "SHOP-231"])
        .exits(0)
        .json();
    assert_eq!(keys(&why), ["from", "to", "links", "rejected", "path"]);
    let started = first(ask("releases", &[]))["started"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        started.ends_with('Z') && started.len() == "2026-10-29T14:02:07.000000000Z".len(),
        "{started}"
    );
}

#[test]
fn one_answer_in_four_formats() {
    let printed = |format: &str| ask("releases", &["--format", format]).exits(0);
    let json = printed("json");
    let rows = json.json().as_array().unwrap().clone();
    assert_eq!(rows.len(), 21);
    // Into a pipe the default is JSON.
    assert_eq!(ask("releases", &[]).exits(0).stdout, json.stdout);
    let lines: Vec<Value> = printed("jsonl")
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines, rows);
    let csv = printed("csv").stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        keys(&rows[0])
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        assert_eq!(record.get(0), row["id"].as_str());
    }
    let table = printed("table");
    let text = table.text();
    assert!(
        text.lines().count() == rows.len() + 1
            && text.contains("v2.15.0")
            && text.contains("rolled_back"),
        "{text}"
    );
    assert!(table.stderr.is_empty() && json.stderr.is_empty());
}

#[test]
fn done_is_0_failed_is_1_misuse_is_2() {
    let case = case();
    let path = case.path.to_str().unwrap();
    put(&case.folder, "page.html", b"<html></html>\n");
    let page = case.folder.join("page.html");
    let [fruitless, empty] = ["fruitless", "empty"].map(|name| case.folder.join(name));
    let [page, fruitless, empty] = [&page, &fruitless, &empty].map(|path| path.to_str().unwrap());
    let expected: &[(i32, &[&str])] = &[
        (0, &["--help"]),
        (0, &["--version"]),
        (0, &["load", "--help"]),
        (0, &[]),
        (0, &["list", "formats"]),
        (0, &["list", "links"]),
        (0, &["list", "tables"]),
        (0, &["releases", path]),
        (0, &["releases", path, "--service", "nobody"]),
        (1, &["releases", "/nonexistent"]),
        (1, &["releases", case.folder.to_str().unwrap()]),
        (1, &["load", fruitless, page]),
        (1, &["sql", path, "SELECT * FROM no_such_table"]),
        (2, &["releases"]),
        (2, &["releases", path, "--no-such-option"]),
        (2, &["releases", path, "--format", "xml"]),
        (2, &["releases", path, "--since", "soon"]),
        (2, &["load", empty, "/nonexistent/file"]),
        (2, &["load", empty]),
        (2, &["load", empty, page, "--threads", "0"]),
        (2, &["list", "nonsense"]),
        (2, &["sql", path, "DROP TABLE base.log"]),
        (2, &["sql", path, "SELECT * FROM read_csv('/etc/passwd')"]),
        (2, &["raw", path, "zz"]),
        (2, &["raw", path, "a:b:c"]),
        (2, &["why", path, "nothing-here", "SHOP-231"]),
    ];
    for (code, arguments) in expected {
        let ran = run(*arguments);
        assert_eq!(ran.code, *code, "{arguments:?}: {}", ran.stderr);
        assert!(
            !ran.stderr.contains("panicked"),
            "{arguments:?}: {}",
            ran.stderr
        );
        if *code != 0 {
            assert!(
                ran.stdout.is_empty() || arguments[0] == "load",
                "{arguments:?} prints {:?}",
                ran.text()
            );
            assert!(!ran.stderr.trim().is_empty(), "{arguments:?} says nothing");
        }
    }
}

/// A misused command leaves nothing behind.
#[test]
fn a_load_that_cannot_begin_makes_no_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.wake");
    let case = path.to_str().unwrap();
    run(["load", case, "/nonexistent/file"]).exits(2);
    assert!(!path.exists());
    run(["load", case, file!(), "--threads", "0"]).exits(2);
    assert!(
        !path.exists(),
        "a case was made by a command that was refused"
    );
}

#[test]
fn an_unclear_reference_lists_what_it_could_mean() {
    let ran = ask("chain", &["SHOP-1"]).exits(2);
    for ticket in ["request:SHOP-139", "request:SHOP-142", "request:SHOP-177"] {
        assert!(ran.stderr.contains(ticket), "{}", ran.stderr);
    }
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains("hint: "),
        "{}",
        ran.stderr
    );
    let many = ask("chain", &["checkout"]).exits(2);
    assert!(
        many.stderr.contains("could mean") && many.stderr.contains("instance:shop/checkout-"),
        "{}",
        many.stderr
    );
}

#[test]
fn an_unknown_reference_says_what_references_are() {
    let ran = ask("chain", &["nothing-here"]).exits(2);
    assert!(
        ran.stderr
            .contains("nothing in the case is called \"nothing-here\"")
            && ran.stderr.contains("hint: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.is_empty());
}

#[test]
fn references_are_taken_in_every_spelling() {
    let whole = ask("chain", &["checkout@v2.15.0"]).exits(0).json();
    let node = |kind: &str| {
        let nodes = whole["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["kind"] == kind).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let artifact = node("artifact");
    let digest = artifact.strip_prefix("artifact:").unwrap();
    let hex = digest.strip_prefix("sha256:").unwrap();
    for spelling in [
        &artifact,
        digest,
        hex,
        &hex.to_uppercase(),
        &hex[..12],
        &format!("ghcr.io/acme/checkout@{digest}"),
    ] {
        assert_eq!(
            ask("chain", &[spelling]).exits(0).json()["ref"],
            artifact,
            "{spelling}"
        );
    }
    let commit = node("commit");
    let sha = commit.strip_prefix("commit:").unwrap();
    for spelling in [&commit, sha, &sha[..7], &sha[..12].to_uppercase()] {
        assert_eq!(
            ask("chain", &[spelling]).exits(0).json()["ref"],
            commit,
            "{spelling}"
        );
    }
    let instance = node("instance");
    let pod = instance.split('/').nth(1).unwrap();
    assert_eq!(ask("chain", &[pod]).exits(0).json()["ref"], instance);
}

#[test]
fn raw_prints_the_exact_bytes_of_a_citation() {
    let path = sample_data().join("otel/logs.jsonl");
    let bytes = std::fs::read(&path).unwrap();
    let reject = &ask("rejects", &[]).exits(0).json()[0]["citations"][0];
    assert_eq!(reject["file"], "otel/logs.jsonl");
    let sha256 = reject["sha256"].as_str().unwrap();
    let number = |name: &str| usize::try_from(reject[name].as_u64().unwrap()).unwrap();
    let (offset, length) = (number("offset"), number("length"));
    let cited = &bytes[offset..offset + length];
    for file in [sha256, &sha256[..12], &format!("sha256:{sha256}")] {
        assert_eq!(
            ask("raw", &[&format!("{file}:{offset}:{length}")])
                .exits(0)
                .stdout,
            cited
        );
    }
    assert!(
        ask("raw", &[sha256]).exits(0).stdout == bytes,
        "the whole file"
    );
    assert!(
        ask("raw", &[&format!("{sha256}:0:0")])
            .exits(0)
            .stdout
            .is_empty()
    );
    let past = ask("raw", &[&format!("{sha256}:{}:2", bytes.len() - 1)]).exits(2);
    assert!(
        past.stdout.is_empty() && past.stderr.contains("leaves it"),
        "{}",
        past.stderr
    );
    // A prefix of one digit names several files.
    let unclear = ask("raw", &[&format!("{}:0:1", &sha256[..1])]).exits(2);
    assert!(
        unclear.stderr.contains("evidence files"),
        "{}",
        unclear.stderr
    );
}

#[test]
fn sql_answers_one_question_and_says_when_it_cuts_off() {
    let ran = ask(
        "sql",
        &["SELECT service, count(*) AS n FROM release GROUP BY service ORDER BY service"],
    )
    .exits(0);
    assert_eq!(
        ran.json()[0],
        serde_json::json!({"service": "catalog", "n": 5})
    );
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    let cut = ask("sql", &["SELECT * FROM log", "--limit", "3"]).exits(0);
    assert_eq!(cut.json().as_array().unwrap().len(), 3);
    assert!(cut.stderr.contains("cut off"), "{}", cut.stderr);
    let endless = [
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7",
        "--deadline",
        "1",
    ];
    let late = ask("sql", &endless).exits(1);
    assert!(late.stderr.contains("deadline"), "{}", late.stderr);
}

#[test]
fn standard_input_is_a_file_of_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("piped.wake");
    let records = log(0..40, "piped");
    let load = |input: &[u8]| {
        run_with_input([Path::new("load"), &case, Path::new("-")], input)
            .exits(0)
            .json()
    };
    let report = load(&records);
    let file = &report["files"][0];
    assert_eq!(
        (&file["path"], &file["state"], &file["kept"]),
        (&"stdin".into(), &"loaded".into(), &40.into())
    );
    assert_eq!(file["sha256"], shipwake::model::id::sha256_hex(&records));
    assert_eq!(load(&records)["files"][0]["state"], "present");
    let packed = load(&gzip(&log(0..9, "packed")));
    let member = packed["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["kept"] == 9)
        .unwrap();
    assert!(
        member["path"].as_str().unwrap().starts_with("stdin!"),
        "{member}"
    );
    let nothing = run_with_input([Path::new("load"), &case, Path::new("-")], b"");
    assert_eq!(
        (nothing.code, &nothing.json()["files"][0]["state"]),
        (1, &"empty".into())
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let path = case().path.to_str().unwrap();
    let mut child = command(["sql", path, "SELECT * FROM log"]).spawn().unwrap();
    let mut start = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(0);
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
}

#[test]
fn tables_carry_no_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = r#"{"time":"2026-10-29T14:00:00Z","level":"info","msg":"\u001b[31mred\u001b]0;title\u0007\r\n=cmd()"}"#;
    put(
        folder.path(),
        "hostile.jsonl",
        format!("{hostile}\n{hostile}\n"),
    );
    let case = folder.path().join("hostile.wake");
    run([
        Path::new("load"),
        &case,
        &folder.path().join("hostile.jsonl"),
    ])
    .exits(0);
    let case = case.to_str().unwrap();
    let sql = ["sql", case, "SELECT body FROM log", "--format", "table"];
    let ran = run(sql).exits(0);
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
    assert!(!ran.stdout.iter().any(control), "{:?}", ran.text());
    assert_eq!(ran.text().lines().count(), 3);
}

/// What a policy requires to be signed and is not, is an answer that is bad; what it does not require is told.
#[test]
fn verify_names_every_signature_and_fails_where_a_required_one_is_not_valid() {
    let folder = tempfile::tempdir().unwrap();
    let policy = std::fs::read_to_string(sample_data().join("policy.yaml")).unwrap();
    let pinned = "b3ab67b17ac54029edea051cbf7189c806a1a86c4c02999b7c0a582546ea4b78";
    let given = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (theirs, other) = (
        given("theirs.yaml", &policy),
        given("other.yaml", &policy.replace(pinned, &"0".repeat(64))),
    );
    let results = |report: &serde_json::Value, field: &str| -> BTreeSet<String> {
        let signatures = report["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), 16);
        let field = signatures.iter().map(|one| one[field].to_string());
        field.collect()
    };
    let report = ask("verify", &["--policy", &theirs]).exits(0).json();
    assert_eq!(report["state"], "intact");
    assert_eq!(
        results(&report, "result"),
        BTreeSet::from(["\"valid\"".to_owned()])
    );
    assert_eq!(
        results(&report, "root"),
        BTreeSet::from(["\"key release-workflow\"".to_owned()])
    );
    let report = ask("verify", &["--policy", &other]).exits(3).json();
    assert_eq!(
        results(&report, "result"),
        BTreeSet::from(["\"untrusted_root\"".to_owned()])
    );
}

#[test]
fn rows_of_any_list_are_narrowed_and_cuts_are_told() {
    let loud = ask(
        "rows",
        &[
            "logs",
            "--filter",
            "severity:error and service:checkout",
            "--limit",
            "3",
        ],
    );
    assert_eq!(loud.code, 0, "{}", loud.stderr);
    let rows = loud.json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    for row in rows.as_array().unwrap() {
        assert_eq!(keys(row), ["id", "time", "severity", "service", "body"]);
        assert_eq!(row["service"], "checkout");
    }
    assert!(loud.stderr.contains("3 of "), "{}", loud.stderr);
    let wrong = ask("rows", &["logs", "--filter", "sevrity:error"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("severity"), "{}", wrong.stderr);
    assert_eq!(ask("rows", &["nothing"]).code, 2);
}

#[test]
fn a_screen_is_drawn_without_a_terminal() {
    let shot = |arguments: &[&str]| {
        let ran = ask("shot", arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        String::from_utf8(ran.stdout).unwrap()
    };
    let text = shot(&["V", "--as", "text", "--size", "100x30"]);
    assert!(
        text.contains("against (8)") && text.lines().count() == 30,
        "{text}"
    );
    let logs = ["9", "/", "severity:error", "enter", "--size", "160x45"];
    let picture = shot(&logs);
    assert!(picture.starts_with("<svg") || picture.starts_with("<?xml"));
    // The same screen always gives the same picture.
    assert_eq!(picture, shot(&logs));
    assert_eq!(ask("shot", &["--size", "0x1"]).code, 2);
}
