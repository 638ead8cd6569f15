//! Gates that a team already has in Rego, replayed over the chain of a release.
//!
//! A team's pipeline may have decided by a Rego policy (OPA, conftest, Kosli). The same module is asked
//! here again, offline, with the release's chain as `input` (what `shipwake chain` prints), so that what
//! was decided then stands beside what follows from the evidence now. The engine is `regorus`, since it
//! is plain Rust and needs no server.
//!
//! A module is other people's code and may come with the evidence. It is read as text first ([`scan`]):
//! a call that sees clock, chance, network or machine is refused by its name, and a module that reads
//! documents which nobody gave is not asked, because in Rego what is absent is silently undefined and a
//! denial that hangs on it would never come. Then it runs in a thread of its own with a deadline, and
//! with bounds on what its calls may make ([`engine`]).
//!
//! Rego swallows errors of built-in functions: a rule that fails is a rule that does not hold, as in
//! OPA. Where that alone lets a release pass, the answer is unknown, not passed.
//!
//! What it is not: a replacement for `opa test`, or a judge of who may write policies.

mod engine;
mod scan;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use engine::{Given, Said};

/// Largest module in bytes; the modules of one gate together have at most twice as many.
pub const LARGEST: usize = 256 * 1024;
/// Messages that an answer tells.
const MOST_MESSAGES: usize = 10;
/// Characters of one message that are told.
const LONGEST_MESSAGE: usize = 240;

/// Rules that forbid a release when they say anything.
const FORBID: &[&str] = &["deny", "violation", "violations"];

/// One module as written.
#[derive(Debug, Clone, Copy)]
pub struct Module<'m> {
    /// What messages call it: its path, or the policy's place for one written inside of it.
    pub name: &'m str,
    /// Its text.
    pub text: &'m str,
    /// Lines before its first one, where it is written inside of another file.
    pub before: usize,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The modules; the first one's package is asked unless `package` or `query` say otherwise.
    pub modules: &'q [Module<'q>],
    /// The package to ask, with or without `data.` before it.
    pub package: Option<&'q str>,
    /// One rule to ask instead of a package's usual ones: a path such as `data.policy.violations`, or
    /// a name in the package.
    pub query: Option<&'q str>,
    /// The document that modules see as `input`.
    pub input: &'q Value,
    /// The document that they see as `data.shipwake`.
    pub facts: &'q Value,
}

/// How long and how much one gate may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time of one evaluation. A module that passes is asked twice.
    pub time: Duration,
    /// What calls may make altogether, in bytes by estimate.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(2),
            bytes: 64 << 20,
        }
    }
}

/// The package of a module as `data.…`; `None` where its first words name none.
#[must_use]
pub fn package(text: &str) -> Option<String> {
    scan::read(text).package
}

/// The names that begin a line of a module: its rules, and nothing that is written beneath them.
#[must_use]
pub fn rules(text: &str) -> Vec<String> {
    scan::read(text).rules()
}

/// True where a module mentions the name `rule` anywhere.
#[must_use]
pub fn mentions(text: &str, rule: &str) -> bool {
    scan::read(text).mentions(rule)
}

/// What the modules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing forbids it, and what must allow it does: the rules that were asked.
    Allowed(String),
    /// It is forbidden, or not allowed: the messages.
    Denied(String),
    /// They do not say, and why.
    Unknown(String),
}

/// Asks the modules.
///
/// The rules `allow`, `deny`, `violation` and `violations` of the package are read, as far as they are
/// declared. `allow` must be true; the others must be empty, false or undefined. Messages are texts, or
/// the `msg`, `message` or `reason` of objects.
#[must_use]
pub fn ask(question: &Question<'_>, limits: Limits) -> Ruling {
    let prepared = match prepare(question, limits) {
        Ok(prepared) => prepared,
        Err(why) => return Ruling::Unknown(why),
    };
    let (package, given) = prepared;
    let rules: Vec<String> = match question.query {
        Some(query) if query.starts_with("data.") => vec![query.to_owned()],
        Some(query) => vec![format!("{package}.{query}")],
        None => ["allow"]
            .iter()
            .chain(FORBID)
            .map(|rule| format!("{package}.{rule}"))
            .collect(),
    };
    let said = match engine::run(&given, &rules, false) {
        Ok(said) => said,
        Err(why) => return Ruling::Unknown(located(question, &why)),
    };
    let ruling = weigh(&package, &rules, &said);
    if matches!(ruling, Ruling::Allowed(_))
        && let Err(why) = engine::run(&given, &rules, true)
    {
        let why = located(question, &why);
        return Ruling::Unknown(format!("it passes only because of a failed call: {why}"));
    }
    ruling
}

/// Reads the modules as text, and finds the package.
fn prepare(question: &Question<'_>, limits: Limits) -> Result<(String, Given), String> {
    let mut packages = Vec::new();
    let mut bytes = 0;
    for module in question.modules {
        bytes += module.text.len();
        if module.text.len() > LARGEST || bytes > 2 * LARGEST {
            return Err(format!(
                "{} is larger than is read; a module has at most {LARGEST} bytes",
                module.name
            ));
        }
        let seen = scan::read(module.text);
        if let Some((name, line, what)) = seen.refused() {
            return Err(format!(
                "{}:{}: {name} is refused, because it sees {what}; a gate is judged by the evidence alone",
                module.name,
                line + module.before
            ));
        }
        let Some(package) = seen.package.clone() else {
            return Err(format!("{} has no line `package …`", module.name));
        };
        packages.push((package, seen, module));
    }
    for (_, seen, module) in &packages {
        let known: Vec<&str> = packages.iter().map(|(own, _, _)| own.as_str()).collect();
        if let Some((path, line)) = seen.foreign(&known) {
            return Err(format!(
                "{}:{}: it reads {}, which was not given; name its file in `file:` as well",
                module.name,
                line + module.before,
                brief(&path)
            ));
        }
    }
    let full = |name: &str| {
        if name == "data" || name.starts_with("data.") {
            name.to_owned()
        } else {
            format!("data.{name}")
        }
    };
    let asked = question.package.map(full);
    let package = match &asked {
        None => packages.first().map(|(package, _, _)| package.clone()),
        Some(asked) => packages
            .iter()
            .map(|(package, _, _)| package)
            .find(|package| *package == asked)
            .cloned(),
    };
    let Some(package) = package else {
        let have: Vec<String> = packages
            .iter()
            .map(|(package, _, _)| brief(package))
            .collect();
        return Err(format!(
            "no module has the package {}; there is {}",
            brief(asked.as_deref().unwrap_or("that is asked")),
            have.join(", ")
        ));
    };
    let given = Given {
        modules: question
            .modules
            .iter()
            .map(|module| (module.name.to_owned(), module.text.to_owned()))
            .collect(),
        input: question.input.clone(),
        facts: question.facts.clone(),
        limits,
    };
    Ok((package, given))
}

/// What the values of the rules amount to.
fn weigh(package: &str, rules: &[String], said: &[Said]) -> Ruling {
    let (mut asked, mut against) = (Vec::new(), Vec::new());
    for (path, said) in rules.iter().zip(said) {
        let rule = path.rsplit('.').next().unwrap_or(path);
        let forbids = FORBID.contains(&rule);
        let value = match said {
            Said::Undeclared => continue,
            Said::Undefined => None,
            Said::Value(value) => Some(value),
        };
        asked.push(rule.to_owned());
        match value {
            None if forbids => {}
            None if rule == "allow" => against.push("`allow` is undefined".to_owned()),
            None => return Ruling::Unknown(format!("`{}` is undefined", brief(rule))),
            Some(Value::Bool(says)) if *says == forbids => {
                against.push(format!("`{}` is {says}", brief(rule)));
            }
            Some(Value::Bool(_)) => {}
            Some(value) if rule == "allow" => {
                return Ruling::Unknown(format!(
                    "`allow` is neither true nor false but {}",
                    brief(&value.to_string())
                ));
            }
            Some(value) => messages(value, &mut against),
        }
    }
    if asked.is_empty() {
        return Ruling::Unknown(match rules {
            [one] => format!("no rule is called {}", brief(one)),
            _ => format!(
                "{} declares none of allow, deny, violation, violations",
                brief(package)
            ),
        });
    }
    if against.is_empty() {
        return Ruling::Allowed(format!("by {} of {}", asked.join(", "), brief(package)));
    }
    let more = against.len().saturating_sub(MOST_MESSAGES);
    against.truncate(MOST_MESSAGES);
    let told = against.join("; ");
    Ruling::Denied(match more {
        0 => told,
        more => format!("{told}; and {more} more"),
    })
}

/// The messages of a value: a text, or a list, set or object of them.
fn messages(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(members) => into.extend(members.iter().map(message)),
        Value::Object(fields) if fields.is_empty() => {}
        Value::Object(_) if worded(value).is_some() => into.push(message(value)),
        Value::Object(fields) => {
            into.extend(fields.iter().map(|(key, value)| match value {
                Value::Bool(true) => brief(key),
                value => format!("{}: {}", brief(key), message(value)),
            }));
        }
        value => into.push(message(value)),
    }
}

fn worded(value: &Value) -> Option<&str> {
    ["msg", "message", "reason"]
        .iter()
        .find_map(|key| value.get(key)?.as_str())
}

fn message(value: &Value) -> String {
    match (value, worded(value)) {
        (Value::String(text), _) => brief(text),
        (_, Some(text)) => brief(text),
        _ => brief(&value.to_string()),
    }
}

/// At most `longest` characters of a text of a module or of evidence for a sentence, on one line and
/// without characters that a terminal obeys.
pub(super) fn clean(text: &str, longest: usize) -> String {
    let mut told: String = text
        .chars()
        .take(longest)
        .flat_map(|letter| {
            let obeyed = letter.is_control()
                || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped = obeyed.then(|| letter.escape_debug());
            (!obeyed)
                .then_some(letter)
                .into_iter()
                .chain(escaped.into_iter().flatten())
        })
        .collect();
    if text.chars().nth(longest).is_some() {
        told.push('…');
    }
    told
}

fn brief(text: &str) -> String {
    clean(text, LONGEST_MESSAGE)
}

/// The engine's report, which draws the place over several lines, as one sentence with the line of the
/// file that the user wrote.
fn located(question: &Question<'_>, why: &engine::Fault) -> String {
    let engine::Fault { place, told } = why;
    let Some((name, line)) = place else {
        return brief(told);
    };
    let before = question
        .modules
        .iter()
        .find(|module| module.name == name)
        .map_or(0, |module| module.before);
    format!("{}:{}: {}", brief(name), line + before, brief(told))
}
