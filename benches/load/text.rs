//! Text that servers write: an access log in the combined format and a syslog of RFC 5424, half of the bytes each.
//!
//! | contender  | what it does                                                                |
//! |------------|-----------------------------------------------------------------------------|
//! | `shipwake` | the load                                                                    |
//! | `lnav`     | headless: recognise, index and count; keeps nothing                         |
//! | `wc`       | counts lines, one thread: what reading alone costs                          |

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::load;
use crate::support::contest::{Contender, Course, Input};
use crate::support::telemetry::Random;

const PATHS: &[&str] = &[
    "/",
    "/cart",
    "/api/checkout",
    "/api/orders",
    "/static/app.js",
    "/login",
];
const PROGRAMS: &[&str] = &["sshd", "kubelet", "containerd", "systemd", "cron"];
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// 2026-05-04T00:00:00Z in seconds.
const START: i64 = 1_777_852_800;

pub const COURSE: Course = Course {
    name: "text",
    about: "an access log and a syslog",
    usual: 200,
    write,
    contenders: &[
        Contender {
            name: "shipwake",
            needs: &[],
            goal: None,
            work: |input, out| load(input, out, "log"),
        },
        Contender {
            name: "lnav",
            needs: &["lnav", "-V"],
            goal: Some(3.0),
            work: lnav,
        },
        Contender {
            name: "wc",
            needs: &["wc", "--version"],
            goal: None,
            work: wc,
        },
    ],
};

fn write(folder: &Path, bytes: u64) -> Result<Input> {
    let mut random = Random(13);
    let mut input = Input {
        bytes: 0,
        records: 0,
    };
    let mut now = START;
    let mut fill = |name: &str, line: fn(&mut Random, i64) -> String| -> Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?);
        let mut written = 0;
        while written < bytes / 2 {
            now += i64::from(random.below(60) == 0);
            let line = line(&mut random, now);
            file.write_all(line.as_bytes())?;
            written += line.len() as u64;
            input.records += 1;
        }
        input.bytes += written;
        Ok(file.flush()?)
    };
    fill("access.log", access)?;
    fill("syslog.log", syslog)?;
    Ok(input)
}

fn access(random: &mut Random, now: i64) -> String {
    let time = chrono::DateTime::from_timestamp(now, 0).unwrap_or_default();
    format!(
        "10.{}.{}.{} - - [{}] \"GET {}?q={} HTTP/1.1\" {} {} \"-\" \"{AGENT}\"\n",
        random.below(4),
        random.below(250),
        random.below(250),
        time.format("%d/%b/%Y:%H:%M:%S +0000"),
        random.pick(PATHS),
        random.below(100_000),
        random.pick(&[200_u64, 200, 200, 304, 404, 502]),
        random.below(90_000),
    )
}

fn syslog(random: &mut Random, now: i64) -> String {
    let time = chrono::DateTime::from_timestamp(now, 0).unwrap_or_default();
    format!(
        "<{}>1 {}.{:03}Z node-{} {} {} - - session {:08x} of user deploy opened from 10.0.{}.{}\n",
        random.pick(&[30_u64, 38, 86, 27, 28]),
        time.format("%Y-%m-%dT%H:%M:%S"),
        random.below(1000),
        random.below(12),
        random.pick(PROGRAMS),
        random.below(30_000),
        random.below(1 << 32),
        random.below(250),
        random.below(250),
    )
}

fn lnav(input: &Path, out: &Path) -> Result<Option<u64>> {
    std::fs::create_dir_all(out)?;
    let output = Command::new("lnav")
        .args([
            "-n",
            "-c",
            ";SELECT count(*) AS records FROM all_logs",
            "-c",
            ":write-csv-to -",
        ])
        .args([input.join("access.log"), input.join("syslog.log")])
        .env("HOME", out)
        .env("XDG_CONFIG_HOME", out)
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let counted = text.lines().find_map(|line| line.trim().parse().ok());
    ensure!(output.status.success(), "lnav failed");
    Ok(Some(counted.context("lnav did not count")?))
}

fn wc(input: &Path, _: &Path) -> Result<Option<u64>> {
    let output = Command::new("wc")
        .arg("-l")
        .args([input.join("access.log"), input.join("syslog.log")])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let total = text.lines().last().unwrap_or_default();
    Ok(total
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok()))
}
