//! The evidence of a large case: the sample incident with as many records as somebody wants.
//!
//! The story stays as it is, so that every question has an answer that is known; only there is more of
//! everything around it. Traces and logs are written without sampling and with copies of each request,
//! a third spans and two thirds log records, packed with zstd as collectors rotate them. The cluster's
//! audit log gets what controllers and operators do all day, one event in a hundred records; the forge
//! gets deployments of two dozen other services, one in fifty thousand.
//!
//! It streams: memory is that of five minutes. The same number of records gives the same bytes. It is
//! not a model of a data centre: few services, and short lists of words.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::incident::{self, Wanted, Written};
use super::support::contest::setting;

/// Bytes of a file of telemetry before it is packed, as collectors rotate.
const ROTATE: u64 = 100_000_000;
/// Fast, as collectors pack.
const LEVEL: i32 = 3;
/// 2026-10-20T00:00:00Z and 2026-10-29T16:00:00Z in nanoseconds.
const STORY: (i64, i64) = (1_792_454_400_000_000_000, 1_793_289_600_000_000_000);

/// Writes the bundle of about `records` spans and log records below `folder`.
pub fn write(folder: &Path, records: u64) -> io::Result<Written> {
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    copy(&sample, folder)?;
    fs::remove_file(folder.join("otel/traces.jsonl"))?;
    fs::remove_file(folder.join("otel/logs.jsonl"))?;
    let mut traces = Rotating::new(&folder.join("otel"), "traces");
    let mut logs = Rotating::new(&folder.join("otel"), "logs");
    let wanted = Wanted {
        spans: records / 3,
        logs: records - records / 3,
    };
    let written = incident::dense(wanted, &mut |is_log, line| {
        if is_log { &mut logs } else { &mut traces }.line(line)
    })?;
    traces.close()?;
    logs.close()?;
    audit(folder, records / 100)?;
    forge(folder, records / 50_000)?;
    Ok(written)
}

/// The case of that bundle in `folder`: what is not there is generated and loaded. `SHIPWAKE_BENCH_RECORDS` says how
/// many records, `usual` unless it is set.
pub fn case(folder: &Path, usual: u64) -> Result<PathBuf> {
    let (bundle, case) = (folder.join("bundle"), folder.join("case"));
    if !bundle.exists() {
        let began = Instant::now();
        let written = write(&bundle, setting("SHIPWAKE_BENCH_RECORDS", usual))?;
        println!(
            "generated {written:?} in {:.0} s",
            began.elapsed().as_secs_f64()
        );
    }
    if !case.exists() {
        let began = Instant::now();
        let done = Command::new(env!("CARGO_BIN_EXE_shipwake"))
            .arg("load")
            .args([&case, &bundle])
            .args(["--format", "json"])
            .stdout(Stdio::null())
            .status()?;
        ensure!(done.success(), "the load failed");
        let size = std::fs::metadata(case.join("case.duckdb"))?.len();
        println!(
            "loaded in {:.0} s; the database has {} MB",
            began.elapsed().as_secs_f64(),
            size / 1_000_000
        );
    }
    Ok(case)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != "README.md" {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// JSON lines in packed files of a certain size.
struct Rotating {
    folder: PathBuf,
    name: &'static str,
    number: usize,
    bytes: u64,
    open: Option<zstd::Encoder<'static, File>>,
}

impl Rotating {
    fn new(folder: &Path, name: &'static str) -> Self {
        Self {
            folder: folder.to_owned(),
            name,
            number: 0,
            bytes: 0,
            open: None,
        }
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        let mut line = value.to_string();
        line.push('\n');
        let packed = if let Some(open) = &mut self.open {
            open
        } else {
            self.number += 1;
            let name = format!("{}-{:04}.jsonl.zst", self.name, self.number);
            let file = File::create(self.folder.join(name))?;
            self.open.insert(zstd::Encoder::new(file, LEVEL)?)
        };
        packed.write_all(line.as_bytes())?;
        self.bytes += line.len() as u64;
        if self.bytes >= ROTATE {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.bytes = 0;
        self.open
            .take()
            .map_or(Ok(()), |open| open.finish().map(|_| ()))
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64).max(1)).unwrap_or(0)
    }
}

fn stamp(ns: i64, form: &str) -> String {
    chrono::DateTime::from_timestamp_nanos(ns)
        .format(form)
        .to_string()
}

/// What goes on in a cluster all day: leases, lists, an operator that keeps secrets fresh.
const ROUTINE: &[(&str, &str, &str, &str, &str)] = &[
    (
        "system:node:ip-10-40-1-21.eu-west-1.compute.internal",
        "update",
        "coordination.k8s.io",
        "leases",
        "kube-node-lease",
    ),
    (
        "system:node:ip-10-40-2-34.eu-west-1.compute.internal",
        "get",
        "",
        "pods",
        "shop",
    ),
    (
        "system:serviceaccount:kube-system:deployment-controller",
        "list",
        "apps",
        "replicasets",
        "shop",
    ),
    (
        "system:serviceaccount:kube-system:endpoint-controller",
        "update",
        "",
        "endpoints",
        "shop",
    ),
    (
        "system:serviceaccount:monitoring:prometheus",
        "list",
        "",
        "pods",
        "shop",
    ),
    (
        "system:serviceaccount:monitoring:kube-state-metrics",
        "watch",
        "apps",
        "deployments",
        "shop",
    ),
    (
        "system:serviceaccount:external-secrets:external-secrets",
        "get",
        "",
        "secrets",
        "shop",
    ),
    (
        "system:serviceaccount:cert-manager:cert-manager",
        "get",
        "",
        "secrets",
        "ingress",
    ),
];

fn audit(folder: &Path, events: u64) -> io::Result<()> {
    let mut random = Random(11);
    let mut out = Rotating::new(&folder.join("kubernetes"), "audit-routine");
    let step = (STORY.1 - STORY.0) / i64::try_from(events.max(1)).unwrap_or(1);
    for number in 0..events {
        let at = STORY.0 + i64::try_from(number).unwrap_or(0) * step;
        let (who, verb, group, resource, namespace) = ROUTINE[random.below(ROUTINE.len())];
        let name = format!("{resource}-{}", random.below(40));
        let base = if group.is_empty() {
            "/api/v1".to_owned()
        } else {
            format!("/apis/{group}/v1")
        };
        out.line(&json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": format!("{:08x}-{:04x}-4000-8000-{:012x}", random.next() >> 32, random.next() >> 48, random.next() >> 16),
            "stage": "ResponseComplete", "requestURI": format!("{base}/namespaces/{namespace}/{resource}/{name}"), "verb": verb,
            "user": {"username": who, "groups": ["system:authenticated"]},
            "sourceIPs": [format!("10.40.0.{}", 2 + random.below(9))], "userAgent": "controller/v1.34.1",
            "objectRef": {"resource": resource, "namespace": namespace, "name": name, "apiGroup": group, "apiVersion": "v1"},
            "responseStatus": {"metadata": {}, "code": 200},
            "requestReceivedTimestamp": stamp(at, "%Y-%m-%dT%H:%M:%S%.6fZ"), "stageTimestamp": stamp(at + 4_000_000, "%Y-%m-%dT%H:%M:%S%.6fZ"),
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
        }))?;
    }
    out.close()
}

/// Services of other teams, whose deployments lie in the same organisation's webhooks.
const OTHERS: &[&str] = &[
    "search-indexer",
    "recommendations",
    "reviews",
    "wishlist",
    "loyalty",
    "coupons",
    "invoices",
    "tax",
    "shipping",
    "tracking",
    "returns",
    "warehouse",
    "suppliers",
    "pricing",
    "fraud",
    "identity",
    "profile",
    "mailer",
    "push",
    "support",
    "analytics",
    "exports",
    "gateway",
    "media",
];

fn forge(folder: &Path, deployments: u64) -> io::Result<()> {
    let mut random = Random(13);
    let first = |name: &str| -> io::Result<Value> {
        let text = fs::read_to_string(folder.join("github").join(name))?;
        Ok(serde_json::from_str(text.lines().next().unwrap_or("null"))?)
    };
    let (deployment, status) = (
        first("deployment.jsonl")?,
        first("deployment_status.jsonl")?,
    );
    let mut out = Rotating::new(&folder.join("github"), "deployments-others");
    let step = (STORY.1 - STORY.0) / i64::try_from(deployments.max(1)).unwrap_or(1);
    for number in 0..deployments {
        let at = STORY.0 + i64::try_from(number).unwrap_or(0) * step;
        let service = OTHERS[usize::try_from(number).unwrap_or(0) % OTHERS.len()];
        let version = format!("v1.{}.0", number / OTHERS.len() as u64);
        let sha = format!(
            "{:016x}{:016x}{:08x}",
            random.next(),
            random.next(),
            random.next() >> 32
        );
        let hex: Vec<String> = (0..4).map(|_| format!("{:016x}", random.next())).collect();
        let (id, run) = (4_000_000_000 + number, 19_000_000_000 + number);
        let time = stamp(at, "%Y-%m-%dT%H:%M:%SZ");
        for (template, states) in [
            (&deployment, &[""][..]),
            (&status, &["waiting", "in_progress", "success"][..]),
        ] {
            for (count, state) in (0_i64..).zip(states) {
                let mut line = template.clone();
                let made = &mut line["deployment"];
                made["id"] = json!(id);
                made["url"] = json!(format!(
                    "https://api.github.com/repos/acme/{service}/deployments/{id}"
                ));
                made["sha"] = json!(sha);
                made["ref"] = json!(version);
                made["description"] = json!(format!("{service} {version}"));
                made["payload"] = json!({"service": service, "version": version, "image": format!("ghcr.io/acme/{service}:{version}"), "digest": format!("sha256:{}", hex.concat()), "cluster": "prod-1"});
                made["created_at"] = json!(time);
                made["updated_at"] = json!(time);
                line["workflow_run"]["id"] = json!(run);
                line["workflow_run"]["head_sha"] = json!(sha);
                line["repository"]["full_name"] = json!(format!("acme/{service}"));
                line["repository"]["name"] = json!(service);
                line["repository"]["html_url"] =
                    json!(format!("https://github.com/acme/{service}"));
                if !state.is_empty() {
                    let said = &mut line["deployment_status"];
                    said["id"] = json!(7_000_000_000 + number * 4 + count.unsigned_abs());
                    said["state"] = json!(state);
                    said["created_at"] =
                        json!(stamp(at + count * 40_000_000_000, "%Y-%m-%dT%H:%M:%SZ"));
                    said["updated_at"] = said["created_at"].clone();
                }
                out.line(&line)?;
            }
        }
    }
    out.close()
}
