//! What is wrong in a policy file: one record per mistake, all of them at once.

use std::fmt;

/// A place in the file. Both count from 1; columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// What sort of mistake it is. Ordered as declared; the order has no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mistake {
    /// The text is not one YAML document.
    NotYaml,
    /// The file, its nesting, its aliases or its list of mistakes is larger than is read.
    TooLarge,
    /// `apiVersion` or `kind` is not one that is understood.
    Version,
    /// A key that means nothing where it stands.
    UnknownKey,
    /// A key that must be there and is not.
    MissingKey,
    /// A mapping where a number is wanted, and the like.
    WrongType,
    /// A word outside of a closed list.
    UnknownWord,
    /// Two entries with one id, or one key twice.
    Duplicate,
    /// A rule, gate or name that does not exist.
    UnknownReference,
    /// An exception that does not say until when, or why.
    OpenException,
    /// A duration or a time that cannot be read.
    BadTime,
    /// A number outside of what makes sense.
    OutOfRange,
    /// A text that cannot be what it should be: an id, a digest, a path, a pattern.
    BadText,
    /// A text, list or mapping with nothing in it.
    Empty,
    /// Keys that exclude one another, or that do nothing together.
    Conflict,
    /// An expression that breaks the grammar.
    Syntax,
    /// An expression that compares or adds what cannot be compared or added.
    Types,
}

/// One mistake of a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Sort of mistake.
    pub mistake: Mistake,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where in the structure: `runtime[R03].severity`, `gates[#2].id` where there is no id,
    /// empty for the file as a whole.
    pub path: String,
    /// What is wrong: one sentence.
    pub problem: String,
    /// What to do: one sentence in the imperative.
    pub hint: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(form, "{}:{}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(form, "{}: ", self.path)?;
        }
        write!(form, "{} {}", self.problem, self.hint)
    }
}

impl std::error::Error for PolicyError {}

/// Mistakes kept per file. Nobody mends more at once, and a hostile file must not fill memory.
pub(super) const MOST: usize = 200;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    list: Vec<PolicyError>,
    left_out: usize,
}

impl Errors {
    /// Notes a mistake, or counts it where enough are kept.
    pub(super) fn add(
        &mut self,
        mistake: Mistake,
        place: Place,
        path: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        self.list.push(PolicyError {
            mistake,
            line: place.line,
            column: place.column,
            path: path.to_owned(),
            problem: problem.into(),
            hint: hint.into(),
        });
    }

    /// True where further mistakes are only counted: looking for near names is then lost work.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= MOST
    }

    /// True where nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All mistakes by place, then by path and sentence; a last one says how many at least were left out.
    pub(super) fn finish(mut self) -> Vec<PolicyError> {
        self.list.sort_by(|a, b| {
            let key = |e: &PolicyError| {
                (
                    e.line,
                    e.column,
                    e.path.clone(),
                    e.problem.clone(),
                    e.mistake,
                )
            };
            key(a).cmp(&key(b))
        });
        self.list.dedup();
        if self.left_out > 0 {
            let (line, column) = self.list.last().map_or((1, 1), |e| (e.line, e.column));
            self.list.push(PolicyError {
                mistake: Mistake::TooLarge,
                line,
                column,
                path: String::new(),
                problem: format!("At least {} more mistakes are not listed.", self.left_out),
                hint: "Mend those above and read the file again.".to_owned(),
            });
        }
        self.list
    }
}

/// A text of the file for a sentence: escaped, cut, in backquotes. Control and direction
/// characters of a hostile file must not reach a terminal.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", harmless(text, 60))
}

/// At most `longest` characters of a text, escaped.
pub(super) fn harmless(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).flat_map(safe).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

fn safe(letter: char) -> impl Iterator<Item = char> {
    let plain = matches!(letter, '\'' | '"' | '\\');
    let escaped = (!plain).then(|| letter.escape_debug());
    plain
        .then_some(letter)
        .into_iter()
        .chain(escaped.into_iter().flatten())
}

/// The nearest of `known` to `name` by edit distance (Damerau-Levenshtein restricted to one edit
/// per place, "optimal string alignment"), where it is near enough to be what was meant; the first
/// in the order of `known` on a tie.
///
/// Bounded: names longer than 48 bytes and candidates after the five-hundredth are not looked at.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    const LONGEST: usize = 48;
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(500)
        .filter(|known| known.len() <= LONGEST && known.len().abs_diff(name.len()) <= allowed)
        .map(|known| (strsim::osa_distance(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// "Write one of …", with the nearest first where there is one.
pub(super) fn choose(name: &str, known: &[&str], errors: &Errors) -> String {
    let near = if errors.is_full() {
        None
    } else {
        nearest(name, known.iter().copied())
    };
    let list = known
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match near {
        // A list that is longer than the sentence hides the answer.
        Some(near) if known.len() == 1 || known.len() > 12 => format!("Write `{near}`."),
        Some(near) => format!("Write `{near}`, or another of {list}."),
        None => format!("Write one of {list}."),
    }
}
