//! The shapes that stand for things: strokes of links, marks of states, bars, borders.
//!
//! Shape comes before colour: whatever a colour says, a shape and a word say too, so the screen
//! reads the same without colours. Two complete sets, because some consoles and fonts show nothing
//! beyond ASCII. Every shape takes one column in both, so a layout does not depend on the set.

use ratatui::symbols::border;

/// One set of shapes.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// True for the set that is ASCII alone; evidence is then transliterated too.
    pub ascii: bool,

    /// Good: verified, passed.
    pub good: &'static str,
    /// Equal: matched, nothing checked.
    pub equal: &'static str,
    /// Bad: failed, contradicted.
    pub bad: &'static str,
    /// Open: unknown, ambiguous, inconclusive.
    pub open: &'static str,
    /// Absent: missing, not collected.
    pub absent: &'static str,
    /// Near: inferred.
    pub near: &'static str,
    /// Doubtful: worth a look.
    pub warn: &'static str,
    /// Neutral: a state that is neither good nor bad.
    pub plain: &'static str,

    /// A link of class S, horizontal and vertical.
    pub strong: [&'static str; 2],
    /// A link of class I.
    pub firm: [&'static str; 2],
    /// A link of class T.
    pub faint: [&'static str; 2],
    /// A link that another fact contradicts.
    pub broken: &'static str,

    /// Indentation of a tree: bar, branch, last branch, nothing; two columns each.
    pub guides: [&'static str; 4],
    /// A row whose children are hidden.
    pub folded: &'static str,
    /// A row whose children are shown.
    pub unfolded: &'static str,

    /// The selected row.
    pub cursor: &'static str,
    /// Something left out before.
    pub before: &'static str,
    /// Something left out after.
    pub after: &'static str,
    /// Sorted upwards.
    pub ascending: &'static str,
    /// Sorted downwards.
    pub descending: &'static str,
    /// Text that has not arrived yet.
    pub pending: &'static str,
    /// Points up at what a note is about.
    pub corner: [&'static str; 2],

    /// Bars from one eighth to full, growing upwards.
    pub rising: [&'static str; 8],
    /// Bars from one eighth to full, growing rightwards.
    pub growing: [&'static str; 8],
    /// A full cell that counts errors.
    pub errors: &'static str,
    /// No data: not zero.
    pub gap: &'static str,
    /// A line through empty cells at the selected time.
    pub hairline: &'static str,
    /// A tick of an axis.
    pub tick: &'static str,
    /// Ends of a brushed range.
    pub brush: [&'static str; 2],

    /// A change went live.
    pub change: &'static str,
    /// A change was rolled back.
    pub rollback: &'static str,
    /// A flag was switched.
    pub flag: &'static str,
    /// A finding.
    pub finding: &'static str,
    /// More than one at this place.
    pub several: &'static str,

    /// Frames of the spinner.
    pub spinner: [&'static str; 4],
    /// Borders of a pane.
    pub border: border::Set<'static>,
    /// Borders of the focused pane and of popups.
    pub focus_border: border::Set<'static>,
}

/// Box drawing, blocks and arrows; no emoji, no braille, nothing of double width.
pub const UNICODE: Glyphs = Glyphs {
    ascii: false,
    good: "✓",
    equal: "=",
    bad: "✗",
    open: "?",
    absent: "∅",
    near: "≈",
    warn: "⚠",
    plain: "·",
    strong: ["━", "┃"],
    firm: ["─", "│"],
    faint: ["┄", "┆"],
    broken: "╳",
    guides: ["│ ", "├─", "└─", "  "],
    folded: "▸",
    unfolded: "▾",
    cursor: "▌",
    before: "‹",
    after: "›",
    ascending: "▲",
    descending: "▼",
    pending: "·",
    corner: ["╰", "╯"],
    rising: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    growing: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    errors: "▓",
    gap: "░",
    hairline: "┊",
    tick: "│",
    brush: ["[", "]"],
    change: "▲",
    rollback: "▼",
    flag: "◆",
    finding: "●",
    several: "+",
    spinner: ["◴", "◷", "◶", "◵"],
    border: border::PLAIN,
    focus_border: border::THICK,
};

/// The same in ASCII.
pub const ASCII: Glyphs = Glyphs {
    ascii: true,
    good: "+",
    equal: "=",
    bad: "x",
    open: "?",
    absent: "0",
    near: "~",
    warn: "!",
    plain: ".",
    strong: ["=", "#"],
    firm: ["-", "|"],
    faint: [".", ":"],
    broken: "X",
    guides: ["| ", "|-", "`-", "  "],
    folded: ">",
    unfolded: "v",
    cursor: ">",
    before: "<",
    after: ">",
    ascending: "^",
    descending: "v",
    pending: ".",
    corner: ["`", "'"],
    rising: ["_", ".", "-", "=", "+", "*", "%", "#"],
    growing: ["-", "-", "-", "-", "#", "#", "#", "#"],
    errors: "E",
    gap: "/",
    hairline: ":",
    tick: "|",
    brush: ["[", "]"],
    change: "^",
    rollback: "v",
    flag: "*",
    finding: "o",
    several: "+",
    spinner: ["|", "/", "-", "\\"],
    border: ASCII_BORDER,
    focus_border: ASCII_FOCUS_BORDER,
};

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_FOCUS_BORDER: border::Set<'static> = border::Set {
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
    ..ASCII_BORDER
};

impl Glyphs {
    /// The shape of a bar of `eighths` in a cell where bars grow upwards; none for an empty cell.
    #[must_use]
    pub fn rise(&self, eighths: usize) -> Option<&'static str> {
        self.rising.get(eighths.min(8).checked_sub(1)?).copied()
    }

    /// The shape of a bar of `eighths` in a cell where bars grow rightwards.
    #[must_use]
    pub fn grow(&self, eighths: usize) -> Option<&'static str> {
        self.growing.get(eighths.min(8).checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text;

    fn all(set: &Glyphs) -> Vec<&'static str> {
        let mut shapes = vec![
            set.good,
            set.equal,
            set.bad,
            set.open,
            set.absent,
            set.near,
            set.warn,
            set.plain,
            set.broken,
            set.folded,
            set.unfolded,
            set.cursor,
            set.before,
            set.after,
            set.ascending,
            set.descending,
            set.pending,
            set.errors,
            set.gap,
            set.hairline,
            set.tick,
            set.change,
            set.rollback,
            set.flag,
            set.finding,
            set.several,
            set.border.top_left,
            set.focus_border.horizontal_top,
        ];
        shapes.extend(
            set.strong
                .iter()
                .chain(&set.firm)
                .chain(&set.faint)
                .chain(&set.brush)
                .chain(&set.corner),
        );
        shapes.extend(set.rising.iter().chain(&set.growing).chain(&set.spinner));
        shapes
    }

    #[test]
    fn every_shape_takes_one_column() {
        for shape in all(&UNICODE).into_iter().chain(all(&ASCII)) {
            assert_eq!(text::width(shape), 1, "{shape}");
            assert_eq!(text::safe(shape), shape);
        }
        for guide in UNICODE.guides.iter().chain(&ASCII.guides) {
            assert_eq!(text::width(guide), 2, "{guide}");
        }
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        assert!(
            all(&ASCII)
                .into_iter()
                .chain(ASCII.guides)
                .all(str::is_ascii)
        );
    }

    #[test]
    fn the_marks_of_states_differ() {
        for set in [&UNICODE, &ASCII] {
            let mut marks = vec![
                set.good, set.equal, set.bad, set.open, set.absent, set.near, set.warn, set.plain,
            ];
            marks.sort_unstable();
            marks.dedup();
            assert_eq!(marks.len(), 8);
        }
    }

    #[test]
    fn bars_have_eight_steps() {
        assert_eq!(UNICODE.rise(0), None);
        assert_eq!(UNICODE.rise(1), Some("▁"));
        assert_eq!(UNICODE.grow(99), Some("█"));
    }
}
