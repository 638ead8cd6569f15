//! Globs: `*` for any number of characters, `?` for exactly one. Case counts.
//!
//! `*` crosses `/`, `:` and `.`, because secrets, hosts and roles have no separator in common. A
//! pattern without `*` must match the whole text. There is no escape: `*` and `?` do not occur in
//! the names that policies are about. Matching takes at most the text's length times the longest
//! piece between two stars, which is bounded: no backtracking over stars is needed, as the leftmost
//! place for a piece leaves the most room for the pieces after it.

use std::fmt;

/// A glob.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

/// Longest pattern in bytes.
pub(super) const LONGEST: usize = 512;

impl Pattern {
    /// A pattern of `text`. `None` where it is empty or longer than 512 bytes.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where nothing stands for anything but itself.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// True where the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return prefix(&self.0, text) == Some(text.len());
        };
        let Some(begin) = prefix(first, text) else {
            return false;
        };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let mut left = text.get(begin..).unwrap_or("");
        for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
            let Some(end) = find(piece, left) else {
                return false;
            };
            left = left.get(end..).unwrap_or("");
        }
        ends(last, left)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.pad(&self.0)
    }
}

/// Bytes of `text` that `piece` takes at its start.
fn prefix(piece: &str, text: &str) -> Option<usize> {
    let mut letters = text.chars();
    for wanted in piece.chars() {
        let found = letters.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(text.len() - letters.as_str().len())
}

/// Where the leftmost match of `piece` ends.
fn find(piece: &str, text: &str) -> Option<usize> {
    if !piece.contains('?') {
        return text.find(piece).map(|at| at + piece.len());
    }
    text.char_indices()
        .find_map(|(at, _)| Some(at + prefix(piece, text.get(at..)?)?))
}

/// True where `text` ends with `piece`.
fn ends(piece: &str, text: &str) -> bool {
    let mut letters = text.chars().rev();
    piece
        .chars()
        .rev()
        .all(|wanted| letters.next().is_some_and(|l| wanted == '?' || wanted == l))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).is_some_and(|pattern| pattern.matches(text))
    }

    /// The definition, by recursion over both: right by inspection, exponential.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| by_definition(rest, &text[n..])),
            Some((wanted, rest)) => text.split_first().is_some_and(|(l, text)| {
                (*wanted == '?' || wanted == l) && by_definition(rest, text)
            }),
        }
    }

    #[test]
    fn names_of_the_sample_policy() {
        assert!(matches(
            "secret/data/checkout/*",
            "secret/data/checkout/stripe/live"
        ));
        assert!(!matches(
            "secret/data/checkout/*",
            "secret/data/payments/card"
        ));
        assert!(!matches(
            "secret/data/checkout/*",
            "secret/data/Checkout/card"
        ));
        assert!(matches("*.acme.internal:443", "db.eu.acme.internal:443"));
        assert!(!matches("*.acme.internal:443", "db.acme.internal:4430"));
        assert!(
            matches("web-?", "web-é"),
            "one character, however many bytes"
        );
        assert!(!matches("web-?", "web-"));
    }

    #[test]
    fn the_pieces_may_not_share_characters() {
        assert!(!matches("ab*ba", "aba"));
        assert!(matches("ab*ba", "abba"));
        assert!(!matches("*a*a*", "a"));
    }

    #[test]
    fn many_stars_over_a_long_text_are_quick() {
        let pattern = format!("{}b", "*a?".repeat(170));
        let text = "a".repeat(1 << 16);
        assert!(!matches(&pattern, &text));
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab?*é]{1,8}", text in "[abé]{0,10}") {
            let (p, t): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), by_definition(&p, &t));
        }
    }
}
