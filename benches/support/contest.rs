//! Contenders that take turns, each in a child process of the same program.
//!
//! A process of its own gives each contender a peak of memory of its own and a cold allocator; taking
//! turns spreads whatever else the machine does over all of them alike.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

const ROLE: &str = "contender";

/// Does the work on the input, writing below the second path; tells how many spans it then has.
pub type Work = fn(&Path, &Path) -> Result<Option<u64>>;

/// Those who take part.
pub struct Contest {
    pub contenders: &'static [(&'static str, Work)],
}

/// One contender's one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measure {
    pub seconds: f64,
    pub peak_bytes: u64,
    pub stored_bytes: u64,
    pub spans: Option<u64>,
}

impl Contest {
    /// Does a contender's work where this process was started for that, and says whether it was.
    pub fn is_contender(&self) -> Result<bool> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [role, name, input, out] = arguments.as_slice() else {
            return Ok(false);
        };
        let found = self
            .contenders
            .iter()
            .find(|(known, _)| role == ROLE && known == name);
        let Some((_, work)) = found else {
            return Ok(false);
        };
        let (input, out) = (Path::new(input), Path::new(out));
        let began = Instant::now();
        let spans = work(input, out)?;
        let seconds = began.elapsed().as_secs_f64();
        let measure = Measure {
            seconds,
            peak_bytes: peak_bytes(),
            stored_bytes: stored_bytes(out)?,
            spans,
        };
        println!("{}", serde_json::to_string(&measure)?);
        Ok(true)
    }

    /// Runs every contender `runs` times, in turns. What the last turn wrote stays in `folder`.
    pub fn run(
        &self,
        input: &Path,
        folder: &Path,
        runs: usize,
    ) -> Result<Vec<(&'static str, Vec<Measure>)>> {
        let mut measured: Vec<_> = self
            .contenders
            .iter()
            .map(|(name, _)| (*name, Vec::new()))
            .collect();
        for _ in 0..runs {
            for (name, measures) in &mut measured {
                let out = folder.join(&**name);
                if out.exists() {
                    std::fs::remove_dir_all(&out)?;
                }
                measures.push(child(name, input, &out)?);
            }
        }
        Ok(measured)
    }
}

fn child(name: &str, input: &Path, out: &Path) -> Result<Measure> {
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .arg(ROLE)
        .arg(name)
        .arg(input)
        .arg(out)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{name} failed");
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{name} did not say what it measured"))
}

/// The most memory that this process has had, zero where the system does not say.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kib| kib << 10)
}

fn stored_bytes(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            stored_bytes(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(total)
}

/// The middle value.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A number from the environment.
pub fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}
