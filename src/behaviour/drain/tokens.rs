//! From a masked log body to the tokens that are mined.

use std::borrow::Cow;

/// What upstream puts in the place of a value.
pub(super) const MASK: &str = "<*>";
/// Tokens that are kept of a message; what follows is one `Any`.
pub(super) const TOKENS: usize = 128;
/// Bytes of a message that are looked at; what follows is one `Any`.
const BYTES: usize = 8 * 1024;
/// Bytes of a body in which the line that says something is looked for.
const SCAN: usize = 64 * 1024;
/// A longer token is data (base64, a query, a path of many parts), not wording.
const TOKEN_BYTES: usize = 128;

/// One token of a message that borrows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word as it stands there.
    Word(&'a str),
    /// A value.
    Any,
}

/// The part of `body` that is mined: without terminal codes, one line, JSON as `key: value`.
pub(super) fn message(body: &str) -> Cow<'_, str> {
    let head = &body[..body.floor_char_boundary(SCAN)];
    match without_controls(head) {
        Cow::Borrowed(text) => telling(text),
        Cow::Owned(text) => Cow::Owned(telling(&text).into_owned()),
    }
}

/// The tokens of what [`message`] gave, at most `TOKENS` + 1.
pub(super) fn split(message: &str) -> Vec<Piece<'_>> {
    let text = &message[..message.floor_char_boundary(BYTES)];
    let mut pieces = Vec::with_capacity(16);
    for token in text.split_whitespace() {
        if pieces.len() == TOKENS {
            pieces.push(Piece::Any);
            return pieces;
        }
        pieces.push(if is_value(token) {
            Piece::Any
        } else {
            Piece::Word(token)
        });
    }
    if text.len() < message.len() {
        // The last token may be half a word.
        pieces.pop();
        pieces.push(Piece::Any);
    }
    pieces
}

/// True where `word` holds a digit of any script; upstream masks those of ASCII only.
pub(super) fn has_digit(word: &str) -> bool {
    if word.is_ascii() {
        word.bytes().any(|byte| byte.is_ascii_digit())
    } else {
        word.chars().any(char::is_numeric)
    }
}

fn is_value(token: &str) -> bool {
    if token.len() > TOKEN_BYTES || has_digit(token) {
        return true;
    }
    // `[<*>]` and `<*>,` are values with punctuation; `user=<*>` says more.
    token.contains(MASK) && !token.chars().any(char::is_alphanumeric)
}

/// The line that tells what happened. Of a stack trace that is the first, but Python and Rust put a
/// heading before it that is the same for every error.
fn telling(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if is_json(text) {
        return Cow::Owned(flat(text));
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let heading = first.starts_with("Traceback (most recent call last)")
        || (first.starts_with("thread '") && first.contains("' panicked at "));
    if !heading {
        return Cow::Borrowed(first);
    }
    let cause = lines.find(|line| !line.is_empty() && !line.starts_with(char::is_whitespace));
    // An old panic says it all in its first line.
    match cause {
        Some(cause) if !cause.starts_with("note: ") && cause != "stack backtrace:" => {
            Cow::Borrowed(cause)
        }
        _ => Cow::Borrowed(first),
    }
}

/// True for what begins like a JSON object or an array of objects or strings. Not parsed: masked
/// JSON is no JSON any more (`{"id":<*>}`).
fn is_json(text: &str) -> bool {
    let mut rest = text;
    for _ in 0..4 {
        let Some(inner) = rest.strip_prefix(['{', '[']) else {
            return false;
        };
        let object = rest.starts_with('{');
        rest = inner.trim_start();
        if rest.starts_with('"') || (object && rest.starts_with('}')) {
            return true;
        }
    }
    false
}

/// JSON as `key: value key: value`, so that its keys and words are tokens. Keeps the order; one
/// pass, no nesting, so that depth costs nothing.
fn flat(json: &str) -> String {
    let json = &json[..json.floor_char_boundary(BYTES)];
    let mut out = String::with_capacity(json.len() + 8);
    let mut chars = json.chars();
    let mut quoted = false;
    let mut closed = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                closed = !quoted;
                if quoted {
                    out.push(' ');
                }
            }
            '\\' if quoted => {
                chars.next();
                out.push(' ');
            }
            ':' if closed => {
                out.truncate(out.trim_end().len());
                out.push_str(": ");
                closed = false;
            }
            '{' | '}' | '[' | ']' | ',' if !quoted => {
                out.push(' ');
                closed = false;
            }
            _ => {
                closed &= c.is_whitespace();
                out.push(c);
            }
        }
    }
    out
}

/// `text` without ECMA-48 escape sequences; other control characters become spaces.
fn without_controls(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => rest = after_escape(rest.as_str()).chars(),
            '\u{9b}' => rest = after_sequence(rest.as_str()).chars(),
            _ if plain(c) => out.push(c),
            _ => out.push(' '),
        }
    }
    Cow::Owned(out)
}

/// What follows an escape sequence; `rest` begins after the ESC.
fn after_escape(rest: &str) -> &str {
    if let Some(parameters) = rest.strip_prefix('[') {
        return after_sequence(parameters);
    }
    if let Some(command) = rest.strip_prefix(']') {
        // A window title or a link: up to BEL or ESC \ in the same line.
        let end = command.find(['\u{7}', '\u{1b}', '\n']);
        return match end.map(|at| &command[at..]) {
            Some(tail) => tail
                .strip_prefix('\u{7}')
                .or_else(|| tail.strip_prefix("\u{1b}\\"))
                .unwrap_or(tail),
            None => "",
        };
    }
    // Any other: intermediate characters and a final one, as in ESC ( B.
    let last = rest.trim_start_matches(|c| (' '..='/').contains(&c));
    match last.chars().next() {
        Some('0'..='~') => &last[1..],
        _ => rest,
    }
}

/// What follows a control sequence; `rest` begins with its parameters. A mask among them is one.
fn after_sequence(rest: &str) -> &str {
    let end = rest.find(|c: char| !('!'..='?').contains(&c));
    match end {
        Some(at) if at <= 32 && matches!(rest.as_bytes().get(at), Some(0x40..=0x7e)) => {
            &rest[at + 1..]
        }
        _ => rest,
    }
}
