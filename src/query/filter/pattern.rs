//! Regexes and globs, as DuckDB takes them.
//!
//! DuckDB has RE2, whose syntax is the common ground of most engines, and answers what it cannot read with an error
//! that stops the list. So a pattern is read here first: by the `regex` crate, which is RE2's heir, and for the
//! places where the heir takes more than the parent.

use std::ops::Range;

use super::{Literal, Mistake};

/// RE2 refuses to repeat anything more often, loops within loops multiplied.
const MOST_REPEATS: u32 = 1000;

/// Checks a regex between slashes.
pub(super) fn check(literal: &Literal) -> Result<(), Mistake> {
    // The text is what stands behind the first slash.
    let at = literal.range.start + 1;
    if let Some((range, sentence)) = refused(&literal.text) {
        return Err(Mistake::new(range.start + at..range.end + at, sentence)
            .hint("Use simpler patterns, joined with `and` and `not`."));
    }
    match regex::RegexBuilder::new(&literal.text)
        .case_insensitive(true)
        .build()
    {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => Err(Mistake::new(
            literal.range.clone(),
            "This regex is too large.",
        )),
        Err(error) => {
            // Its last line says what is wrong; those before draw where.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or("").trim();
            let why = last.strip_prefix("error: ").unwrap_or(last);
            Err(Mistake::new(
                literal.range.clone(),
                format!("This regex cannot be read: {why}."),
            )
            .hint("Quote it to find it as text."))
        }
    }
}

/// The first part of `pattern` that RE2 does not take though the `regex` crate might.
fn refused(pattern: &str) -> Option<(Range<usize>, &'static str)> {
    let mut scan = Scan::default();
    let mut at = 0;
    while let Some(c) = char_at(pattern, at) {
        let tail = pattern.get(at..).unwrap_or("");
        let (length, wrong) = match c {
            '\\' => escape(tail),
            '[' => class(tail),
            '(' => {
                scan.open.push(std::mem::take(&mut scan.inner).max(1));
                scan.repeated = false;
                group(tail)
            }
            ')' => {
                let outer = scan.open.pop().unwrap_or(1);
                scan.last = scan.inner.max(1);
                scan.inner = outer.max(scan.last);
                scan.repeated = false;
                at += 1;
                continue;
            }
            '*' | '+' | '?' | '{' => scan.repeat(tail),
            c => (c.len_utf8(), None),
        };
        if let Some(sentence) = wrong {
            return Some((at..at + length, sentence));
        }
        if !matches!(c, '*' | '+' | '?' | '{' | '(') {
            scan.last = 1;
            scan.repeated = false;
        }
        at += length;
    }
    None
}

fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// How long a part is, and what is wrong with it.
type Part = (usize, Option<&'static str>);

/// What a scan remembers of repeats.
#[derive(Default)]
struct Scan {
    /// The most repeats in each group that is open.
    open: Vec<u32>,
    /// The most repeats in this group so far.
    inner: u32,
    /// Those of the last atom.
    last: u32,
    /// Whether the last atom has a repeat already.
    repeated: bool,
}

impl Scan {
    fn repeat(&mut self, tail: &str) -> Part {
        let counted = tail.starts_with('{');
        let end = if counted {
            tail.find('}').map_or(tail.len(), |end| end + 1)
        } else {
            1
        };
        let lazy = tail.get(end..).is_some_and(|rest| rest.starts_with('?'));
        let length = end + usize::from(lazy);
        if self.repeated {
            return (length, Some("A repeat cannot be repeated."));
        }
        self.repeated = true;
        if !counted {
            return (length, None);
        }
        let inside = tail.get(1..end - 1).unwrap_or("");
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let count = |text: &str| text.parse::<u32>().ok();
        let Some(least) = count(least) else {
            return (length, Some("A repeat begins with a number."));
        };
        let times = count(most).unwrap_or(least).max(least).max(1);
        self.last = self.last.max(1).saturating_mul(times);
        self.inner = self.inner.max(self.last);
        let too_many = self.last > MOST_REPEATS;
        (
            length,
            too_many.then_some("A regex repeats at most 1000 times."),
        )
    }
}

fn group(tail: &str) -> Part {
    let Some(flags) = tail.strip_prefix("(?") else {
        return (1, None);
    };
    for look in ["=", "!", "<=", "<!"] {
        if flags.starts_with(look) {
            return (2 + look.len(), Some("A regex cannot look around here."));
        }
    }
    if flags.starts_with('<') {
        return (3, Some("A named group is written `(?P<name>…)` here."));
    }
    let end = flags.find([':', ')', '<', '>']).unwrap_or(flags.len());
    let known = |c: char| matches!(c, 'i' | 'm' | 's' | 'U' | '-');
    let named = flags.starts_with("P<");
    if named {
        let name = flags.get(2..end_of_name(flags)).unwrap_or("");
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let wrong = (!plain).then_some("The name of a group is letters and digits.");
        return (4 + name.len(), wrong);
    }
    let fine = flags
        .get(..end)
        .is_some_and(|flags| flags.chars().all(known));
    let wrong = (!fine).then_some("A regex knows only the flags i, m, s and U here.");
    (2 + end, wrong)
}

fn end_of_name(flags: &str) -> usize {
    flags.find('>').unwrap_or(flags.len())
}

fn escape(tail: &str) -> Part {
    let Some(next) = char_at(tail, 1) else {
        return (1, None);
    };
    let length = 1 + next.len_utf8();
    match next {
        '1'..='9' | 'k' => (length, Some("A regex cannot refer back here.")),
        'p' | 'P' => property(tail),
        'x' => match tail.find('}').filter(|_| tail.starts_with("\\x{")) {
            Some(end) => (end + 1, None),
            None => (length, None),
        },
        'u' | 'U' => (length, Some("A character is written `\\x{1F600}` here.")),
        '<' | '>' => (length, Some("The border of a word is written `\\b` here.")),
        'b' if tail.starts_with("\\b{") => (
            length + 1,
            Some("The border of a word is written `\\b` here."),
        ),
        _ => (length, None),
    }
}

/// `\pL`, `\p{Lu}`, `\p{Greek}`: the categories by their short names and the scripts people search for.
fn property(tail: &str) -> Part {
    const SCRIPTS: &[&str] = &[
        "Arabic",
        "Armenian",
        "Bengali",
        "Common",
        "Cyrillic",
        "Devanagari",
        "Georgian",
        "Greek",
        "Han",
        "Hangul",
        "Hebrew",
        "Hiragana",
        "Katakana",
        "Latin",
        "Tamil",
        "Thai",
    ];
    let is_category = |name: &str| {
        let mut chars = name.chars();
        let first = chars
            .next()
            .is_some_and(|c| matches!(c, 'C' | 'L' | 'M' | 'N' | 'P' | 'S' | 'Z'));
        first && chars.all(|c| c.is_ascii_lowercase()) && name.len() <= 2
    };
    let (name, length) = if let Some(rest) = tail.get(2..).and_then(|rest| rest.strip_prefix('{')) {
        let end = rest.find('}').unwrap_or(rest.len());
        (rest.get(..end).unwrap_or(""), (end + 4).min(tail.len()))
    } else {
        let length = char_at(tail, 2).map_or(0, char::len_utf8);
        (tail.get(2..2 + length).unwrap_or(""), 2 + length)
    };
    let name = name.strip_prefix('^').unwrap_or(name);
    // `LC` and `Cn` are sums that RE2 does not know.
    let known = (is_category(name) && name != "Cn") || SCRIPTS.contains(&name);
    let wrong = (!known).then_some("This class of characters is not known here.");
    (length, wrong)
}

/// A class in brackets, which RE2 neither nests nor intersects.
fn class(tail: &str) -> Part {
    let mut at = if tail.starts_with("[^") { 2 } else { 1 };
    if char_at(tail, at) == Some(']') {
        at += 1;
    }
    while let Some(c) = char_at(tail, at) {
        let rest = tail.get(at..).unwrap_or("");
        let (length, wrong) = match c {
            ']' => return (at + 1, None),
            '\\' => escape(rest),
            '[' if rest.starts_with("[:") => named_class(rest),
            '[' => (1, Some("A class cannot stand within a class here.")),
            '&' | '-' | '~' if char_at(rest, 1) == Some(c) => {
                (2, Some("Classes cannot be combined here."))
            }
            c => (c.len_utf8(), None),
        };
        if wrong.is_some() {
            return (at + length, wrong);
        }
        at += length;
    }
    (tail.len(), None)
}

/// `[:alpha:]` within brackets.
fn named_class(rest: &str) -> Part {
    const NAMES: &[&str] = &[
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let inside = rest
        .strip_prefix("[:")
        .and_then(|rest| rest.split_once(":]"));
    let Some((name, _)) = inside else {
        return (2, Some("This class of characters is not known here."));
    };
    let known = NAMES.contains(&name.strip_prefix('^').unwrap_or(name));
    let wrong = (!known).then_some("This class of characters is not known here.");
    (name.len() + 4, wrong)
}

/// `text` as a whole word. A border is asked for only at an end that is part of a word; letters of every script
/// are, for which `\b` is too narrow.
pub(super) fn whole_word(text: &str) -> String {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut out = String::new();
    if inside(text.chars().next()) {
        out.push_str(r"(?:^|[^\pL\pN_])");
    }
    out.push_str(&regex::escape(text));
    if inside(text.chars().next_back()) {
        out.push_str(r"(?:$|[^\pL\pN_])");
    }
    out
}

/// A glob for `LIKE … ESCAPE '\'`.
pub(super) fn like(glob: &str) -> String {
    let mut out = String::with_capacity(glob.len() + 2);
    for c in glob.chars() {
        match c {
            '*' => out.push('%'),
            '%' | '_' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::filter::Form;

    fn checked(pattern: &str) -> Result<(), Mistake> {
        check(&Literal {
            text: pattern.to_owned(),
            form: Form::Regex,
            range: 0..pattern.len() + 2,
        })
    }

    #[test]
    fn common_patterns_pass() {
        for pattern in [
            "time(d )?out",
            r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}",
            "a+?",
            "[]a]",
            "[^]a]",
            "[[:alpha:]]+",
            r"\pL\p{Lu}\p{Greek}",
            "(?i)x",
            "(?P<n>a)",
            "(?:a|b){2,}",
            "(a{10}){10}",
            "^a*$",
            r"\x41\x{1F600}",
            r"\/pay\/",
            "(a|b)+",
            "(?s:.)",
            "é{2}",
            r"[\]\[]",
            "x{3}y{900}",
        ] {
            assert_eq!(checked(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_re2_does_not_take_is_told() {
        for (pattern, range, part) in [
            ("a(?=b)", 2..5, "look around"),
            ("(?<!b)a", 1..5, "look around"),
            (r"(a)\1", 4..6, "refer back"),
            ("(?<n>a)", 1..4, "(?P<name>"),
            ("(?x)a", 1..4, "flags"),
            (r"\<a", 1..3, "border"),
            (r"\b{start}a", 1..4, "border"),
            (r"\u0041", 1..3, "character"),
            ("[a[b]]", 1..4, "within a class"),
            ("[a&&b]", 1..5, "combined"),
            ("a**", 3..4, "repeated"),
            ("a{2}{3}", 5..8, "repeated"),
            ("a{,3}", 2..6, "begins"),
            ("a{1001}", 2..8, "1000"),
            ("(a{100}){11}", 9..13, "1000"),
            ("((a{10}b){10}){11}", 15..19, "1000"),
            (r"\p{Letter}", 1..11, "not known"),
            ("a(", 0..4, "cannot be read"),
            ("*a", 0..4, "cannot be read"),
        ] {
            let mistake = checked(pattern).expect_err(pattern);
            assert!(mistake.sentence.contains(part), "{pattern}: {mistake:?}");
            assert_eq!(mistake.range, range, "{pattern}");
        }
    }

    #[test]
    fn globs_and_words_keep_their_text() {
        assert_eq!(like(r"a*b_c%\"), r"a%b\_c\%\\");
        assert_eq!(whole_word("a.b"), r"(?:^|[^\pL\pN_])a\.b(?:$|[^\pL\pN_])");
        assert_eq!(whole_word("(x)"), r"\(x\)");
    }
}
