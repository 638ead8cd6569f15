//! An expression as tokens with their bytes.

use std::ops::Range;

use super::super::reader::{date, duration, instant};
use super::{Fault, MOST_TOKENS, Mistake};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Int(i64),
    Float(f64),
    Duration(i64),
    Time(i64),
    Text(String),
    /// `<`, `<=`, `>`, `>=`, `==`, `!=`, `+`, `-`, `(`, `)`, `,`.
    Sign(&'static str),
}

/// Longest first: `<=` is not `<` and `=`.
const SIGNS: &[&str] = &["<=", ">=", "==", "!=", "<", ">", "+", "-", "(", ")", ","];
/// What other languages write.
const FOREIGN: &[(&str, &str)] = &[
    ("&&", "Write `and`."),
    ("||", "Write `or`."),
    ("&", "Write `and`."),
    ("|", "Write `or`."),
    ("!", "Write `not`."),
    ("=", "Write `==`."),
    ("<>", "Write `!=`."),
    ("*", "Use `+` and `-` only; thresholds are written out."),
    ("/", "Use `+` and `-` only; thresholds are written out."),
];

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        if tokens.len() >= MOST_TOKENS {
            let problem = format!("The expression has more than {MOST_TOKENS} parts.");
            return Err(fault(
                Mistake::TooLarge,
                at,
                &problem,
                "Split it into several criteria.",
            ));
        }
        let rest = text.get(at..).unwrap_or("");
        let (token, length) = token(rest, letter).map_err(|fault| Fault {
            at: at + fault.at,
            ..fault
        })?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

fn fault(mistake: Mistake, at: usize, problem: &str, hint: &str) -> Fault {
    Fault {
        mistake,
        at,
        problem: problem.to_owned(),
        hint: hint.to_owned(),
    }
}

fn token(rest: &str, letter: char) -> Result<(Token, usize), Fault> {
    if letter.is_ascii_alphabetic() || letter == '_' {
        let length = span(rest, |b| {
            b.is_ascii_alphanumeric() || b == b'_' || b == b'.'
        });
        let word = rest.get(..length).unwrap_or("");
        return Ok((Token::Word(word.to_owned()), length));
    }
    if letter.is_ascii_digit() {
        return digits(rest);
    }
    if matches!(letter, '\'' | '"') {
        let inner = rest.get(1..).unwrap_or("");
        let Some(length) = inner.find(letter) else {
            return Err(fault(
                Mistake::Syntax,
                0,
                "This text does not end.",
                "Close the quotes.",
            ));
        };
        return Ok((
            Token::Text(inner.get(..length).unwrap_or("").to_owned()),
            length + 2,
        ));
    }
    if !rest.starts_with("<>")
        && let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign))
    {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign));
    let (shown, hint) = match foreign {
        Some((sign, hint)) => ((*sign).to_owned(), *hint),
        None => (letter.to_string(), "Leave it out, or put texts in quotes."),
    };
    let problem = format!("{} means nothing in an expression.", super::quote(&shown));
    Err(fault(Mistake::Syntax, 0, &problem, hint))
}

/// A number, a duration, a date or a time.
fn digits(rest: &str) -> Result<(Token, usize), Fault> {
    if rest.get(..10).and_then(date).is_some() {
        let length = match rest.as_bytes().get(10) {
            Some(b'T' | b't') => time_length(rest),
            _ => 10,
        };
        let text = rest.get(..length).unwrap_or("");
        let Some(time) = date(text).or_else(|| instant(text)) else {
            let problem = format!("{} is not a time.", super::quote(text));
            return Err(fault(
                Mistake::BadTime,
                0,
                &problem,
                "Write it as `2026-12-31T18:00:00Z`.",
            ));
        };
        return Ok((Token::Time(time), length));
    }
    let length = span(rest, |b| {
        b.is_ascii_alphanumeric() || b == b'_' || b == b'.'
    });
    let text = rest.get(..length).unwrap_or("");
    if let Some(seconds) = duration(text) {
        return Ok((Token::Duration(seconds), length));
    }
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if let Ok(number) = text.parse() {
        return Ok((Token::Int(number), length));
    }
    match text.parse::<f64>() {
        Ok(number) if is_number && number.is_finite() => Ok((Token::Float(number), length)),
        _ => {
            let problem = format!("{} is neither a number nor a duration.", super::quote(text));
            let hint = "Write a number such as `0.95`, or a duration such as `10m`.";
            Err(fault(Mistake::BadTime, 0, &problem, hint))
        }
    }
}

/// Bytes of an RFC 3339 time: a `+` or `-` belongs to it only as the offset after the seconds.
fn time_length(rest: &str) -> usize {
    let clock = 11
        + span(rest.get(11..).unwrap_or(""), |b| {
            b.is_ascii_digit() || matches!(b, b':' | b'.')
        });
    match rest.as_bytes().get(clock) {
        Some(b'Z' | b'z') => clock + 1,
        Some(b'+' | b'-') => {
            clock
                + 1
                + span(rest.get(clock + 1..).unwrap_or(""), |b| {
                    b.is_ascii_digit() || b == b':'
                })
        }
        _ => clock,
    }
}

fn span(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|b| belongs(*b)).count()
}
