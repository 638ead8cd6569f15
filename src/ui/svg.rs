//! A drawn screen as a picture: SVG for a report, plain lines for a ticket.
//!
//! A picture must look the same wherever it is opened, with fonts that this program never sees. So
//! every run of text is given its exact place and length, and whatever has to meet its neighbour
//! (lines, blocks, braille) is drawn as a shape instead of being left to a font. Nothing is linked
//! and nothing embedded, and the same screen always gives the same bytes.
//!
//! What it is not: a terminal. Blinking text stands still.

mod paint;
mod shape;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use ratatui::buffer::{self, Buffer};
use ratatui::style::Modifier;

use self::paint::{Hex, Rgb, mix, rgb};
use self::shape::{Block, CELL, LIGHT, LINE};
use super::pen;
use super::text;
use super::theme::{Role, Theme};

/// Where letters stand, below the top of their line; like every length here in hundredths of a pixel.
const BASE: i32 = 1_350;
/// Letters of most monospaced fonts are six tenths as wide as high: at this size they fill a column.
const SIZE: i32 = 1_400;
/// Ground and text where the theme leaves them to the terminal: dark, since the named colours were
/// made for dark screens.
const GROUND: Rgb = [16, 18, 22];
const TEXT: Rgb = [216, 219, 226];

/// What stands for a character that no picture may hold.
const REPLACED: &str = "\u{fffd}";

/// A screen as an SVG picture of 8.4 by 18 pixels for each cell. The theme says what the colours are
/// that a cell leaves open: those of its text and of its surface. The title is what a viewer shows
/// in words; it may be empty, and it is made safe here like the cells.
#[must_use]
pub fn svg(buffer: &Buffer, title: &str, theme: &Theme) -> String {
    let surface = theme.style(Role::Surface);
    let text = theme.style(Role::Text).fg.or(surface.fg);
    let mut picture = Picture {
        text: text.map_or(TEXT, |colour| rgb(colour, TEXT)),
        ground: surface.bg.map_or(GROUND, |colour| rgb(colour, GROUND)),
        ..Picture::default()
    };
    for y in 0..buffer.area.height {
        picture.draw_row(buffer, y);
    }
    picture.finish(buffer, title)
}

/// A screen as lines of text without the blanks at their ends; each ends in a newline.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let start = lines.len();
        lines.extend(pieces(buffer, y).map(|piece| piece.symbol));
        lines.truncate(start + lines[start..].trim_end().len());
        lines.push('\n');
    }
    lines
}

/// What one cell shows, or two under a wide letter.
struct Piece<'a> {
    x: u16,
    columns: u16,
    symbol: Cow<'a, str>,
    cell: &'a buffer::Cell,
}

/// The pieces of a row. What hides behind a wide letter is not drawn, as on a terminal.
fn pieces(buffer: &Buffer, y: u16) -> impl Iterator<Item = Piece<'_>> {
    let area = buffer.area;
    let mut free = 0;
    (0..area.width).filter_map(move |x| {
        let cell = buffer.cell((area.x.checked_add(x)?, area.y.checked_add(y)?))?;
        if x < free {
            return None;
        }
        let columns = pen::columns(cell.symbol()).clamp(1, area.width - x);
        free = x + columns;
        Some(Piece {
            x,
            columns,
            symbol: shown(cell.symbol(), columns),
            cell,
        })
    })
}

/// The symbol where it is harmless and fits its cells; what others wrote into a buffer need not be.
fn shown(symbol: &str, columns: u16) -> Cow<'_, str> {
    let safe = text::safe(symbol);
    let has_place = !safe.is_empty() && pen::columns(&safe) <= columns;
    if has_place && !safe.contains(['\u{fffe}', '\u{ffff}']) {
        safe
    } else {
        Cow::Borrowed(REPLACED)
    }
}

/// What a piece looks like once defaults, reversal and dimming are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    fg: Rgb,
    bg: Rgb,
    weight: Modifier,
}

/// Letters of one look that stand side by side.
struct Run {
    x: u16,
    columns: u16,
    ink: Ink,
    letters: String,
}

/// The parts of a picture, from the lowest to the highest.
#[derive(Default)]
struct Picture {
    text: Rgb,
    ground: Rgb,
    grounds: String,
    fills: BTreeMap<Rgb, String>,
    strokes: BTreeMap<Rgb, String>,
    letters: String,
    /// A block that a neighbour may still lengthen.
    open: Option<(Rgb, Block)>,
}

impl Picture {
    fn ink(&self, cell: &buffer::Cell) -> Ink {
        let (mut fg, mut bg) = (rgb(cell.fg, self.text), rgb(cell.bg, self.ground));
        if cell.modifier.contains(Modifier::REVERSED) {
            (fg, bg) = (bg, fg);
        }
        if cell.modifier.contains(Modifier::DIM) {
            fg = mix(fg, bg, 5);
        }
        let weight = cell.modifier & (Modifier::BOLD | Modifier::ITALIC);
        Ink { fg, bg, weight }
    }

    fn draw_row(&mut self, buffer: &Buffer, y: u16) {
        let (top, mut run) = (i32::from(y) * LINE, None);
        let mut ground: Option<(Rgb, Block)> = None;
        for piece in pieces(buffer, y) {
            let ink = self.ink(piece.cell);
            let (x, width) = (i32::from(piece.x) * CELL, i32::from(piece.columns) * CELL);
            let cell = Block::new(x, top, width, LINE);
            match &mut ground {
                Some((colour, block)) if *colour == ink.bg => block.width += cell.width,
                _ => self.lay(ground.replace((ink.bg, cell))),
            }
            for (line, height) in [(Modifier::UNDERLINED, 1_550), (Modifier::CROSSED_OUT, 900)] {
                if piece.cell.modifier.contains(line) {
                    self.fill(ink.fg, Block::new(x, top + height, width, LIGHT));
                }
            }
            let is_blank = piece.symbol == " " || piece.cell.modifier.contains(Modifier::HIDDEN);
            if is_blank || self.draw_shape(&piece.symbol, ink, cell) {
                self.write(run.take(), y);
                continue;
            }
            match &mut run {
                Some(open) if open.ink.looks_like(ink) && open.takes(&piece.symbol) => {
                    open.columns += piece.columns;
                    open.letters.push_str(&piece.symbol);
                }
                _ => {
                    let next = Run {
                        x: piece.x,
                        columns: piece.columns,
                        ink,
                        letters: piece.symbol.into_owned(),
                    };
                    self.write(run.replace(next), y);
                }
            }
        }
        self.lay(ground);
        self.write(run, y);
    }

    fn lay(&mut self, ground: Option<(Rgb, Block)>) {
        if let Some((colour, block)) = ground.filter(|(colour, _)| *colour != self.ground) {
            add(
                &mut self.grounds,
                format_args!(
                    r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>"#,
                    Px(block.x),
                    Px(block.y),
                    Px(block.width),
                    Px(block.height),
                    Hex(colour)
                ),
            );
            self.grounds.push('\n');
        }
    }

    fn write(&mut self, run: Option<Run>, y: u16) {
        let Some(run) = run else { return };
        add(
            &mut self.letters,
            format_args!(
                r#"<text x="{}" y="{}" textLength="{}" lengthAdjust="spacingAndGlyphs" fill="{}"{}{}>{}</text>"#,
                Px(i32::from(run.x) * CELL),
                Px(i32::from(y) * LINE + BASE),
                Px(i32::from(run.columns) * CELL),
                Hex(run.ink.fg),
                run.ink.attribute(Modifier::BOLD, r#" font-weight="bold""#),
                run.ink
                    .attribute(Modifier::ITALIC, r#" font-style="italic""#),
                Escaped(&run.letters)
            ),
        );
        self.letters.push('\n');
    }

    /// Blocks of a colour that touch become one, so that a rule over the screen is one shape.
    fn fill(&mut self, colour: Rgb, block: Block) {
        if let Some((last, open)) = &mut self.open
            && *last == colour
        {
            let reaches = |from: i32, to: i32, next: i32| (from..=from + to).contains(&next);
            if (open.y, open.height) == (block.y, block.height)
                && reaches(open.x, open.width, block.x)
            {
                open.width = open.width.max(block.x + block.width - open.x);
                return;
            }
            if (open.x, open.width) == (block.x, block.width)
                && reaches(open.y, open.height, block.y)
            {
                open.height = open.height.max(block.y + block.height - open.y);
                return;
            }
        }
        self.close();
        self.open = Some((colour, block));
    }

    fn close(&mut self) {
        if let Some((colour, block)) = self.open.take() {
            let path = self.fills.entry(colour).or_default();
            let (x, y, height) = (Px(block.x), Px(block.y), Px(block.height));
            let (width, back) = (Px(block.width), Px(-block.width));
            add(path, format_args!("M{x} {y}h{width}v{height}h{back}z"));
        }
    }

    /// Draws what must meet its neighbours without a gap; false for what is left to the font.
    fn draw_shape(&mut self, symbol: &str, ink: Ink, cell: Block) -> bool {
        let mut chars = symbol.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            return false;
        };
        let Some(shape) = shape::of(c) else {
            return false;
        };
        let colour = mix(ink.fg, ink.bg, shape.tone);
        for block in shape.blocks {
            self.fill(colour, block.moved(cell.x, cell.y));
        }
        for curve in shape.curves {
            let path = self.strokes.entry(colour).or_default();
            for ((x, y), command) in curve.into_iter().zip(["M", "Q", " "]) {
                add(
                    path,
                    format_args!("{command}{} {}", Px(cell.x + x), Px(cell.y + y)),
                );
            }
        }
        true
    }

    fn finish(mut self, buffer: &Buffer, title: &str) -> String {
        self.close();
        let width = Px(i32::from(buffer.area.width) * CELL);
        let height = Px(i32::from(buffer.area.height) * LINE);
        let mut svg = String::new();
        add(
            &mut svg,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
            ),
        );
        if !title.is_empty() {
            add(
                &mut svg,
                format_args!("<title>{}</title>\n", Escaped(&text::safe(title))),
            );
        }
        add(
            &mut svg,
            format_args!(
                "<g shape-rendering=\"crispEdges\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n{}",
                Hex(self.ground),
                self.grounds
            ),
        );
        for (colour, path) in &self.fills {
            add(
                &mut svg,
                format_args!("<path fill=\"{}\" d=\"{path}\"/>\n", Hex(*colour)),
            );
        }
        svg.push_str("</g>\n");
        for (colour, path) in &self.strokes {
            add(
                &mut svg,
                format_args!(
                    "<path fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" d=\"{path}\"/>\n",
                    Hex(*colour),
                    Px(LIGHT)
                ),
            );
        }
        add(
            &mut svg,
            format_args!(
                "<g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace\" font-size=\"{}\">\n{}</g>\n</svg>\n",
                Px(SIZE),
                self.letters
            ),
        );
        svg
    }
}

impl Ink {
    fn looks_like(self, other: Self) -> bool {
        (self.fg, self.weight) == (other.fg, other.weight)
    }

    fn attribute(self, modifier: Modifier, written: &'static str) -> &'static str {
        if self.weight.contains(modifier) {
            written
        } else {
            ""
        }
    }
}

impl Run {
    /// True where every monospaced font draws all of its letters, and these, in one column each.
    fn takes(&self, letters: &str) -> bool {
        let is_plain = |c| matches!(c, '!'..='~' | '\u{a1}'..='\u{24f}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}');
        self.letters.chars().chain(letters.chars()).all(is_plain)
    }
}

fn add(to: &mut String, what: fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = to.write_fmt(what);
}

/// Hundredths as pixels, without zeros at the end.
struct Px(i32);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / 100, self.0.abs() % 100);
        match part {
            0 => write!(f, "{sign}{whole}"),
            _ if part % 10 == 0 => write!(f, "{sign}{whole}.{}", part / 10),
            _ => write!(f, "{sign}{whole}.{part:02}"),
        }
    }
}

/// Text between tags.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '\u{fffe}' | '\u{ffff}' => f.write_str(REPLACED)?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::pen::Pen;
    use crate::ui::testing::at_every_size;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    fn screen(lines: &[&str]) -> Buffer {
        let mut buffer = Buffer::with_lines(lines.iter().copied());
        buffer.set_style(buffer.area, Style::new());
        buffer
    }

    fn drawn(buffer: &Buffer) -> String {
        svg(buffer, "", &Theme::plain())
    }

    fn dark() -> Theme {
        Theme::builtin("dark").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_whole_picture() {
        let mut buffer = screen(&["a <b> │", "数x──"]);
        buffer.set_style(
            Rect::new(2, 0, 3, 1),
            Style::new().fg(Color::Red).bg(Color::Indexed(17)),
        );
        buffer.set_style(
            Rect::new(2, 1, 1, 1),
            Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        );
        assert_eq!(
            svg(&buffer, "A & B\u{1b}", &dark()),
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="58.8" height="36" viewBox="0 0 58.8 36" role="img">"#,
                "\n<title>A &amp; B␛</title>\n<g shape-rendering=\"crispEdges\">\n",
                r##"<rect width="58.8" height="36" fill="#12161b"/>"##,
                "\n",
                r##"<rect x="16.8" y="0" width="25.2" height="18" fill="#00005f"/>"##,
                "\n",
                r##"<path fill="#d7dde5" d="M54.1 0h1v18h-1zM16.8 33.5h8.4v1h-8.4zM25.2 26.5h16.8v1h-16.8z"/>"##,
                "\n</g>\n",
                r#"<g font-family="'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace" font-size="14">"#,
                "\n",
                r##"<text x="0" y="13.5" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#d7dde5">a</text>"##,
                "\n",
                r##"<text x="16.8" y="13.5" textLength="25.2" lengthAdjust="spacingAndGlyphs" fill="#cd0000">&lt;b&gt;</text>"##,
                "\n",
                r##"<text x="0" y="31.5" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#d7dde5">数</text>"##,
                "\n",
                r##"<text x="16.8" y="31.5" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#d7dde5" font-weight="bold">x</text>"##,
                "\n</g>\n</svg>\n",
            )
        );
    }

    #[test]
    fn text_is_the_screen_without_its_empty_ends() {
        assert_eq!(
            text(&screen(&["  a 数 b  ", "", "e\u{301}─"])),
            "  a 数 b\n\ne\u{301}─\n"
        );
        assert_eq!(text(&Buffer::empty(Rect::ZERO)), "");
    }

    #[test]
    fn nothing_that_acts_or_breaks_xml_gets_in() {
        let mut buffer = Buffer::empty(Rect::new(5, 7, 8, 1));
        for (x, symbol) in (5..).zip([
            "\u{1b}", "\u{202e}", "\u{ffff}", "\u{fffe}", "]]>", "\u{0}", "\"'", "\u{200b}",
        ]) {
            buffer[(x, 7)].set_symbol(symbol);
        }
        let picture = svg(&buffer, "\u{7}<script>\u{ffff}\u{202e}", &dark());
        assert!(!picture.contains(['\u{202e}', '\u{ffff}', '\u{fffe}', '\u{200b}']));
        assert!(picture.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(
            picture.contains("<title>␇&lt;script&gt;\u{fffd}⟨U+202E⟩</title>"),
            "{picture}"
        );
        assert!(picture.contains(">␛</text>"), "{picture}");
        assert!(text(&buffer).chars().all(|c| c == '\n' || !c.is_control()));
    }

    #[test]
    fn letters_keep_their_columns() {
        let picture = drawn(&screen(&["ab  cd 数é✓x"]));
        for run in [
            r##"<text x="0" y="13.5" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">ab</text>"##,
            r##"<text x="33.6" y="13.5" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">cd</text>"##,
            r##"<text x="58.8" y="13.5" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">数</text>"##,
            r##"<text x="75.6" y="13.5" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">é</text>"##,
            r##"<text x="84" y="13.5" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">✓</text>"##,
            r##"<text x="92.4" y="13.5" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#d8dbe2">x</text>"##,
        ] {
            assert!(picture.contains(run), "{run}\n{picture}");
        }
    }

    #[test]
    fn reversed_cells_change_places_and_dim_ones_fade() {
        let mut buffer = screen(&["ab"]);
        buffer[(0, 0)].modifier = Modifier::REVERSED;
        buffer[(1, 0)].modifier = Modifier::DIM;
        let picture = drawn(&buffer);
        assert!(
            picture.contains(r##"<rect x="0" y="0" width="8.4" height="18" fill="#d8dbe2"/>"##)
        );
        assert!(picture.contains(r##"fill="#101216">a<"##), "{picture}");
        assert!(picture.contains(r##"fill="#8d9096">b<"##), "{picture}");
    }

    #[test]
    fn a_rule_is_one_shape_and_no_letter() {
        let picture = drawn(&screen(&["────────", "████▌", "⠿"]));
        assert!(picture.contains("M0 8.5h67.2v1h-67.2z"), "{picture}");
        assert!(picture.contains("M0 18h37.8v18h-37.8z"), "{picture}");
        assert!(!picture.contains("<text"), "{picture}");
        let all: String = ('\u{2500}'..='\u{259f}')
            .chain('\u{2801}'..='\u{28ff}')
            .collect();
        assert!(!drawn(&screen(&[&all])).contains("<text"));
    }

    #[test]
    fn shades_are_tones() {
        let mut buffer = screen(&["░▒▓█"]);
        buffer.set_style(buffer.area, Style::new().fg(Color::White).bg(Color::Black));
        let picture = drawn(&buffer);
        for tone in ["#404040", "#808080", "#bfbfbf", "#ffffff"] {
            assert!(
                picture.contains(&format!("<path fill=\"{tone}\"")),
                "{tone}\n{picture}"
            );
        }
    }

    #[test]
    fn the_same_screen_is_the_same_picture_at_any_size() {
        at_every_size(|area, buf, theme| {
            let mut pen = Pen::new(area, buf, theme);
            pen.clear(Role::Overlay);
            pen.text(0, 0, 30, "数字 <text> ─┼╬ ⠿ ░", Role::Bad);
            let picture = svg(buf, "x", theme);
            assert_eq!(picture, svg(buf, "x", theme));
            assert!(picture.ends_with("</svg>\n"));
            let lines = text(buf);
            assert_eq!(lines.lines().count(), usize::from(buf.area.height));
        });
    }
}
