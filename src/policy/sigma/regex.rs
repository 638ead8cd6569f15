//! Regular expressions of rules, rewritten to what RE2 reads.
//!
//! Rules are written for PCRE; DuckDB has RE2. The specification names a small common subset. Here a
//! pattern is walked once: what RE2 lacks is refused by name (look-around, back-references, atomic
//! groups, possessive repetition), and what engines read differently is spelled out, so that the
//! result means one thing: `\d`, `\w` and `\s` become ASCII classes as in PCRE, an escaped sign
//! becomes its code, a named group becomes a plain one.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::refusal::{Reason, Refusal, Result};

/// Characters of a pattern at most.
const MAX_LENGTH: usize = 4_096;
/// RE2 takes no larger repetition.
const MAX_REPEAT: u32 = 1_000;
/// Bytes of the compiled program at most; RE2's own budget is larger.
const MAX_PROGRAM: usize = 4 << 20;

/// Flags of `|re`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `|i`: letters match either case.
    pub insensitive: bool,
    /// `|m`: `^` and `$` match at line ends.
    pub multiline: bool,
    /// `|s`: the dot matches a line end.
    pub dotall: bool,
}

/// `pattern` for RE2, with `flags` in front.
///
/// # Errors
///
/// When the pattern uses what RE2 does not have, is malformed, or is too large.
pub fn rewrite(pattern: &str, flags: Flags) -> Result<String> {
    if pattern.len() > MAX_LENGTH {
        return Err(no(format!("longer than {MAX_LENGTH} bytes")));
    }
    let mut walk = Walk {
        symbols: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 8),
        can_repeat: false,
    };
    if flags != Flags::default() {
        walk.out.push_str("(?");
        for (set, letter) in [
            (flags.insensitive, 'i'),
            (flags.multiline, 'm'),
            (flags.dotall, 's'),
        ] {
            if set {
                walk.out.push(letter);
            }
        }
        walk.out.push(')');
    }
    walk.all()?;
    match regex::RegexBuilder::new(&walk.out)
        .size_limit(MAX_PROGRAM)
        .nest_limit(100)
        .build()
    {
        Ok(_) => Ok(walk.out),
        Err(regex::Error::CompiledTooBig(_)) => Err(no("the compiled pattern is too large")),
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().rev().find(|line| !line.trim().is_empty());
            Err(no(last
                .unwrap_or("malformed")
                .trim()
                .trim_start_matches("error: ")))
        }
    }
}

fn no(what: impl Into<String>) -> Refusal {
    Refusal::new(Reason::Regex(what.into()), "")
}

struct Walk<'p> {
    symbols: Peekable<Chars<'p>>,
    out: String,
    /// Whether what stands before can be repeated.
    can_repeat: bool,
}

impl Walk<'_> {
    fn all(&mut self) -> Result<()> {
        while let Some(symbol) = self.symbols.next() {
            match symbol {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' => self.repeat(symbol.encode_utf8(&mut [0; 4]))?,
                '{' => {
                    if let Some(times) = self.times()? {
                        self.repeat(&times)?;
                    } else {
                        self.literal('{');
                    }
                }
                '^' | '$' | '|' => {
                    self.out.push(symbol);
                    self.can_repeat = false;
                }
                ')' | '.' => {
                    self.out.push(symbol);
                    self.can_repeat = true;
                }
                _ => self.literal(symbol),
            }
        }
        Ok(())
    }

    fn literal(&mut self, symbol: char) {
        self.out
            .push_str(&super::literal::regex(symbol.encode_utf8(&mut [0; 4])));
        self.can_repeat = true;
    }

    fn repeat(&mut self, times: &str) -> Result<()> {
        if !self.can_repeat {
            return Err(no(format!("`{times}` repeats nothing")));
        }
        self.out.push_str(times);
        if self.symbols.next_if_eq(&'?').is_some() {
            self.out.push('?');
        } else if self.symbols.peek() == Some(&'+') {
            return Err(no(format!("possessive repetition `{times}+`")));
        }
        self.can_repeat = false;
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}` behind the brace; none where the brace is a plain sign.
    fn times(&mut self) -> Result<Option<String>> {
        let ahead: String = self
            .symbols
            .clone()
            .take_while(|symbol| *symbol != '}')
            .take(12)
            .collect();
        let (low, high) = ahead.split_once(',').unwrap_or((&ahead, &ahead));
        let is_count =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_count(low) || !(high.is_empty() || is_count(high)) {
            return Ok(None);
        }
        for bound in [low, high] {
            if !bound.is_empty() && bound.parse().map_or(true, |bound: u32| bound > MAX_REPEAT) {
                return Err(no(format!("repetition `{{{ahead}}}` beyond {MAX_REPEAT}")));
            }
        }
        if self.symbols.clone().nth(ahead.len()) != Some('}') {
            return Ok(None);
        }
        self.symbols.nth(ahead.len());
        Ok(Some(format!("{{{ahead}}}")))
    }

    fn group(&mut self) -> Result<()> {
        self.can_repeat = false;
        if self.symbols.next_if_eq(&'?').is_none() {
            if self.symbols.peek() == Some(&'*') {
                return Err(no("verb `(*…)`"));
            }
            self.out.push('(');
            return Ok(());
        }
        let mut ahead = self.symbols.clone();
        match (ahead.next(), ahead.next()) {
            (Some('='), _) => Err(no("look-ahead `(?=`")),
            (Some('!'), _) => Err(no("negative look-ahead `(?!`")),
            (Some('<'), Some('=')) => Err(no("look-behind `(?<=`")),
            (Some('<'), Some('!')) => Err(no("negative look-behind `(?<!`")),
            (Some('>'), _) => Err(no("atomic group `(?>`")),
            (Some('|'), _) => Err(no("branch reset `(?|`")),
            (Some('#'), _) => Err(no("comment `(?#`")),
            (Some('('), _) => Err(no("conditional `(?(`")),
            (Some('P'), Some('=')) => Err(no("back-reference `(?P=`")),
            (Some('P'), Some('>')) | (Some('R' | '&' | '0'..='9' | '+'), _) => {
                Err(no("recursion `(?R`"))
            }
            (Some('P'), Some('<')) => {
                self.symbols.next();
                self.named()
            }
            (Some('<' | '\''), _) => self.named(),
            _ => self.flags(),
        }
    }

    fn named(&mut self) -> Result<()> {
        let close = match self.symbols.next() {
            Some('\'') => '\'',
            _ => '>',
        };
        let mut name = String::new();
        for symbol in self.symbols.by_ref() {
            if symbol == close {
                self.out.push_str("(?:");
                return if name.is_empty() {
                    Err(no("group without a name"))
                } else {
                    Ok(())
                };
            }
            if !(symbol.is_ascii_alphanumeric() || symbol == '_') {
                break;
            }
            name.push(symbol);
        }
        Err(no("name of a group is malformed"))
    }

    fn flags(&mut self) -> Result<()> {
        let mut flags = String::new();
        for symbol in self.symbols.by_ref() {
            match symbol {
                'i' | 'm' | 's' | '-' => flags.push(symbol),
                ':' | ')' => {
                    let _ = write!(self.out, "(?{flags}{symbol}");
                    return Ok(());
                }
                _ => return Err(no(format!("flag `{symbol}`"))),
            }
        }
        Err(no("a group is not closed"))
    }

    fn escape(&mut self) -> Result<()> {
        self.can_repeat = true;
        let Some(symbol) = self.symbols.next() else {
            return Err(no("it ends with a backslash"));
        };
        match symbol {
            'd' => self.out.push_str("[0-9]"),
            'D' => self.out.push_str("[^0-9]"),
            'w' => self.out.push_str("[0-9A-Za-z_]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            's' => self.out.push_str(r"[\t\n\x0B\f\r ]"),
            'S' => self.out.push_str(r"[^\t\n\x0B\f\r ]"),
            'b' | 'B' | 'A' | 'z' => {
                let _ = write!(self.out, r"\{symbol}");
                self.can_repeat = false;
            }
            '1'..='9' | 'k' | 'g' => return Err(no(format!(r"back-reference `\{symbol}`"))),
            _ => {
                let plain = self.escaped(symbol)?;
                self.literal(plain);
            }
        }
        Ok(())
    }

    /// The one character that an escape stands for, in a class and outside of one.
    fn escaped(&mut self, symbol: char) -> Result<char> {
        Ok(match symbol {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0C',
            'v' => '\x0B',
            'a' => '\x07',
            'e' => '\x1B',
            '0' => '\0',
            'x' => return self.coded(),
            _ if symbol.is_ascii_alphanumeric() => return Err(no(format!(r"escape `\{symbol}`"))),
            _ => symbol,
        })
    }

    fn coded(&mut self) -> Result<char> {
        let mut digits = String::new();
        if self.symbols.next_if_eq(&'{').is_some() {
            for symbol in self.symbols.by_ref() {
                if symbol == '}' {
                    break;
                }
                digits.push(symbol);
                if digits.len() > 6 {
                    break;
                }
            }
        } else {
            while digits.len() < 2 {
                let Some(digit) = self.symbols.next_if(char::is_ascii_hexdigit) else {
                    break;
                };
                digits.push(digit);
            }
        }
        let code = u32::from_str_radix(&digits, 16)
            .ok()
            .and_then(char::from_u32);
        code.ok_or_else(|| no(r"code behind `\x`"))
    }

    fn class(&mut self) -> Result<()> {
        self.can_repeat = true;
        self.out.push('[');
        if self.symbols.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        while let Some(symbol) = self.symbols.next() {
            if symbol == ']' && !is_first {
                self.out.push(']');
                return Ok(());
            }
            is_first = false;
            // A dash behind the last member, or behind a class, means itself.
            let Some(low) = self.member(symbol)? else {
                continue;
            };
            self.literal(low);
            let mut ahead = self.symbols.clone();
            if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
                continue;
            }
            self.symbols.next();
            let Some(symbol) = self.symbols.next() else {
                break;
            };
            let dash = self.out.len();
            if let Some(high) = self.member(symbol)? {
                if high < low {
                    return Err(no(format!("range `{low}-{high}` runs backwards")));
                }
                self.out.push('-');
                self.literal(high);
            } else {
                self.out.insert_str(dash, r"\x{2D}");
            }
        }
        Err(no("a class is not closed"))
    }

    /// One member of a class: a character, or a class that is written out at once.
    fn member(&mut self, symbol: char) -> Result<Option<char>> {
        match symbol {
            '[' if matches!(self.symbols.peek(), Some(':')) => self.posix()?,
            '[' if matches!(self.symbols.peek(), Some('.' | '=')) => {
                return Err(no("collating element in a class"));
            }
            '\\' => match self.symbols.next() {
                Some('d') => self.out.push_str("0-9"),
                Some('w') => self.out.push_str("0-9A-Za-z_"),
                Some('s') => self.out.push_str(r"\t\n\x0B\f\r "),
                Some('b') => return Ok(Some('\x08')),
                Some(symbol @ ('D' | 'W' | 'S')) => {
                    return Err(no(format!(r"`\{symbol}` in a class")));
                }
                Some(symbol) => return self.escaped(symbol).map(Some),
                None => return Err(no("it ends with a backslash")),
            },
            _ => return Ok(Some(symbol)),
        }
        Ok(None)
    }

    fn posix(&mut self) -> Result<()> {
        const NAMES: [&str; 12] = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "xdigit",
        ];
        let ahead: String = self.symbols.clone().take(9).collect();
        let name = NAMES.iter().find(|name| {
            ahead
                .strip_prefix(':')
                .and_then(|rest| rest.strip_prefix(**name))
                .is_some_and(|rest| rest.starts_with(":]"))
        });
        let Some(name) = name else {
            return Err(no("class of a class"));
        };
        self.symbols.nth(name.len() + 2);
        let _ = write!(self.out, "[:{name}:]");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(pattern: &str) -> String {
        rewrite(pattern, Flags::default()).unwrap_or_else(|refusal| refusal.to_string())
    }

    #[test]
    fn what_re2_lacks_is_refused_by_name() {
        for (pattern, why) in [
            ("(?=a)", "look-ahead"),
            ("(?!a)", "negative look-ahead"),
            ("(?<=a)b", "look-behind"),
            ("(?<!a)b", "negative look-behind"),
            (r"(a)\1", "back-reference"),
            (r"(?P<x>a)(?P=x)", "back-reference"),
            (r"(?<x>a)\k<x>", "back-reference"),
            ("(?>a)", "atomic"),
            ("a++", "possessive"),
            ("a{2}+", "possessive"),
            ("(?R)", "recursion"),
            ("(?(1)a|b)", "conditional"),
            ("(?x)a b", "flag"),
            (r"\h", "escape"),
            (r"\pL", "escape"),
            ("a{1001}", "beyond"),
            ("*a", "repeats nothing"),
            ("a**", "repeats nothing"),
            ("[a", "not closed"),
            ("(a", "unclosed group"),
            ("a)", "unopened group"),
            (r"a\", "backslash"),
            ("(*UTF8)a", "verb"),
            (r"[\D]", "in a class"),
            ("[z-a]", "runs backwards"),
            ("[=--b]", "runs backwards"),
            ("(((a{1000}){1000}){1000})", "too large"),
        ] {
            assert!(
                rewritten(pattern).contains(why),
                "{pattern}: {}",
                rewritten(pattern)
            );
        }
        assert!(rewritten(&"a".repeat(5_000)).contains("longer"));
    }

    #[test]
    fn what_engines_read_differently_is_spelled_out() {
        assert_eq!(rewritten(r"\d+\.\w"), r"[0-9]+\x{2E}[0-9A-Za-z_]");
        assert_eq!(rewritten("(?<n>a)(?P<m>b)"), "(?:a)(?:b)");
        assert_eq!(rewritten("[a&&[b-]"), r"[a\x{26}\x{26}\x{5B}b\x{2D}]");
        assert_eq!(
            rewritten(r"[+--\]][a\d-z]"),
            r"[\x{2B}-\x{2D}\x{5D}][a0-9\x{2D}z]"
        );
        assert_eq!(rewritten("[]a]"), r"[\x{5D}a]");
        assert_eq!(rewritten("[^[:alpha:]x-z]"), "[^[:alpha:]x-z]");
        assert_eq!(rewritten("a{2,3}?b{x}"), r"a{2,3}?b\x{7B}x\x{7D}");
        assert_eq!(rewritten("(?i:a)|(?-i)b"), "(?i:a)|(?-i)b");
        let flags = Flags {
            insensitive: true,
            multiline: true,
            dotall: true,
        };
        assert_eq!(rewrite("^a.$", flags).unwrap(), "(?ims)^a.$");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_what_passes_compiles(pattern in r"[a-c\\\[\](){}*+?^$|.,:<>=!0-9dwsxPik&~-]{0,24}") {
            if let Ok(rewritten) = rewrite(&pattern, Flags::default()) {
                proptest::prop_assert!(regex::Regex::new(&rewritten).is_ok());
            }
        }

        #[test]
        fn the_rewritten_pattern_matches_the_same(
            pattern in r"(\(|\)|[ab]|[ab][*+?]|\[\^?[ab]{1,3}-?\]|\.|\||\\\.|\\-|\{1,2\}){1,8}",
            text in "[ab.-]{0,6}",
        ) {
            if let (Ok(rewritten), Ok(plain)) = (rewrite(&pattern, Flags::default()), regex::Regex::new(&pattern)) {
                let rewritten = regex::Regex::new(&rewritten).unwrap();
                proptest::prop_assert_eq!(rewritten.is_match(&text), plain.is_match(&text));
            }
        }
    }
}
