//! Text that is safe to show, and that fits.
//!
//! Evidence is written by others, some of them hostile: an escape sequence can move the cursor or
//! write the clipboard, a bidi control can show code in another order than it runs, an invisible
//! tag can carry a second message past the reader. [`safe`] turns all of these into visible
//! symbols, so that the reader sees that they are there. [`crate::ui::pen::Pen`] applies it to
//! every text it draws, which is why no widget and no pane has to remember it.
//!
//! Width is what a terminal will use: the sum over grapheme clusters, as the buffer counts it.
//!
//! What it is not: a parser of terminal sequences. Nothing is interpreted, nothing is coloured.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use ratatui::layout::Alignment;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands where text was left out.
const ELLIPSIS: &str = "…";

/// A tab is shown as blanks: it hides nothing, and its width must not depend on the column.
const TAB: &str = "    ";

/// More marks on one letter than any script needs are there to overflow the line.
const MAX_CLUSTER: usize = 8;

/// How many characters of the source are looked at for one column of the screen. Clusters are
/// bounded, so a longer text is too wide in any case; this keeps a text of a megabyte cheap.
const CHARS_PER_COLUMN: usize = MAX_CLUSTER;

/// Characters without a shape of their own: bidi controls, zero-width and filler characters,
/// separators, variation selectors and tags. C0 and C1 controls are met before this list is.
const HIDDEN: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// One line of text in which everything that would act, hide or reorder is a visible symbol:
/// ESC is `␛`, a newline `␊`, a bidi override `⟨U+202E⟩`.
///
/// A single variation selector after a symbol only chooses its presentation and is dropped, which
/// also takes away the width that terminals disagree about; any other one is shown.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut done = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        if is_harmless(cluster) {
            continue;
        }
        shown.push_str(&text[done..at]);
        show_cluster(&mut shown, cluster);
        done = at + cluster.len();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

/// The lines of a text, each of them [`safe`].
pub fn safe_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(safe)
}

/// Columns that a safe text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cluster_width).sum()
}

/// The text cut to `width` columns, with `…` where something was left out.
#[must_use]
pub fn truncate(text: &str, width: usize) -> Cow<'_, str> {
    let head = head(text, width, 1);
    let cut = head.len() < text.len();
    match safe(head) {
        Cow::Borrowed(line) => cut_end(line, width, cut),
        Cow::Owned(line) => Cow::Owned(cut_end(&line, width, cut).into_owned()),
    }
}

/// The text cut to `width` columns in its middle: ids and paths tell most at both ends.
#[must_use]
pub fn shorten(text: &str, width: usize) -> Cow<'_, str> {
    let front = head(text, width, 1);
    let is_whole = front.len() == text.len();
    let line = safe(front);
    if is_whole && self::width(&line) <= width {
        return line;
    }
    let Some(room) = width.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let back = safe(if is_whole { text } else { tail(text, width) });
    let end = suffix(&back, room / 2);
    let start = prefix(&line, room - room / 2);
    Cow::Owned(format!("{start}{ELLIPSIS}{end}"))
}

/// The text cut or filled to exactly `width` columns.
#[must_use]
pub fn pad(text: &str, width: usize, align: Alignment) -> String {
    let line = truncate(text, width);
    let blank = width.saturating_sub(self::width(&line));
    let left = match align {
        Alignment::Left => 0,
        Alignment::Center => blank / 2,
        Alignment::Right => blank,
    };
    format!("{:left$}{line}{:right$}", "", "", right = blank - left)
}

/// The text in rows of at most `width` columns, at most `limit` rows, broken at blanks where that
/// is possible. A last row that ends in `…` says that there was more.
#[must_use]
pub fn wrap(text: &str, width: usize, limit: usize) -> Vec<String> {
    let mut rows = Vec::new();
    if width == 0 || limit == 0 {
        return rows;
    }
    let head = head(text, width, limit);
    for line in safe_lines(head) {
        wrap_line(&line, width, limit, &mut rows);
        if rows.len() > limit {
            break;
        }
    }
    let more = rows.len() > limit || head.len() < text.len();
    rows.truncate(limit);
    if more && let Some(last) = rows.last_mut() {
        *last = cut_end(last, width, true).into_owned();
    }
    rows
}

/// The same width in ASCII alone, for terminals that cannot show more.
#[must_use]
pub fn ascii(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    for cluster in line.graphemes(true) {
        match plain_form(cluster) {
            Some(form) => plain.push(form),
            None => plain.extend(std::iter::repeat_n('?', cluster_width(cluster))),
        }
    }
    Cow::Owned(plain)
}

/// A count as people read it: `4 031`.
#[must_use]
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

/// Columns of one grapheme cluster. Terminals give the halfwidth sound marks a column of their own.
fn cluster_width(cluster: &str) -> usize {
    let marks = cluster
        .chars()
        .filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}'));
    cluster.width() + marks.count()
}

fn is_hidden(c: char) -> bool {
    c.is_control() || HIDDEN.iter().any(|range| range.contains(&c))
}

fn is_harmless(cluster: &str) -> bool {
    let is_plain = cluster
        .chars()
        .zip(1..)
        .all(|(c, nth)| nth <= MAX_CLUSTER && !is_hidden(c));
    is_plain && cluster_width(cluster) > 0
}

fn show_cluster(shown: &mut String, cluster: &str) {
    let mut visible = String::new();
    let mut base = None;
    for c in cluster.chars() {
        if matches!(c, '\u{fe0e}' | '\u{fe0f}') && base.is_some_and(takes_presentation) {
            base = None;
        } else if is_hidden(c) {
            show_visible(shown, &std::mem::take(&mut visible));
            show_char(shown, c);
            base = None;
        } else {
            visible.push(c);
            base = Some(c);
        }
    }
    show_visible(shown, &visible);
}

/// Without the hidden characters, marks may stand alone, and would be drawn over what is before
/// them; those are shown one by one, and so are too many marks on one letter.
fn show_visible(shown: &mut String, text: &str) {
    for cluster in text.graphemes(true) {
        if is_harmless(cluster) {
            shown.push_str(cluster);
            continue;
        }
        for c in cluster.chars() {
            match c.width() {
                None | Some(0) => show_char(shown, c),
                Some(_) => shown.push(c),
            }
        }
    }
}

fn takes_presentation(base: char) -> bool {
    !base.is_ascii() || base.is_ascii_digit()
}

fn show_char(shown: &mut String, c: char) {
    match c {
        '\t' => shown.push_str(TAB),
        '\u{7f}' => shown.push('␡'),
        '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(c))),
        _ => {
            // Writing to a String does not fail.
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
        }
    }
}

/// As much of the text as can matter for `rows` rows of `width` columns.
fn head(text: &str, width: usize, rows: usize) -> &str {
    let chars = width
        .saturating_add(1)
        .saturating_mul(CHARS_PER_COLUMN)
        .saturating_mul(rows);
    if text.len() <= chars {
        return text;
    }
    let end = text
        .char_indices()
        .nth(chars)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// As much of the text's end as can matter for `width` columns.
fn tail(text: &str, width: usize) -> &str {
    let chars = width.saturating_add(1).saturating_mul(CHARS_PER_COLUMN);
    let start = text.char_indices().rev().nth(chars).map_or(0, |(at, _)| at);
    &text[start..]
}

fn cut_end(line: &str, width: usize, more: bool) -> Cow<'_, str> {
    if !more && self::width(line) <= width {
        return Cow::Borrowed(line);
    }
    match width.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}{ELLIPSIS}", prefix(line, room))),
        None => Cow::Borrowed(""),
    }
}

/// The longest start of a safe line that takes at most `width` columns.
pub(crate) fn prefix(line: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in line.grapheme_indices(true) {
        used += cluster_width(cluster);
        if used > width {
            return &line[..at];
        }
    }
    line
}

/// The longest end of a safe line that takes at most `width` columns.
pub(crate) fn suffix(line: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in line.grapheme_indices(true).rev() {
        used += cluster_width(cluster);
        if used > width {
            return &line[at + cluster.len()..];
        }
    }
    line
}

fn wrap_line(line: &str, width: usize, limit: usize, rows: &mut Vec<String>) {
    let mut row = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let shown = self::width(word.trim_end_matches(' '));
        if used > 0 && used + shown > width {
            rows.push(std::mem::take(&mut row).trim_end().to_owned());
            used = 0;
        }
        for cluster in word.graphemes(true) {
            let cluster = if cluster_width(cluster) > width {
                ELLIPSIS
            } else {
                cluster
            };
            let columns = cluster_width(cluster);
            if used + columns > width {
                if cluster == " " {
                    continue;
                }
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            if rows.len() > limit {
                return;
            }
            row.push_str(cluster);
            used += columns;
        }
    }
    rows.push(row.trim_end().to_owned());
}

fn plain_form(cluster: &str) -> Option<char> {
    let mut chars = cluster.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return None;
    };
    Some(match c {
        ' '..='~' => c,
        '·' | '•' => '.',
        '\u{2010}'..='\u{2015}' | '−' => '-',
        '‘' | '’' => '\'',
        '“' | '”' | '«' | '»' => '"',
        '⟨' | '‹' | '←' => '<',
        '⟩' | '›' | '→' => '>',
        // The shapes of states, as the plain set of glyphs has them.
        '✓' => '+',
        '∅' => '0',
        '…' | '≈' => '~',
        '⚠' => '!',
        '×' | '✗' => 'x',
        'µ' => 'u',
        '\u{a0}' => ' ',
        '\u{2400}'..='\u{2421}' => '^',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_or_hides_becomes_visible() {
        for (raw, shown) in [
            ("plain text", "plain text"),
            ("größe 数 ✓", "größe 数 ✓"),
            ("\u{1b}[31mred\u{1b}]52;c;aGk=\u{7}", "␛[31mred␛]52;c;aGk=␇"),
            ("a\r\nb\tc\u{7f}\0", "a␍␊b    c␡␀"),
            ("\u{9b}31m", "⟨U+009B⟩31m"),
            (
                "if\u{202e} x\u{2066}y\u{2069}",
                "if⟨U+202E⟩ x⟨U+2066⟩y⟨U+2069⟩",
            ),
            ("pass\u{200b}word\u{feff}", "pass⟨U+200B⟩word⟨U+FEFF⟩"),
            ("hi\u{e0041}\u{e0042}", "hi⟨U+E0041⟩⟨U+E0042⟩"),
            ("\u{61c}\u{200e}\u{200f}", "⟨U+061C⟩⟨U+200E⟩⟨U+200F⟩"),
            ("e\u{301}", "e\u{301}"),
            ("\u{301}x", "⟨U+0301⟩x"),
        ] {
            assert_eq!(safe(raw), shown);
        }
    }

    #[test]
    fn one_presentation_selector_is_a_choice_and_a_run_of_them_a_message() {
        assert_eq!(safe("⚠\u{fe0f} 1\u{fe0f}\u{20e3}"), "⚠ 1\u{20e3}");
        assert_eq!(safe("⚠\u{fe0f}\u{fe0e}"), "⚠⟨U+FE0E⟩");
        assert_eq!(safe("a\u{fe0f}"), "a⟨U+FE0F⟩");
        assert_eq!(safe("😀\u{e0100}"), "😀⟨U+E0100⟩");
    }

    #[test]
    fn a_pile_of_marks_is_taken_apart() {
        let pile = format!("x{}", "\u{301}".repeat(40));
        let shown = safe(&pile);
        assert!(
            shown
                .graphemes(true)
                .all(|cluster| cluster.chars().count() <= MAX_CLUSTER)
        );
        assert!(shown.contains("⟨U+0301⟩"));
    }

    #[test]
    fn cutting() {
        assert_eq!(truncate("checkout", 8), "checkout");
        assert_eq!(truncate("checkout", 5), "chec…");
        assert_eq!(truncate("数字数字", 4), "数…");
        assert_eq!(truncate("ab", 1), "…");
        assert_eq!(truncate("ab", 0), "");
        assert_eq!(shorten("sha256:0123456789abcdef", 11), "sha25…bcdef");
        assert_eq!(shorten("src/app/pay.rs", 40), "src/app/pay.rs");
        assert_eq!(shorten("abc", 1), "…");
        assert_eq!(pad("ab", 5, Alignment::Right), "   ab");
        assert_eq!(pad("ab", 5, Alignment::Center), " ab  ");
        assert_eq!(pad("abcdef", 4, Alignment::Left), "abc…");
    }

    #[test]
    fn a_megabyte_is_cut_without_being_read() {
        let long = "\u{17d2}\u{1780}".repeat(500_000);
        assert!(truncate(&long, 10).ends_with('…'));
        assert!(truncate(&long, 10).len() < 1_000);
        let path = format!("{}end", "src/é/".repeat(500_000));
        assert_eq!(shorten(&path, 11), "src/é…é/end");
        assert_eq!(wrap(&"x ".repeat(1_000_000), 10, 3).len(), 3);
    }

    #[test]
    fn wrapping_breaks_at_blanks_and_says_when_it_stops() {
        let text = "the gate was skipped\nby hand";
        assert_eq!(wrap(text, 12, 9), ["the gate was", "skipped", "by hand"]);
        assert_eq!(wrap(text, 12, 2), ["the gate was", "skipped…"]);
        assert_eq!(wrap("0123456789", 4, 9), ["0123", "4567", "89"]);
        assert_eq!(wrap("  if x {\n\n  }", 20, 9), ["  if x {", "", "  }"]);
        assert_eq!(wrap("数字", 1, 9), ["…", "…"]);
        assert!(wrap("text", 0, 9).is_empty());
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(4_031), "4 031");
        assert_eq!(count(12_345_678), "12 345 678");
    }

    #[test]
    fn ascii_keeps_the_width() {
        assert_eq!(ascii("a…⟨U+202E⟩␛ 数 é"), "a~<U+202E>^ ?? ?");
    }

    /// Text made of what makes text difficult.
    fn hostile() -> impl Strategy<Value = String> {
        let chars = prop_oneof![
            any::<char>(),
            prop::char::range('\0', '\u{ff}'),
            prop::char::range('\u{200b}', '\u{206f}'),
            prop::char::range('\u{1100}', '\u{11ff}'),
            prop::sample::select(vec![
                '\u{301}',
                '\u{fe0f}',
                '\u{ff9e}',
                '\u{1f3fd}',
                '👍',
                '数',
                ' ',
                '\n'
            ]),
        ];
        prop::collection::vec(chars, 0..40).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_hidden_is_left(text in hostile()) {
            let shown = safe(&text);
            prop_assert!(!shown.chars().any(is_hidden), "{shown:?}");
            prop_assert!(shown.graphemes(true).all(|cluster| cluster_width(cluster) > 0), "{shown:?}");
        }

        #[test]
        fn what_is_cut_fits(text in hostile(), columns in 0_usize..50) {
            prop_assert!(width(&truncate(&text, columns)) <= columns);
            prop_assert!(width(&shorten(&text, columns)) <= columns);
            prop_assert_eq!(width(&pad(&text, columns, Alignment::Center)), columns);
            for row in wrap(&text, columns, 7) {
                prop_assert!(width(&row) <= columns, "{row:?}");
            }
            prop_assert!(wrap(&text, columns, 7).len() <= 7);
        }

        #[test]
        fn what_fits_is_left_alone(text in "[a-z é数]{0,20}") {
            let columns = width(&text);
            prop_assert_eq!(truncate(&text, columns), text.as_str());
            prop_assert_eq!(shorten(&text, columns), text.as_str());
        }

        #[test]
        fn ascii_is_ascii_of_the_same_width(text in hostile()) {
            let shown = safe(&text);
            let plain = ascii(&shown);
            prop_assert!(plain.is_ascii());
            prop_assert_eq!(width(&plain), width(&shown));
        }
    }
}
