//! A load that is killed: the case opens, holds whole files only, and the next load completes it.
//!
//! The moments are spread over the load by its own progress, the number of sealed files, with a
//! pause that differs from one to the next, so that they fall into sealing, parsing, transactions
//! and linking on a machine of any speed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use shipwake::case::Case;
use shipwake::model::TABLES;
use shipwake::store::{Access, Reader, Settings, Store};

use crate::support::bundle;
use crate::support::program::{Ran, command, run};
use crate::support::shared_folder;

const MOMENTS: usize = 10;

/// The rows of a table as a set: how many, and the sum of their hashes.
type Digest = (u64, String);

/// What an undisturbed load gives.
struct Whole {
    tables: BTreeMap<String, Digest>,
    /// Rows of each file in each table.
    files: BTreeMap<String, BTreeMap<String, u64>>,
    evidence: Vec<String>,
    seconds: Duration,
}

fn load<'a>(case: &'a Path, bundle: &'a Path) -> [&'a Path; 4] {
    [Path::new("load"), case, bundle, Path::new("--quiet")]
}

fn reader(case: &Path) -> Reader {
    let settings = Settings {
        threads: 2,
        memory: Some(512 << 20),
    };
    let database = Case::open(case).unwrap().database();
    Store::open(&database, Access::Read, &settings)
        .unwrap()
        .reader()
        .unwrap()
}

fn tables(reader: &Reader) -> BTreeMap<String, Digest> {
    let names = TABLES
        .iter()
        .map(|table| table.name)
        .chain(["entity", "link", "release"]);
    names
        .map(|name| {
            let sql = format!(
                "SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR FROM base.{name} AS t"
            );
            let row = reader.rows(name, &sql, &[]).unwrap().rows.remove(0);
            (
                name.to_owned(),
                (
                    row[0].as_u64().unwrap(),
                    row[1].as_str().unwrap().to_owned(),
                ),
            )
        })
        .collect()
}

/// Rows by the digest of the file that they are of, in each table; fails where they are of none.
fn files(reader: &Reader) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut files: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let names = reader
        .rows("files", "SELECT sha256 FROM main.file", &[])
        .unwrap()
        .rows;
    for row in names {
        files
            .entry(row[0].as_str().unwrap().to_owned())
            .or_default();
    }
    // What was concluded belongs to all files together, and comes with the end of a load.
    let concluded = [
        "evidence_file",
        "signature",
        "template",
        "finding",
        "gap",
        "verdict",
    ];
    for table in TABLES
        .iter()
        .filter(|table| !concluded.contains(&table.name))
    {
        let name = table.name;
        let sql = format!(
            "SELECT f.sha256, count(*) FROM base.{name} AS t LEFT JOIN main.file AS f USING (file_id) GROUP BY ALL"
        );
        for row in reader.rows(name, &sql, &[]).unwrap().rows {
            let Value::String(sha256) = &row[0] else {
                panic!("{} rows of {name} are of no file", row[1]);
            };
            files
                .get_mut(sha256)
                .unwrap()
                .insert(name.to_owned(), row[1].as_u64().unwrap());
        }
    }
    files
}

fn undisturbed(bundle: &Path, case: &Path) -> Whole {
    let began = Instant::now();
    let ran = run(load(case, bundle)).exits(0);
    assert!(ran.json()["files"].as_array().unwrap().len() > 2_000);
    let seconds = began.elapsed();
    let reader = reader(case);
    let evidence = Case::open(case).unwrap().evidence().list().unwrap();
    Whole {
        tables: tables(&reader),
        files: files(&reader),
        evidence,
        seconds,
    }
}

fn sealed(case: &Path) -> usize {
    std::fs::read_dir(case.join("evidence")).map_or(0, Iterator::count)
}

/// Waits until `count` files are sealed and `pause` is over; false where the load ended before.
fn wait_for(child: &mut Child, case: &Path, count: usize, pause: Duration) -> bool {
    while sealed(case) < count {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(pause);
    child.try_wait().unwrap().is_none()
}

/// What the program says of a case that a kill left: whole files, or that there is no database yet.
fn whole_files(case: &Path, whole: &Whole) -> usize {
    let ran = run([
        Path::new("files"),
        case,
        Path::new("--format"),
        Path::new("json"),
    ]);
    if ran.code != 0 {
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let early = ["has no ", "is not a case", "schema none"]
            .iter()
            .any(|text| ran.stderr.contains(text));
        assert!(early, "{}", ran.stderr);
        return 0;
    }
    let reader = reader(case);
    let evidence = Case::open(case).unwrap().evidence();
    let found = files(&reader);
    for (sha256, rows) in &found {
        assert_eq!(Some(rows), whole.files.get(sha256), "{sha256} is not whole");
        assert!(
            evidence.has(sha256),
            "{sha256} is in the tables and not in the evidence"
        );
    }
    for sha256 in evidence.list().unwrap() {
        assert!(
            evidence.verify(&sha256).unwrap(),
            "{sha256} is sealed and not whole"
        );
    }
    found.len()
}

fn assert_completed(case: &Path, whole: &Whole) {
    assert_eq!(tables(&reader(case)), whole.tables);
    let case = Case::open(case).unwrap();
    assert_eq!(case.evidence().list().unwrap(), whole.evidence);
    let left: Vec<_> = std::fs::read_dir(case.root().join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".zst"))
        .collect();
    assert!(left.is_empty(), "half-written files stay: {left:?}");
    assert_eq!(case.journal().check().unwrap().state, "intact");
}

/// The bundle and what it gives when nothing disturbs its load.
struct Bundle {
    folder: PathBuf,
    files: usize,
    whole: Whole,
}

impl Bundle {
    fn path(&self) -> PathBuf {
        self.folder.join("bundle")
    }
}

fn bundle() -> &'static Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let folder = shared_folder("kill");
        let files = bundle::write(&folder.join("bundle"));
        let whole = undisturbed(&folder.join("bundle"), &folder.join("whole.wake"));
        Bundle {
            folder,
            files,
            whole,
        }
    })
}

#[test]
fn a_killed_load_leaves_whole_files_and_the_next_one_completes_it() {
    let bundle = bundle();
    let (path, whole) = (bundle.path(), &bundle.whole);
    let mut landed = Vec::new();
    for moment in 0..MOMENTS {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("killed.wake");
        let mut child = command(load(&case, &path)).spawn().unwrap();
        // The last moments come after all is sealed: the last transaction, linking, the journal.
        let at = bundle.files * (moment + 1) / (MOMENTS - 1);
        let pause = whole.seconds / 60 * u32::try_from(moment).unwrap();
        let in_time = wait_for(&mut child, &case, at.min(bundle.files - 2), pause);
        child.kill().unwrap();
        child.wait().unwrap();
        let files = whole_files(&case, whole);
        if in_time {
            landed.push(files);
        }
        run(load(&case, &path)).exits(0);
        assert_completed(&case, whole);
    }
    let all = whole.files.len();
    eprintln!(
        "a load of {all} files took {:?}; whole files after each kill: {landed:?}",
        whole.seconds
    );
    // Kills that all came before the first transaction or after the last would show nothing.
    assert!(landed.len() >= MOMENTS / 2, "{landed:?}");
    assert!(
        landed.iter().any(|files| (1..all).contains(files)),
        "of {all}: {landed:?}"
    );
}

#[test]
#[cfg(unix)]
fn an_interrupted_load_exits_130_and_the_next_one_completes_it() {
    let bundle = bundle();
    let (path, whole) = (bundle.path(), &bundle.whole);
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("interrupted.wake");
    let mut child = command(load(&case, &path)).spawn().unwrap();
    let in_time = wait_for(&mut child, &case, bundle.files / 2, Duration::ZERO);
    assert!(in_time, "the load was over too soon");
    let interrupt = ["-INT", &child.id().to_string()];
    let sent = std::process::Command::new("kill").args(interrupt).status();
    assert!(sent.unwrap().success());
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert!(ran.stderr.contains("cancelled"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: Run the same load again"));
    assert!(whole_files(&case, whole) < whole.files.len());
    run(load(&case, &path)).exits(0);
    assert_completed(&case, whole);
}
