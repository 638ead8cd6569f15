//! Where words, names, quotes and regexes end.
//!
//! Reading and completing share these: completion sees text that is not finished, so nothing here fails.

use super::Op;

/// Text from `at` on; empty past the end.
pub(super) fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or("")
}

/// The character at `at`.
pub(super) fn peek(text: &str, at: usize) -> Option<char> {
    rest(text, at).chars().next()
}

/// The first byte from `at` on that is no blank.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = rest(text, at);
    at + (rest.len() - rest.trim_start().len())
}

/// Whether a term may end before `at`.
pub(super) fn is_border(text: &str, at: usize) -> bool {
    peek(text, at).is_none_or(|next| next.is_whitespace() || next == ')')
}

/// The end of the keyword `word`, in any case, where one stands at `at`.
pub(super) fn keyword(text: &str, at: usize, word: &str) -> Option<usize> {
    let end = at + word.len();
    let found = text.get(at..end)?.eq_ignore_ascii_case(word);
    (found && (is_border(text, end) || peek(text, end) == Some('('))).then_some(end)
}

/// The end of `and` or `&&` at `at`.
pub(super) fn conjunction(text: &str, at: usize) -> Option<usize> {
    keyword(text, at, "and").or_else(|| rest(text, at).starts_with("&&").then_some(at + 2))
}

/// The end of `or` or `||` at `at`.
pub(super) fn disjunction(text: &str, at: usize) -> Option<usize> {
    keyword(text, at, "or").or_else(|| rest(text, at).starts_with("||").then_some(at + 2))
}

/// The end of a `|` that stands alone, as fzf writes it.
pub(super) fn alternative(text: &str, at: usize) -> Option<usize> {
    let end = at + 1;
    let alone = is_border(text, end) || peek(text, end) == Some('(');
    (peek(text, at) == Some('|') && alone).then_some(end)
}

/// The end of a mark that negates what follows it at `at`: `not`, `!`, `-`.
///
/// `--force` is text that people look for, and `-5` in a list of values is a number.
pub(super) fn negation(text: &str, at: usize, in_values: bool) -> Option<usize> {
    let next = peek(text, at + 1);
    match peek(text, at)? {
        '!' if next != Some('=') => Some(at + 1),
        '-' => {
            let value = in_values && next.is_some_and(|next| next.is_ascii_digit());
            let text_itself = matches!(next, Some('-' | '>'));
            (!is_border(text, at + 1) && !text_itself && !value).then_some(at + 1)
        }
        _ => keyword(text, at, "not"),
    }
}

/// The end of the unquoted word at `at`. A parenthesis that opens within a word belongs to it with the one that
/// closes it: `main()` is one word.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    let mut open = 0_usize;
    let rest = rest(text, at);
    for (offset, c) in rest.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open > 0 => open -= 1,
            ')' => return at + offset,
            '&' | '|' if open == 0 => {
                let pair = rest.get(offset..).unwrap_or("");
                if pair.starts_with("&&") || pair.starts_with("||") {
                    return at + offset;
                }
            }
            c if c.is_whitespace() => return at + offset,
            _ => {}
        }
    }
    text.len()
}

/// The place of the quote that closes the one at `at`.
pub(super) fn quote_end(text: &str, at: usize) -> Option<usize> {
    unescaped(text, at + 1, '"')
}

/// The place of the slash that closes the regex at `at`.
///
/// Paths begin with a slash too, so a regex is only what closes at the end of a term: `/pay` and `/pay/v1`
/// are text.
pub(super) fn regex_end(text: &str, at: usize) -> Option<usize> {
    let close = unescaped(text, at + 1, '/')?;
    (close > at + 1 && is_border(text, close + 1)).then_some(close)
}

fn unescaped(text: &str, from: usize, wanted: char) -> Option<usize> {
    let mut escaped = false;
    for (offset, c) in rest(text, from).char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == wanted => return Some(from + offset),
            _ => {}
        }
    }
    None
}

/// What a term that names a field begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Where the name ends and its sign begins.
    pub name: usize,
    /// Where the value begins.
    pub value: usize,
    /// The sign.
    pub op: Op,
    /// Whether the sign is `!=`.
    pub negated: bool,
}

/// The field's name and sign at `at`, if a field stands there. `std::io` and `https://host` are words.
pub(super) fn head(text: &str, at: usize) -> Option<Head> {
    const SIGNS: &[(&str, Op, bool)] = &[
        ("!=", Op::Equal, true),
        (">=", Op::AtLeast, false),
        ("<=", Op::AtMost, false),
        ("==", Op::Equal, false),
        ("=", Op::Equal, false),
        (">", Op::More, false),
        ("<", Op::Less, false),
        (":", Op::Has, false),
    ];
    let name = name_end(text, at)?;
    let rest = rest(text, name);
    if rest.starts_with("::") || rest.starts_with("://") {
        return None;
    }
    let (sign, op, negated) = SIGNS.iter().find(|(sign, ..)| rest.starts_with(sign))?;
    Some(Head {
        name,
        value: name + sign.len(),
        op: *op,
        negated: *negated,
    })
}

/// The end of the name at `at`: `http.route`, `app.kubernetes.io/name`.
fn name_end(text: &str, at: usize) -> Option<usize> {
    let rest = rest(text, at);
    let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@');
    rest.starts_with(starts).then_some(())?;
    let length = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.' | '/' | '-')))
        .unwrap_or(rest.len());
    // `a->b` is an arrow.
    (!rest.get(..length)?.ends_with('-')).then_some(at + length)
}

/// Whether `name` can be written before a sign.
pub(super) fn is_name(name: &str) -> bool {
    name_end(name, 0) == Some(name.len())
}
