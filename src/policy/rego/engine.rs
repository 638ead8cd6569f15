//! Running modules that nobody vouches for: a thread, a deadline, bounds on what calls may make.
//!
//! The engine checks its clock between expressions, not within a call, and has no bound on memory that
//! does not replace the whole program's allocator. So calls that make something larger than what they
//! are given, or as large, are met by functions of the same name here: they reckon what the call may
//! make, charge it to the evaluation's allowance, and pass it on to an engine of its own. What remains
//! is as long as the deadline. A thread that misses even that is left behind: it ends with the program.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};
use regorus::{Engine, Value};

use super::scan::REFUSED;
use super::{LARGEST, Limits};

/// Rules of all modules together: each may hang on the one before it, and each such step takes stack.
const MOST_RULES: usize = 2_000;
/// Stack of the thread. Only what is touched takes memory.
const STACK: usize = 512 << 20;
/// What the thread may take beyond its deadline before it is left behind.
const GRACE: Duration = Duration::from_secs(1);
/// Largest value of a rule that is read, in bytes by estimate.
const LARGEST_VALUE: usize = 1 << 20;
/// Members of a range.
const MOST_MEMBERS: usize = 1 << 20;

/// Calls that make at most a multiple of what they are given: name, arguments, and the multiple.
const BOUNDED: &[(&str, u8, usize)] = &[
    ("array.concat", 2, 1),
    ("array.reverse", 1, 1),
    ("array.slice", 3, 1),
    ("base64.decode", 1, 1),
    ("base64.encode", 1, 2),
    ("base64url.decode", 1, 1),
    ("base64url.encode", 1, 2),
    ("base64url.encode_no_pad", 1, 2),
    ("graph.reachable", 2, 1),
    ("hex.decode", 1, 1),
    ("hex.encode", 1, 2),
    ("json.filter", 2, 1),
    ("json.marshal", 1, 6),
    ("json.marshal_with_options", 2, 64),
    ("json.remove", 2, 1),
    ("json.unmarshal", 1, 24),
    ("lower", 1, 3),
    ("object.filter", 2, 1),
    ("object.remove", 2, 1),
    ("object.union", 2, 1),
    ("object.union_n", 1, 1),
    ("regex.find_n", 3, 24),
    ("regex.split", 2, 24),
    ("split", 2, 24),
    ("strings.reverse", 1, 1),
    ("substring", 3, 1),
    ("trim", 2, 1),
    ("trim_left", 2, 1),
    ("trim_prefix", 2, 1),
    ("trim_right", 2, 1),
    ("trim_space", 1, 1),
    ("trim_suffix", 2, 1),
    ("upper", 1, 3),
];

/// Calls whose product is reckoned one by one.
const RECKONED: &[(&str, u8)] = &[
    ("bits.lsh", 2),
    ("concat", 2),
    ("graph.reachable_paths", 2),
    ("numbers.range", 2),
    ("numbers.range_step", 3),
    ("regex.replace", 3),
    ("replace", 3),
    ("sprintf", 2),
    ("strings.replace_n", 2),
];

/// The engine's clock. It has one of its own only together with its `std` feature, which also prints
/// warnings on a terminal that is not its own.
#[derive(Debug)]
struct Clock;

impl TimeSource for Clock {
    fn now(&self) -> Option<Duration> {
        static START: OnceLock<Instant> = OnceLock::new();
        Some(START.get_or_init(Instant::now).elapsed())
    }
}

static CLOCK: Clock = Clock;

/// What the thread is given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Names and texts.
    pub(super) modules: Vec<(String, String)>,
    /// `input`.
    pub(super) input: serde_json::Value,
    /// `data.shipwake`.
    pub(super) facts: serde_json::Value,
    /// Bounds.
    pub(super) limits: Limits,
}

/// What a rule is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// No module declares it.
    Undeclared,
    /// It is declared and does not hold.
    Undefined,
    /// Its value; sets are lists.
    Value(serde_json::Value),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Module and line, where it has one.
    pub(super) place: Option<(String, usize)>,
    /// One sentence or part of one.
    pub(super) told: String,
}

impl Fault {
    fn new(told: impl Into<String>) -> Self {
        Self {
            place: None,
            told: told.into(),
        }
    }

    /// The engine's report: `--> name:line:column`, the line drawn, and `error: …`.
    fn read(report: &str) -> Self {
        let place = report.lines().find_map(|line| {
            let mut parts = line.trim().strip_prefix("--> ")?.rsplitn(3, ':');
            let (_, line, name) = (parts.next()?, parts.next()?, parts.next()?);
            Some((name.to_owned(), line.parse().ok()?))
        });
        let told = report
            .rsplit_once("error: ")
            .map_or(report, |(_, told)| told)
            .trim();
        Self {
            place,
            told: told.to_owned(),
        }
    }
}

/// The values of `rules` (full paths). With `strict` a failed call of a built-in function is a fault;
/// without, its result is undefined, as in OPA.
pub(super) fn run(given: &Given, rules: &[String], strict: bool) -> Result<Vec<Said>, Fault> {
    let (sender, receiver) = mpsc::channel();
    let (own, paths) = (given.clone(), rules.to_vec());
    std::thread::Builder::new()
        .name("rego".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            // Whoever asked may have left.
            let _ = sender.send(evaluate(&own, &paths, strict));
        })
        .map_err(|error| Fault::new(format!("no thread to run it in: {error}")))?;
    match receiver.recv_timeout(given.limits.time + GRACE) {
        Ok(said) => said,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(late(given.limits)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(Fault::new("the engine gave up on this module"))
        }
    }
}

fn late(limits: Limits) -> Fault {
    Fault::new(format!(
        "it takes longer than {} ms",
        limits.time.as_millis()
    ))
}

fn evaluate(given: &Given, rules: &[String], strict: bool) -> Result<Vec<Said>, Fault> {
    let began = Instant::now();
    // Set once for the program; a second time is refused and changes nothing.
    let _ = set_time_source(&CLOCK);
    let mut engine = loaded(given)?;
    let guard = Arc::new(Guard::new(given.limits, strict));
    guard.stand_before(&mut engine)?;
    engine.set_strict_builtin_errors(strict);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: given.limits.time,
        check_interval: NonZeroU32::MIN.saturating_add(63),
    });
    let input = Value::from(given.input.clone());
    engine.set_input(input);
    let mut facts = serde_json::Map::new();
    facts.insert("shipwake".to_owned(), given.facts.clone());
    let fault = |error: &dyn std::fmt::Display| Fault::read(&error.to_string());
    engine
        .add_data(Value::from(serde_json::Value::Object(facts)))
        .map_err(|error| fault(&error))?;
    let mut said = Vec::new();
    for rule in rules {
        let value = engine.eval_rule(rule.clone());
        // A function's failure may have been swallowed by another one of its bodies.
        if let Some(why) = guard.told() {
            return Err(Fault::new(why));
        }
        if began.elapsed() >= given.limits.time {
            return Err(late(given.limits));
        }
        said.push(match value {
            Ok(Value::Undefined) => Said::Undefined,
            Ok(value) if size(&value, LARGEST_VALUE).is_none() => {
                return Err(Fault::new(format!("{rule} is larger than is read")));
            }
            Ok(value) => Said::Value(
                serde_json::to_value(&value).map_err(|error| Fault::new(error.to_string()))?,
            ),
            Err(error) if error.to_string().contains("not a valid rule path") => Said::Undeclared,
            Err(error) => return Err(fault(&error)),
        });
    }
    Ok(said)
}

/// An engine with the modules, by the present grammar, or by that before OPA 1.0 where they are no
/// other.
fn loaded(given: &Given) -> Result<Engine, Fault> {
    let mut first = None;
    for is_old in [false, true] {
        let mut engine = Engine::new();
        engine.set_rego_v0(is_old);
        engine.set_gather_prints(true);
        let added = given
            .modules
            .iter()
            .try_for_each(|(name, text)| engine.add_policy(name.clone(), text.clone()).map(drop));
        match added {
            Ok(()) => {
                let rules: usize = engine
                    .get_modules()
                    .iter()
                    .map(|module| module.policy.len())
                    .sum();
                if rules > MOST_RULES {
                    return Err(Fault::new(format!(
                        "it has {rules} rules, and {MOST_RULES} are read at most"
                    )));
                }
                return Ok(engine);
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.map_or_else(
        || Fault::new("there is no module"),
        |error| Fault::read(&error.to_string()),
    ))
}

/// What stands between a module and the functions that it calls.
struct Guard {
    /// Bytes that calls may still make.
    left: AtomicUsize,
    limit: usize,
    strict: bool,
    /// Why the evaluation is not to be believed.
    told: Mutex<Option<String>>,
}

impl Guard {
    fn new(limits: Limits, strict: bool) -> Self {
        Self {
            left: AtomicUsize::new(limits.bytes),
            limit: limits.bytes,
            strict,
            told: Mutex::new(None),
        }
    }

    fn told(&self) -> Option<String> {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn tell<T>(&self, why: String) -> Result<T, String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert_with(|| why.clone());
        Err(why)
    }

    /// Puts a function before each that is refused or bounded.
    fn stand_before(self: &Arc<Self>, engine: &mut Engine) -> Result<(), Fault> {
        let mut add = |name: &'static str, arity: u8, act: Act| {
            let guard = Arc::clone(self);
            let met = move |args: Vec<Value>| {
                guard
                    .meet(name, arity, act, args)
                    .map_err(|why| std::io::Error::other(why).into())
            };
            engine
                .add_extension(name.to_owned(), arity, Box::new(met))
                .map_err(|error| Fault::read(&error.to_string()))
        };
        for (name, sees) in REFUSED {
            let arity = match *name {
                "rand.intn" => 2,
                "opa.runtime" | "time.now_ns" => 0,
                _ => 1,
            };
            add(name, arity, Act::Refuse(sees))?;
        }
        for (name, arity, multiple) in BOUNDED {
            add(name, *arity, Act::Multiple(*multiple))?;
        }
        for (name, arity) in RECKONED {
            add(name, *arity, Act::Reckon)?;
        }
        Ok(())
    }

    fn meet(&self, name: &str, arity: u8, act: Act, args: Vec<Value>) -> Result<Value, String> {
        let cost = match act {
            Act::Refuse(sees) => {
                return self.tell(format!("{name} is refused, because it sees {sees}"));
            }
            Act::Multiple(multiple) => {
                sizes(&args, self.limit).map(|bytes| bytes.saturating_mul(multiple))
            }
            Act::Reckon => reckon(name, &args, self.limit),
        };
        let cost = cost.unwrap_or(usize::MAX).saturating_add(64);
        let paid = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(cost)
            });
        if paid.is_err() {
            return self.tell(format!(
                "{name} makes more than this evaluation may hold ({} bytes)",
                self.limit
            ));
        }
        let params: Vec<String> = (0..arity).map(|at| format!("input[{at}]")).collect();
        let mut inner = Engine::new();
        inner.set_strict_builtin_errors(self.strict);
        inner.set_input(Value::from(args));
        let said = inner
            .eval_query(format!("{name}({})", params.join(", ")), false)
            .map_err(|error| Fault::read(&error.to_string()).told)?;
        Ok(said
            .result
            .into_iter()
            .next()
            .and_then(|result| result.expressions.into_iter().next())
            .map_or(Value::Undefined, |expression| expression.value))
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Refused, because it sees this.
    Refuse(&'static str),
    /// Makes at most so many times what it is given.
    Multiple(usize),
    /// Reckoned by [`reckon`].
    Reckon,
}

/// Bytes of values by estimate; `None` beyond `most`. A value that holds another one twice counts it
/// twice, since a text of it would.
fn sizes(values: &[Value], most: usize) -> Option<usize> {
    values.iter().try_fold(0_usize, |sum, value| {
        Some(sum + size(value, most.checked_sub(sum)?)?)
    })
}

fn size(value: &Value, most: usize) -> Option<usize> {
    let mut sum = 0_usize;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        sum = sum.saturating_add(16 + value.as_string().map_or(0, |text| text.len()));
        if sum > most {
            return None;
        }
        match value {
            Value::Array(members) => open.extend(members.iter()),
            Value::Set(members) => open.extend(members.iter()),
            Value::Object(fields) => {
                for (key, value) in fields.iter() {
                    open.push(key);
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    Some(sum)
}

/// Bytes that a call makes at most, by estimate; `None` for too many.
fn reckon(name: &str, args: &[Value], most: usize) -> Option<usize> {
    let text = |at: usize| args.get(at)?.as_string().ok().cloned();
    let length = |at: usize| text(at).map_or(0, |text| text.len());
    let whole = |at: usize| args.get(at)?.as_i64().ok();
    let given = sizes(args, most)?;
    // A call with the wrong kind of argument makes nothing.
    Some(match name {
        "bits.lsh" => match args.get(1).map(Value::as_i64) {
            Some(Ok(by)) if by < 1 << 20 => given,
            _ => return None,
        },
        "concat" => {
            let members = match args.get(1) {
                Some(Value::Array(members)) => members.len(),
                Some(Value::Set(members)) => members.len(),
                _ => 0,
            };
            given.saturating_add(length(0).saturating_mul(members))
        }
        // As many as there are ways through the graph.
        "graph.reachable_paths" => return None,
        "numbers.range" | "numbers.range_step" => {
            let (from, to) = (whole(0)?, whole(1)?);
            let many = usize::try_from(from.abs_diff(to)).ok()?;
            (many < MOST_MEMBERS).then(|| many.saturating_mul(32))?
        }
        "replace" | "regex.replace" | "strings.replace_n" => {
            // At every place, the longest text; and what `$` brings back of the subject.
            let (subject, with) = if name == "strings.replace_n" {
                (length(1), given.saturating_sub(length(1)))
            } else {
                (length(0), length(2))
            };
            let dollars = text(2).map_or(0, |text| text.matches('$').count());
            let old = if name == "replace" {
                length(1).max(1)
            } else {
                1
            };
            (subject / old + 1)
                .saturating_mul(with)
                .saturating_add(subject.saturating_mul(dollars + 1))
        }
        "sprintf" => {
            let form = text(0).unwrap_or_default();
            let verbs = form.matches('%').count();
            // Widths and precisions are written in digits.
            let widest = form
                .split(|letter: char| !letter.is_ascii_digit())
                .filter(|digits| !digits.is_empty())
                .map(|digits| digits.parse().unwrap_or(usize::MAX))
                .fold(0, usize::max);
            form.len()
                .saturating_add(given.saturating_mul(6).saturating_mul(verbs.min(LARGEST)))
                .saturating_add(widest.saturating_mul(verbs))
        }
        _ => given,
    })
}
