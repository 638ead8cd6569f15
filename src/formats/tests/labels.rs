//! The real samples, held to what people said of them: `tests/formats/labels.toml` says what each file
//! is, `tests/formats/counts.tsv` how many records are in it. Both were made without the formats; the
//! README beside them says how, and what is compared here.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::Deserialize;

use crate::formats::testing::{parse, samples};
use crate::formats::{ALL, FALLBACK, Format, Sniffed, sniff};

const LABELS: &str = include_str!("../../../tests/formats/labels.toml");
const COUNTS: &str = include_str!("../../../tests/formats/counts.tsv");

/// Last resorts: at their lowest likelihood they recognise nothing.
const LAST: &[&str] = &["json_log", "plain_log"];

#[derive(Deserialize)]
struct Labels {
    labels: BTreeMap<String, String>,
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    path: Globs,
    format: String,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Globs {
    One(String),
    Several(Vec<String>),
}

impl Entry {
    fn patterns(&self) -> Vec<Regex> {
        let globs = match &self.path {
            Globs::One(glob) => std::slice::from_ref(glob),
            Globs::Several(globs) => globs,
        };
        globs.iter().map(|glob| pattern(glob)).collect()
    }

    /// True where `found` is what the file is, or another answer that is no mistake.
    fn agrees(&self, found: &str) -> bool {
        self.format == found || self.also.iter().any(|other| other == found)
    }
}

/// `*` stays in a folder, `**/` is any number of folders.
fn pattern(glob: &str) -> Regex {
    let text = regex::escape(glob)
        .replace(r"\*\*/", "(?:[^/]+/)\u{1}")
        .replace(r"\*", "[^/]*")
        .replace('\u{1}', "*");
    Regex::new(&format!(r"\A{text}\z")).unwrap()
}

/// A sample: its path below the folder of samples, what it was taken for, and its bytes.
struct Sample {
    path: String,
    sniffed: Sniffed,
    bytes: Vec<u8>,
}

impl Sample {
    /// What recognition says: a format's name or `none`.
    fn found(&self) -> &'static str {
        let name = self.sniffed.format.map_or("none", Format::name);
        if self.sniffed.likelihood == FALLBACK && LAST.contains(&name) {
            "none"
        } else {
            name
        }
    }

    /// The winner, a last resort or not.
    fn winner(&self) -> &'static str {
        self.sniffed.format.map_or("none", Format::name)
    }
}

/// Every sample, sniffed by its first 64 KiB under a name that says nothing. No sample that has a
/// label is packed; the archives among them have none, and what is in an archive has no label.
fn all() -> Vec<Sample> {
    let root = "shared/samples/";
    let below = |path: &str| {
        let at = path.rfind(root).unwrap();
        path[at + root.len()..].trim_start_matches('/').to_owned()
    };
    let samples = samples("").into_iter().map(|(path, bytes)| Sample {
        path: below(&path),
        sniffed: sniff("file", &bytes[..bytes.len().min(64 * 1024)]),
        bytes,
    });
    samples.collect()
}

/// Each sample with its label; a sample without one, or with two, is a fault of the labels.
fn labelled<'l>(labels: &'l Labels, samples: &'l [Sample]) -> Vec<(&'l Sample, &'l Entry)> {
    let entries: Vec<_> = labels
        .files
        .iter()
        .map(|entry| (entry.patterns(), entry))
        .collect();
    let label = |sample: &'l Sample| {
        let fits = |patterns: &[Regex]| patterns.iter().any(|it| it.is_match(&sample.path));
        let mut found = entries.iter().filter(|(patterns, _)| fits(patterns));
        let entry = found
            .next()
            .unwrap_or_else(|| panic!("{} has no label", sample.path));
        assert!(found.next().is_none(), "{} has two labels", sample.path);
        (sample, entry.1)
    };
    samples.iter().map(label).collect()
}

#[test]
fn globs_are_read_as_the_labels_mean_them() {
    assert!(pattern("a/*.json").is_match("a/b.json"));
    assert!(!pattern("a/*.json").is_match("a/b/c.json"));
    assert!(!pattern("a/*.json").is_match("a/b.jsonl"));
    for path in ["a/c.txt", "a/b/c.txt", "a/b/b/c.txt"] {
        assert!(pattern("a/**/c.txt").is_match(path), "{path}");
    }
    assert!(!pattern("a/**/c.txt").is_match("a/bc.txt"));
}

#[test]
fn labels_are_names_of_formats() {
    let labels: Labels = toml::from_str(LABELS).unwrap();
    let known: BTreeSet<&str> = ALL.iter().map(|format| format.name()).collect();
    for label in labels.labels.keys() {
        // `glog` is a kind of its own to people; what else a last resort reads has no name either.
        let other = ["none", "glog", "declared/nezha"].contains(&label.as_str());
        assert!(other || known.contains(label.as_str()), "{label}");
    }
    let used: BTreeSet<&str> = labels.files.iter().map(|entry| &*entry.format).collect();
    assert!(labels.labels.keys().map(String::as_str).eq(used));
}

#[test]
fn samples_are_recognised_as_what_they_are() {
    let labels: Labels = toml::from_str(LABELS).unwrap();
    let samples = all();
    if samples.is_empty() {
        return;
    }
    // Agreeing, exactly so, and all: of every file, and of those that are something.
    let (mut every, mut telling) = ([0_usize; 3], [0_usize; 3]);
    let mut missed = Vec::new();
    for (sample, entry) in labelled(&labels, &samples) {
        let (path, expected, found) = (&sample.path, &entry.format, sample.found());
        let agrees = entry.agrees(found) || entry.agrees(sample.winner());
        let exact = expected == found;
        for (counts, counted) in [(&mut every, true), (&mut telling, expected != "none")] {
            let more = [agrees, exact, true].map(|it| usize::from(it && counted));
            for (count, more) in counts.iter_mut().zip(more) {
                *count += more;
            }
        }
        let likelihood = sample.sniffed.likelihood;
        if !agrees {
            eprintln!(
                "missed: {path} is {expected}, found {} {likelihood}",
                sample.winner()
            );
            missed.push(path.as_str());
        } else if !exact {
            eprintln!(
                "also right: {path} is {expected}, found {} {likelihood}",
                sample.winner()
            );
        } else if found != sample.winner() {
            eprintln!("last resort: {path} is none, read by {}", sample.winner());
        }
    }
    for (what, [agreeing, exact, count]) in [("all", every), ("not none", telling)] {
        eprintln!("{what}: {agreeing} of {count} agree, {exact} exactly");
        assert!(agreeing * 100 >= count * 99, "{what}: {missed:?}");
    }
    for path in missed {
        let name = path.rsplit('/').next().unwrap();
        assert!(
            super::GUIDE.contains(name),
            "docs/formats.md is silent on {path}"
        );
    }
}

/// Rules that pass over what a careful reader counts as a record: format, rule, why that is right.
const PASSED_OVER: &[(&str, &str, &str)] = &[
    (
        "azure_activity",
        "earlier stage of an operation",
        "the sample is an acceptance whose end is in another export; a parser cannot know that",
    ),
    (
        "cdevents",
        "event kind not used",
        "deletions and test runs fill no table",
    ),
    (
        "claude_session",
        "line without text",
        "a system line that says how long a turn took, or that a hook ran, is no turn",
    ),
    (
        "copilot_session",
        "event of the client",
        "the start of a turn says nothing that its messages do not",
    ),
    (
        "entire_checkpoint",
        "checkpoint as a whole, its sessions have documents of their own",
        "the same sessions once more",
    ),
    (
        "github_event",
        "event kind not used",
        "kinds that fill no table: alerts, members, rules of branches, refs made or deleted",
    ),
    (
        "github_event",
        "release without asset digests",
        "a file without a digest joins to nothing",
    ),
    (
        "github_event",
        "review comment",
        "no table holds comments; reviews are events of their own",
    ),
    (
        "hubble",
        "seen between the nodes",
        "Hubble does not say which end opened the connection, so the row could be turned round; the node of the receiver tells, if its export is loaded (in the samples it is not)",
    ),
    (
        "k8s_audit",
        "earlier stage of the same request",
        "the sample's request has no later stage; a parser cannot know that",
    ),
    (
        "k8s_objects",
        "object kind not used",
        "deployments, jobs, services, nodes and roles fill no table; pods, replica sets and bindings do",
    ),
    (
        "prometheus_text",
        "time of creation",
        "`_created` is a time of birth and no sample",
    ),
    (
        "tetragon",
        "end of a process",
        "its start is an event of its own, which these exports of one event lack",
    ),
    (
        "tetragon",
        "end of a connection",
        "its start is an event of its own, which these exports of one event lack",
    ),
];

/// A file, what is kept of it and how much is rejected, and why that is right.
type Exception = (&'static str, [u64; 2], &'static str);

/// Files that keep less or reject more than was counted.
const EXCEPTIONS: &[Exception] = &[
    (
        "gcp-audit/panther/GCP_AuditLog.gcp_audit_rules.jsonl",
        [141, 2],
        "two entries whose payload was cut off are counted, and rejected for want of a method",
    ),
    (
        "github-audit/panther/GitHub_Webhook.github_rules.jsonl",
        [41, 25],
        "fragments made for tests of rules: pushes whose commit is `def456`, jobs without ids",
    ),
    (
        "otlp/duckdb-otlp/malformed.jsonl",
        [1, 3],
        "its object that is no OTLP is counted as aside, and rejected",
    ),
];

#[test]
fn samples_are_read_as_fully_as_people_count_them() {
    let counts: BTreeMap<&str, (&str, [u64; 3])> = COUNTS
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [path, format, numbers @ ..] = cells.as_slice() else {
                panic!("{line}");
            };
            let numbers: Vec<u64> = numbers.iter().map(|it| it.parse().unwrap()).collect();
            (*path, (*format, numbers.try_into().unwrap()))
        })
        .collect();
    let samples = all();
    let mut wrong = BTreeMap::new();
    let mut excused = BTreeSet::new();
    let mut sums: BTreeMap<&str, [u64; 5]> = BTreeMap::new();
    for sample in &samples {
        let Some((expected, [count, aside, broken])) = counts.get(sample.path.as_str()) else {
            continue;
        };
        let Some(format) = sample.sniffed.format.filter(|it| it.name() == *expected) else {
            continue;
        };
        let seen = parse(format, "file", &sample.bytes);
        let rejects = seen.rejects.len() as u64;
        let passed: u64 = PASSED_OVER
            .iter()
            .filter(|(name, ..)| name == expected)
            .filter_map(|(_, rule, _)| {
                let n = seen.ignored.get(rule)?;
                excused.insert((*expected, *rule));
                Some(*n)
            })
            .sum();
        let sum = sums.entry(format.name()).or_default();
        let ignored: u64 = seen.ignored.values().sum();
        for (sum, n) in sum.iter_mut().zip([1, *count, seen.kept, ignored, rejects]) {
            *sum += n;
        }
        let enough = (seen.kept + passed) * 1000 >= count * 995;
        let plausible = seen.kept <= count + aside + broken;
        if !enough || !plausible || rejects > *broken {
            let what = format!(
                "{expected}: counted {count} + {aside} + {broken}, kept {} ignored {:?} rejected {:?}",
                seen.kept, seen.ignored, seen.rejects
            );
            wrong.insert(sample.path.as_str(), ([seen.kept, rejects], what));
        }
    }
    for (name, [files, count, kept, ignored, rejects]) in &sums {
        eprintln!(
            "{name}: {files} files, counted {count}, kept {kept}, ignored {ignored}, rejected {rejects}"
        );
    }
    for (path, (_, what)) in &wrong {
        eprintln!("{path}: {what}");
    }
    if samples.is_empty() {
        return;
    }
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(path, (kept, _))| (*path, *kept))
        .collect();
    let told: Vec<_> = EXCEPTIONS
        .iter()
        .map(|(path, kept, _)| (*path, *kept))
        .collect();
    assert_eq!(wrong, told, "what differs is told, in order");
    for (format, rule, why) in PASSED_OVER {
        let is_used = excused.contains(&(*format, *rule));
        assert!(is_used, "{format} ignores nothing as {rule}: {why}");
    }
}
