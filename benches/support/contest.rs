//! Contenders that take turns, each in a child process of the same program.
//!
//! A process of its own gives each contender a peak of memory of its own and a cold allocator; taking
//! turns spreads whatever else the machine does over all of them alike. Peers that are programs of
//! their own take part where they are installed, and are passed over by name where they are not.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

const ROLE: &str = "contender";

/// Does the work on the input, writing below the second path; tells how many records it then has.
pub type Work = fn(&Path, &Path) -> Result<Option<u64>>;

/// One who takes part.
pub struct Contender {
    pub name: &'static str,
    /// A command that succeeds where the peer is installed; empty for what is built in.
    pub needs: &'static [&'static str],
    /// Its seconds beside those of the first contender, at least.
    pub goal: Option<f64>,
    pub work: Work,
}

/// One course: an input, and those who run on it. The first is the one that the others are beside.
pub struct Course {
    pub name: &'static str,
    pub about: &'static str,
    /// Megabytes of input, unless told otherwise.
    pub usual: u64,
    /// Writes about so many bytes below a folder that is there and empty.
    pub write: fn(&Path, u64) -> Result<Input>,
    pub contenders: &'static [Contender],
}

/// What was written.
pub struct Input {
    pub bytes: u64,
    /// Records that each contender that counts must have.
    pub records: u64,
}

/// One contender's one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measure {
    pub seconds: f64,
    /// Of the contender's own process; zero for peers that are programs of their own.
    pub peak_bytes: u64,
    pub stored_bytes: u64,
    pub records: Option<u64>,
}

impl Contender {
    /// Whether it can take part on this machine.
    fn is_here(&self) -> bool {
        let Some((program, arguments)) = self.needs.split_first() else {
            return true;
        };
        Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// Does a contender's work where this process was started for that, and says whether it was.
pub fn is_contender(courses: &[Course]) -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [role, course, name, input, out] = arguments.as_slice() else {
        return Ok(false);
    };
    let course = courses.iter().find(|known| known.name == course);
    let found = course
        .filter(|_| role == ROLE)
        .and_then(|course| course.contenders.iter().find(|known| known.name == name));
    let Some(found) = found else {
        return Ok(false);
    };
    let (input, out) = (Path::new(input), Path::new(out));
    let began = Instant::now();
    let records = (found.work)(input, out)?;
    let seconds = began.elapsed().as_secs_f64();
    let measure = Measure {
        seconds,
        peak_bytes: if found.needs.is_empty() {
            peak_bytes()
        } else {
            0
        },
        stored_bytes: stored_bytes(out)?,
        records,
    };
    println!("{}", serde_json::to_string(&measure)?);
    Ok(true)
}

impl Course {
    /// Runs every contender that is here `runs` times, in turns. What the last turn wrote stays in `folder`.
    pub fn run(
        &self,
        input: &Path,
        folder: &Path,
        runs: usize,
    ) -> Result<Vec<(&'static Contender, Vec<Measure>)>> {
        let (here, absent): (Vec<_>, Vec<_>) =
            self.contenders.iter().partition(|one| one.is_here());
        for one in absent {
            println!(
                "{} is passed over: `{}` does not run here",
                one.name,
                one.needs.join(" ")
            );
        }
        let alone = std::env::var_os("SHIPWAKE_BENCH_ALONE").is_some();
        let mut measured: Vec<_> = here
            .into_iter()
            .take(if alone { 1 } else { usize::MAX })
            .map(|one| (one, Vec::new()))
            .collect();
        for _ in 0..runs {
            for (contender, measures) in &mut measured {
                let out = folder.join(contender.name);
                if out.exists() {
                    std::fs::remove_dir_all(&out)?;
                }
                measures.push(self.child(contender.name, input, &out)?);
            }
        }
        Ok(measured)
    }

    fn child(&self, name: &str, input: &Path, out: &Path) -> Result<Measure> {
        let program = std::env::current_exe()?;
        let output = Command::new(program)
            .args([ROLE, self.name, name])
            .arg(input)
            .arg(out)
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "{name} failed");
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{name} did not say what it measured"))
    }
}

/// The most memory that this process has had, zero where the system does not say.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kib| kib << 10)
}

fn stored_bytes(folder: &Path) -> Result<u64> {
    if !folder.exists() {
        return Ok(0);
    }
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
