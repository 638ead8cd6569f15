//! A hundred thousand small files, a thousand to a folder: attestations in DSSE envelopes and webhook
//! deliveries, forty files a release.
//!
//! | contender   | what it does                                              |
//! |-------------|-----------------------------------------------------------|
//! | `shipwake`  | the load                                                  |
//! | `sha256sum` | the digests alone, by one process of GNU's                |

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::load;
use crate::support::contest::{Contender, Course, Input};
use crate::support::telemetry::Random;

pub const COURSE: Course = Course {
    name: "small",
    about: "attestations and webhook deliveries, a file each",
    usual: 120,
    write,
    contenders: &[
        Contender {
            name: "shipwake",
            needs: &[],
            goal: None,
            work: |input, out| load(input, out, "source"),
        },
        Contender {
            name: "sha256sum",
            needs: &["sha256sum", "--version"],
            goal: Some(0.25),
            work: sha256sum,
        },
    ],
};

/// Files of one release: what its rollout sent, and what was attested of its image.
const OF_A_RELEASE: u64 = 40;
/// Every which file of a release is an attestation.
const ATTESTED: u64 = 4;

fn write(folder: &Path, bytes: u64) -> Result<Input> {
    let mut random = Random(17);
    let mut input = Input {
        bytes: 0,
        records: 0,
    };
    let mut shipped = Shipped::default();
    while input.bytes < bytes {
        let of_release = input.records % OF_A_RELEASE;
        if of_release == 0 {
            shipped = Shipped::next(input.records / OF_A_RELEASE, &mut random);
        }
        let below = folder.join(format!("{:03}", input.records / 1000));
        std::fs::create_dir_all(&below)?;
        let text = if of_release.is_multiple_of(ATTESTED) {
            shipped.attestation(of_release / ATTESTED, &mut random)
        } else {
            shipped.delivery(of_release)
        };
        std::fs::write(below.join(format!("{}.json", input.records)), &text)?;
        input.bytes += text.len() as u64;
        input.records += 1;
    }
    Ok(input)
}

/// One release of one of twenty services, ten minutes after the one before.
#[derive(Default)]
struct Shipped {
    service: String,
    number: u64,
    digest: String,
    sha: String,
    run: u64,
    at: i64,
}

impl Shipped {
    fn next(number: u64, random: &mut Random) -> Self {
        Self {
            service: format!("service-{:02}", number % 20),
            number,
            digest: hex(random, 64),
            sha: hex(random, 40),
            run: random.below(1 << 34),
            at: 1_760_000_000 + i64::try_from(number).unwrap_or(0) * 600,
        }
    }

    fn repository(&self) -> String {
        format!("acme/{}", self.service)
    }

    /// A time some seconds into the release.
    fn time(&self, seconds: u64) -> String {
        let seconds = self.at + i64::try_from(seconds).unwrap_or(0);
        chrono::DateTime::from_timestamp(seconds, 0)
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default()
    }

    fn attestation(&self, nth: u64, random: &mut Random) -> String {
        const TYPES: [&str; 3] = [
            "https://slsa.dev/provenance/v1",
            "https://slsa.dev/verification_summary/v1",
            "https://in-toto.io/attestation/test-result/v0.1",
        ];
        let repository = self.repository();
        let kind = TYPES[usize::try_from(nth).unwrap_or(0) % TYPES.len()];
        let predicate = if kind.contains("provenance") {
            json!({
                "buildDefinition": {
                    "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                    "externalParameters": {"workflow": {
                        "ref": "refs/heads/main", "repository": format!("https://github.com/{repository}"), "path": ".github/workflows/release.yaml",
                    }},
                    "resolvedDependencies": [{
                        "uri": format!("git+https://github.com/{repository}@refs/heads/main"), "digest": {"gitCommit": self.sha},
                    }],
                },
                "runDetails": {
                    "builder": {"id": "https://github.com/actions/runner/github-hosted"},
                    "metadata": {"invocationId": format!("https://github.com/{repository}/actions/runs/{}/attempts/{}", self.run, nth + 1)},
                },
            })
        } else {
            json!({"result": "PASSED", "configuration": [{"name": "step", "digest": {"sha256": hex(random, 64)}}]})
        };
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": format!("ghcr.io/{repository}"), "digest": {"sha256": self.digest}}],
            "predicateType": kind,
            "predicate": predicate,
        });
        json!({
            "payloadType": "application/vnd.in-toto+json",
            "payload": STANDARD.encode(statement.to_string()),
            "signatures": [{"keyid": "", "sig": STANDARD.encode(hex(random, 64))}],
        })
        .to_string()
    }

    fn delivery(&self, nth: u64) -> String {
        const STATES: [&str; 3] = ["queued", "in_progress", "success"];
        let repository = self.repository();
        let api = format!("https://api.github.com/repos/{repository}");
        let environment = format!("production-{}", nth / 12);
        let deployment = self.number * 4 + nth / 12;
        let id = self.number * OF_A_RELEASE + nth;
        let (began, at) = (self.time(nth / 12 * 60), self.time(nth * 7));
        let bot = json!({"login": "github-actions[bot]", "id": 41_898_282, "type": "Bot"});
        json!({
            "action": "created",
            "deployment_status": {
                "url": format!("{api}/deployments/{deployment}/statuses/{id}"), "id": id,
                "state": STATES[usize::try_from(nth).unwrap_or(0) % STATES.len()],
                "creator": bot, "environment": environment, "created_at": at, "updated_at": at,
            },
            "deployment": {
                "url": format!("{api}/deployments/{deployment}"), "id": deployment, "task": "deploy", "sha": self.sha,
                "ref": "main", "environment": environment, "created_at": began, "updated_at": at, "payload": {"digest": format!("sha256:{}", self.digest)},
                "creator": bot,
            },
            "repository": {"id": self.number % 20 + 1, "full_name": repository, "html_url": format!("https://github.com/{repository}")},
            "sender": bot,
        })
        .to_string()
    }
}

fn hex(random: &mut Random, digits: usize) -> String {
    let mut text: String = std::iter::repeat_with(|| format!("{:016x}", random.next()))
        .take(digits.div_ceil(16))
        .collect();
    text.truncate(digits);
    text
}

fn sha256sum(input: &Path, _: &Path) -> Result<Option<u64>> {
    let done = Command::new("sh")
        .args([
            "-c",
            "find \"$0\" -type f -print0 | xargs -0 -n 100000 sha256sum",
        ])
        .arg(input)
        .stdout(Stdio::null())
        .status()?;
    ensure!(done.success(), "sha256sum failed");
    Ok(None)
}
