//! Does the release's diff explain a template: did somebody just write that message?

use std::collections::{BTreeMap, HashMap};

use super::tokens::{MASK, has_digit};
use super::{Template, Token};

/// Bytes of an added line that are looked at; longer ones are generated or minified.
const LINE: usize = 4 * 1024;
/// Words, runs and whole strings that an index holds at most: about 100 MB.
const ENTRIES: usize = 2_000_000;
/// A longer word is data.
const WORD: usize = 128;
/// A placeholder ends within so many bytes.
const PLACEHOLDER: usize = 128;
/// Literal words in a row that make a run (domain reference, section 3.8).
const RUN: usize = 3;
/// A run or string of shorter words only ("is not in", "OK") proves nothing.
const TELLING: usize = 4;
/// Of a string literal with more parts no whole match is kept; it has a run.
const PARTS: usize = 32;

/// Id of a placeholder or value.
const ANY: u32 = 0;
/// Id of a word that no added line holds.
const UNKNOWN: u32 = u32::MAX;

/// Why a template counts as explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// At least three consecutive literal words of the template stand consecutively in the line.
    Run,
    /// The template is too short for a run, and a string literal in the line is the whole template:
    /// the same words with placeholders in the same places.
    Whole,
}

/// Where a template is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which of the added lines, from 0 in the order in which they were given. The first line that
    /// holds a run stands for all that hold it.
    pub line: usize,
    /// How many of the template's literal words were found there, at least.
    pub words: usize,
    /// How many literal words the template has.
    pub of: usize,
    /// By which rule.
    pub how: How,
}

/// The added lines of a diff, prepared so that each template is one look-up.
///
/// Lines and templates are cut into words the same way. White space and quotes end a word, as do
/// brackets, commas and semicolons; punctuation around a word falls away. What has no white space
/// or quote in it and holds a placeholder (`{}`, `{name:?}`, `%s`, `${x}`, `<*>`, ...) or a digit is
/// a value as a whole, because upstream masks whole tokens. A value ends a run and is never part of
/// one: `{} {} {}` explains nothing.
///
/// What it is not: proof. A comment or another message with the same three words explains too; the
/// reason names the line so that a reader can judge.
pub struct Index {
    words: HashMap<Box<str>, u32>,
    runs: HashMap<[u32; RUN], u32>,
    wholes: HashMap<Box<[u32]>, u32>,
    truncated: bool,
}

/// A word or value of a line.
#[derive(Clone, Copy)]
struct Part {
    id: u32,
    telling: bool,
}

const VALUE: Part = Part {
    id: ANY,
    telling: false,
};

impl Index {
    /// Reads added lines without their `+`. Stops where two million entries are held; see
    /// [`Index::truncated`]. Of each line 4 KiB count.
    #[must_use]
    pub fn new<'a>(added: impl IntoIterator<Item = &'a str>) -> Self {
        Self::within(ENTRIES, added)
    }

    /// As [`Index::new`], but stops at another number of entries.
    pub(super) fn within<'a>(limit: usize, added: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self {
            words: HashMap::new(),
            runs: HashMap::new(),
            wholes: HashMap::new(),
            truncated: false,
        };
        for (number, line) in added.into_iter().enumerate() {
            let entries = index.words.len() + index.runs.len() + index.wholes.len();
            let Ok(number) = u32::try_from(number) else {
                index.truncated = true;
                break;
            };
            if entries >= limit {
                index.truncated = true;
                break;
            }
            index.read(&line[..line.floor_char_boundary(LINE)], number);
        }
        index
    }

    /// True where there were more lines than are indexed: then `None` proves nothing.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Why the added lines explain `template`, where they do. Of several lines the one with most of
    /// its words, the first of equals. Never for empty messages, for templates without a word of
    /// four letters, or for a miner's overflow template.
    #[must_use]
    pub fn explain(&self, template: &Template) -> Option<Reason> {
        let literal = |token: &Token| matches!(token, Token::Literal(_));
        if template.overflow || !template.tokens.iter().any(literal) {
            return None;
        }
        let mut parts = Vec::new();
        scan(&template.text(), &mut |word| {
            parts.push(match word {
                Some(word) => Part {
                    id: self.words.get(word).copied().unwrap_or(UNKNOWN),
                    telling: is_telling(word),
                },
                None => VALUE,
            });
        });
        merge(&mut parts);
        let of = parts.iter().filter(|part| part.id != ANY).count();
        self.run(&parts, of).or_else(|| self.whole(&parts, of))
    }

    fn run(&self, parts: &[Part], of: usize) -> Option<Reason> {
        // For each line the words found and the position after the last of them.
        let mut lines: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (start, window) in parts.windows(RUN).enumerate() {
            if let Some(key) = key(window)
                && let Some(line) = self.runs.get(&key)
            {
                let (words, end) = lines.entry(*line).or_default();
                *words += start + RUN - start.max(*end);
                *end = start + RUN;
            }
        }
        // The first of equals: a later one must have more.
        let mut best: Option<(u32, usize)> = None;
        for (line, (words, _)) in lines {
            if best.is_none_or(|(_, most)| words > most) {
                best = Some((line, words));
            }
        }
        best.map(|(line, words)| Reason {
            line: line as usize,
            words,
            of,
            how: How::Run,
        })
    }

    fn whole(&self, parts: &[Part], of: usize) -> Option<Reason> {
        let keys = wholes(parts);
        let known = |key: &Vec<u32>| self.wholes.get(key.as_slice());
        let line = keys.iter().filter_map(known).min()?;
        Some(Reason {
            line: *line as usize,
            words: of,
            of,
            how: How::Whole,
        })
    }

    fn read(&mut self, line: &str, number: u32) {
        let parts = self.parts(line);
        for window in parts.windows(RUN) {
            if let Some(key) = key(window) {
                self.runs.entry(key).or_insert(number);
            }
        }
        // Each kind of quote by itself: an apostrophe must not swallow a string.
        for quote in ['"', '\'', '`'] {
            for string in strings(line, quote) {
                let parts = self.parts(string);
                for key in wholes(&parts) {
                    self.wholes.entry(key.into()).or_insert(number);
                }
            }
        }
    }

    fn parts(&mut self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        scan(text, &mut |word| {
            let Some(word) = word else {
                parts.push(VALUE);
                return;
            };
            // From 1: 0 is `ANY`.
            let next = u32::try_from(self.words.len() + 1).unwrap_or(UNKNOWN);
            let id = if let Some(id) = self.words.get(word) {
                *id
            } else {
                self.words.insert(word.into(), next);
                next
            };
            parts.push(Part {
                id,
                telling: is_telling(word),
            });
        });
        merge(&mut parts);
        parts
    }
}

/// Why `added` lines explain `template`, where they do. For many templates make one [`Index`].
#[must_use]
pub fn explained_by<'a>(
    template: &Template,
    added: impl IntoIterator<Item = &'a str>,
) -> Option<Reason> {
    Index::new(added).explain(template)
}

/// Values side by side become one: one placeholder may write several tokens.
fn merge(parts: &mut Vec<Part>) {
    parts.dedup_by(|later, earlier| later.id == ANY && earlier.id == ANY);
}

fn is_telling(word: &str) -> bool {
    word.chars().nth(TELLING - 1).is_some()
}

/// A run that can be looked up: words only, one of them long enough.
fn key(window: &[Part]) -> Option<[u32; RUN]> {
    let [first, second, third] = window else {
        return None;
    };
    let ids = [first.id, second.id, third.id];
    let fits = !ids.contains(&ANY) && window.iter().any(|part| part.telling);
    fits.then_some(ids)
}

/// What a whole string or template is looked up by: its parts, and those of two words or more also
/// without values at the ends, since `"not found: " + name` has none. A single word (`"error"`) is
/// too often a key or a label for that.
fn wholes(parts: &[Part]) -> Vec<Vec<u32>> {
    let short = parts.len() <= PARTS && parts.windows(RUN).all(|window| key(window).is_none());
    if !short || !parts.iter().any(|part| part.telling) {
        return Vec::new();
    }
    let ids: Vec<u32> = parts.iter().map(|part| part.id).collect();
    let mut keys = vec![ids.clone()];
    if ids.iter().filter(|id| **id != ANY).count() >= 2 {
        let inner = ids.strip_prefix(&[ANY]).unwrap_or(&ids);
        let inner = inner.strip_suffix(&[ANY]).unwrap_or(inner);
        if inner.len() < ids.len() {
            keys.push(inner.to_vec());
        }
    }
    keys
}

/// What stands between pairs of `quote` in `line`; a backslash takes the next character with it.
fn strings(line: &str, quote: char) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            match open.take() {
                Some(start) => found.push(&line[start..at]),
                None => open = Some(at + 1),
            }
        }
    }
    found
}

/// Cuts `text` into words (`Some`) and values (`None`).
fn scan(text: &str, each: &mut impl FnMut(Option<&str>)) {
    let mut start = 0;
    let mut value = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let skipped = if c.is_whitespace() || matches!(c, '"' | '\'' | '`') {
            c.len_utf8()
        } else if c == '\\' {
            // `\n` and `\"` as they stand in source text.
            let escaped = rest[1..].starts_with(['n', 't', 'r', '"', '\'', '`', '\\']);
            1 + usize::from(escaped)
        } else if let Some(len) = placeholder(rest) {
            value = true;
            at += len;
            continue;
        } else {
            at += c.len_utf8();
            continue;
        };
        chunk(&text[start..at], value, each);
        at += skipped;
        start = at;
        value = false;
    }
    chunk(&text[start..], value, each);
}

/// Cuts up what has no white space and no quote in it.
fn chunk(chunk: &str, value: bool, each: &mut impl FnMut(Option<&str>)) {
    if value || has_digit(chunk) {
        each(None);
        return;
    }
    let separators = ['(', ')', '[', ']', '{', '}', '<', '>', ',', ';'];
    for word in chunk.split(separators) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.len() > WORD {
            each(None);
        } else if !word.is_empty() {
            each(Some(word));
        }
    }
}

/// Bytes of the placeholder that `text` begins with: our mask, `{}`, `{name:?}`, `{{ name }}`,
/// `${x}`, `#{x}`, `$name`, `%s`, `%-5.2f`, `%1$s`, `%(name)s`.
fn placeholder(text: &str) -> Option<usize> {
    if text.starts_with(MASK) {
        return Some(MASK.len());
    }
    let head = &text.as_bytes()[..text.len().min(PLACEHOLDER)];
    match *head {
        [b'{', b'{', ..] => head
            .windows(2)
            .position(|pair| pair == b"}}")
            .map(|at| at + 2),
        [b'{', ..] => {
            let end = head.iter().position(|byte| *byte == b'}')?;
            // A block of code or an object has white space or quotes in it.
            let code = |byte: &u8| byte.is_ascii_whitespace() || b"{\"'`;".contains(byte);
            (!head[1..end].iter().any(code)).then_some(end + 1)
        }
        [b'$' | b'#', b'{', ..] => {
            let mut depth = 0_usize;
            for (at, byte) in head.iter().enumerate() {
                match byte {
                    b'{' => depth += 1,
                    b'}' if depth == 1 => return Some(at + 1),
                    b'}' => depth -= 1,
                    _ => {}
                }
            }
            None
        }
        [b'$', b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => {
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            Some(1 + head[1..].iter().take_while(|byte| name(byte)).count())
        }
        [b'%', ..] => printf(head),
        _ => None,
    }
}

/// Bytes of a conversion as in printf, Python or Go. The flag "space" is left out: in prose,
/// "50 % sure" holds none.
fn printf(head: &[u8]) -> Option<usize> {
    let mut at = 1;
    if head.get(at) == Some(&b'(') {
        at += head.iter().skip(at).position(|byte| *byte == b')')? + 1;
    }
    let some = |from: usize, set: &[u8]| {
        let tail = head.iter().skip(from);
        tail.take_while(|byte| set.contains(byte)).count()
    };
    at += some(at, b"-+#$*.0123456789");
    at += some(at, b"hlLqjz");
    b"diouxXeEfFgGaAcCsSpvqTtUbBnwk@"
        .contains(head.get(at)?)
        .then_some(at + 1)
}
