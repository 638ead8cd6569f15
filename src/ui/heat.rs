//! How long things took, over time: steps of time across, latencies upwards, shades for how many.
//!
//! ```text
//!                         ▲ v1.10.0
//!       1.0 s             ┊   ░░░░   ✗
//! ▌  100.0 ms             ┊   ▓▓▓▓▓▓▓✗
//!     10.0 ms ▒▒▒▒▓▓▓▓▓▓▓▓┊   ████▓▓▓▓
//!           0 ████████████████████████
//!      100.0 ms to 1.0 s  12  ✗ 2 ▲
//! ```
//!
//! A row is labelled with the least latency that it counts. Shades are read by how dense they are,
//! so colours add nothing that is not there without them; errors have a shape of their own. What
//! does not fit is added up, step by step and bin by bin, in groups of equal size: a cell never
//! shows less than it stands for, and no group looks hotter because it is larger than its neighbour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::Cell;
use super::glyphs::Glyphs;
use super::pen::{self, Pen};
use super::text;
use super::theme::{Role, Theme};
use crate::model::time;

/// From nothing to the most; one column each.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
const ASCII_SHADES: [&str; 5] = [" ", ".", ":", "*", "#"];

/// Columns of a label, and of the cursor and the gap around it.
const LABEL: u16 = 9;
const GUTTER: u16 = 2;
const GAP: u16 = 1;
/// From this width on, rows have labels.
const LABELLED: u16 = 24;
/// From this height on, there is room for marks and for what the cursor is on.
const NOTED: u16 = 4;

/// A range of latencies and how many were in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bin<'a> {
    /// The least latency, in nanoseconds; it belongs to the bin.
    pub from_ns: i64,
    /// The next bin's least latency, in nanoseconds; `i64::MAX` where there is no next one.
    pub to_ns: i64,
    /// How many in each step of time, oldest first. Steps that are not there count nothing.
    pub counts: &'a [u64],
    /// How many of them were errors; empty where errors are not shown.
    pub errors: &'a [u64],
}

/// A map of latencies over time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heat<'a> {
    /// Steps of time.
    pub columns: usize,
    /// The bins from the shortest latency to the longest, as a rule each some times the one before.
    pub bins: &'a [Bin<'a>],
    /// What happened at the start of a step: the step and its name.
    pub marks: &'a [(usize, &'a str)],
    /// The step and the bin that are selected.
    pub cursor: Option<(usize, usize)>,
}

/// How many, and how many of them were errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    all: u64,
    errors: u64,
}

/// Things laid over places on the screen: so many to a group, or so many places to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    group: usize,
    size: u16,
    groups: u16,
}

/// What is added up for a drawing.
struct Plan {
    across: Scale,
    up: Scale,
    counts: Vec<Count>,
    shades: Shades,
}

/// The least count of each shade above nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shades([u64; 4]);

impl Heat<'_> {
    /// Draws the map.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut pen = Pen::new(area, buf, theme);
        let Some((plan, place)) = self.plan(pen.width(), pen.height()) else {
            return;
        };
        plan.draw(&mut pen.part(place.x, place.y, place.width, place.height));
        let cursor = self
            .cursor
            .filter(|(step, bin)| *step < self.columns && *bin < self.bins.len());
        self.draw_labels(
            &mut pen.part(0, place.y, place.x, place.height),
            &plan,
            cursor,
        );
        self.draw_marks(
            &mut pen.part(place.x, 0, place.width, place.y + place.height),
            &plan,
            place.y,
        );
        if let Some((step, bin)) = cursor {
            let (x, y) = (plan.x(step), plan.y(bin));
            let (width, height) = (plan.across.size, plan.up.size);
            pen.tint(place.x + x, place.y + y, width, height, Role::Selection);
            self.draw_note(&mut pen, &plan, place, (step, bin));
        }
    }

    /// The shades with what they stand for on a screen of this size, for a frame or a help text.
    #[must_use]
    pub fn legend(&self, area: Rect, glyphs: &Glyphs) -> Vec<Cell<'static>> {
        let Some((plan, _)) = self.plan(area.width, area.height) else {
            return Vec::new();
        };
        let most = plan.most();
        let shown = shades(glyphs).into_iter().skip(1).zip(plan.shades.0);
        let mut cells: Vec<_> = shown
            .take_while(|(_, least)| *least <= most)
            .map(|(shade, least)| Cell::new(format!("{shade} {}+  ", number(least)), Role::Series))
            .collect();
        if plan.counts.iter().any(|count| count.errors > 0) {
            cells.push(Cell::new(format!("{} errors  ", glyphs.bad), Role::Bad));
        }
        cells
    }

    /// What is drawn, and where within an area of this size; none where there is nothing to draw.
    fn plan(&self, width: u16, height: u16) -> Option<(Plan, Rect)> {
        let label = if width >= LABELLED {
            GUTTER + LABEL + GAP
        } else {
            0
        };
        let head = u16::from(height >= NOTED && !self.marks.is_empty());
        let foot = u16::from(height >= NOTED && self.cursor.is_some());
        let across = Scale::new(self.columns, width - label)?;
        let up = Scale::new(self.bins.len(), height - head - foot)?;
        let mut counts =
            vec![Count::default(); usize::from(across.groups) * usize::from(up.groups)];
        for (bin, row) in self
            .bins
            .iter()
            .zip((0..up.groups).flat_map(|row| std::iter::repeat_n(row, up.group)))
        {
            let row = usize::from(row) * usize::from(across.groups);
            let steps = bin.counts.len().max(bin.errors.len()).min(self.columns);
            for step in 0..steps {
                if let Some(count) = counts.get_mut(row + step / across.group) {
                    count.add(bin.at(step));
                }
            }
        }
        let shades = Shades::of(counts.iter().map(|count| count.all).max().unwrap_or(0));
        let place = Rect::new(
            label,
            head,
            across.groups * across.size,
            up.groups * up.size,
        );
        Some((
            Plan {
                across,
                up,
                counts,
                shades,
            },
            place,
        ))
    }

    fn draw_labels(&self, pen: &mut Pen<'_>, plan: &Plan, cursor: Option<(usize, usize)>) {
        let selected = cursor.map(|(_, bin)| plan.y(bin));
        for (row, bin) in (0..plan.up.groups).zip(self.bins.iter().step_by(plan.up.group)) {
            // The foot of a row is its least latency.
            let y = plan.row(row) + plan.up.size - 1;
            pen.text_right(GAP, y, LABEL, &latency(bin.from_ns), Role::Header);
        }
        if let Some(y) = selected.filter(|_| pen.width() > 0) {
            pen.glyph(0, y + plan.up.size - 1, pen.glyphs().cursor, Role::Accent);
        }
    }

    /// A name above the step, and a line down through what is empty.
    fn draw_marks(&self, pen: &mut Pen<'_>, plan: &Plan, head: u16) {
        let mut marks: Vec<_> = self
            .marks
            .iter()
            .filter(|(step, _)| *step < self.columns)
            .collect();
        marks.sort_by_key(|(step, _)| *step);
        let mut free = 0;
        for (step, name) in marks {
            let x = plan.x(*step);
            for y in head..pen.height() {
                if pen.is_blank(x, y) {
                    pen.glyph(x, y, pen.glyphs().hairline, Role::Accent);
                }
            }
            if head > 0 && x >= free {
                pen.glyph(x, 0, pen.glyphs().change, Role::Accent);
                let room = pen.width().saturating_sub(x + 2);
                free = x + 2 + pen.text(x + 2, 0, room, name, Role::Accent);
            }
        }
    }

    /// What the cursor is on, in numbers, under its column.
    fn draw_note(&self, pen: &mut Pen<'_>, plan: &Plan, place: Rect, cursor: (usize, usize)) {
        let (step, bin) = cursor;
        let y = pen.height() - 1;
        if y < place.y + place.height {
            return;
        }
        let group = bin / plan.up.group * plan.up.group;
        let last = (group + plan.up.group).min(self.bins.len()) - 1;
        let (Some(from), Some(to)) = (self.bins.get(group), self.bins.get(last)) else {
            return;
        };
        let range = match to.to_ns {
            i64::MAX => format!("{} and more", latency(from.from_ns)),
            to_ns => format!("{} to {}", latency(from.from_ns), latency(to_ns)),
        };
        let count = plan.at(step, bin);
        let mut note = vec![Cell::new(
            format!("{range}  {}", number(count.all)),
            Role::Text,
        )];
        if count.errors > 0 {
            note.push(Cell::new(
                format!("  {} {}", pen.glyphs().bad, number(count.errors)),
                Role::Bad,
            ));
        }
        let width: u16 = note.iter().map(|cell| pen::columns(&cell.text)).sum();
        let x = place.x + plan.x(step);
        pen.glyph(x, y, pen.glyphs().ascending, Role::Accent);
        let (start, room) = if x + 2 + width > pen.width() && x > width {
            (x - 1 - width, width)
        } else {
            (x + 2, pen.width().saturating_sub(x + 2))
        };
        pen.cells(start, y, room, &note);
    }
}

impl Bin<'_> {
    fn at(&self, step: usize) -> Count {
        let at = |of: &[u64]| of.get(step).copied().unwrap_or(0);
        Count {
            all: at(self.counts),
            errors: at(self.errors),
        }
    }
}

impl Count {
    fn add(&mut self, other: Self) {
        self.all = self.all.saturating_add(other.all);
        self.errors = self.errors.saturating_add(other.errors);
    }
}

impl Scale {
    /// None where there are no things or no room.
    fn new(things: usize, room: u16) -> Option<Self> {
        if things == 0 || room == 0 {
            return None;
        }
        let group = things.div_ceil(usize::from(room));
        let groups = u16::try_from(things.div_ceil(group))
            .unwrap_or(room)
            .min(room);
        let size = if group == 1 { room / groups } else { 1 };
        Some(Self {
            group,
            size,
            groups,
        })
    }

    fn group_of(self, thing: usize) -> u16 {
        u16::try_from(thing / self.group)
            .unwrap_or(u16::MAX)
            .min(self.groups - 1)
    }
}

impl Plan {
    /// The first column of a step.
    fn x(&self, step: usize) -> u16 {
        self.across.group_of(step) * self.across.size
    }

    /// The first row of a bin.
    fn y(&self, bin: usize) -> u16 {
        self.row(self.up.group_of(bin))
    }

    /// The first row of a group of bins: the longest latencies are at the top.
    fn row(&self, group: u16) -> u16 {
        (self.up.groups - 1 - group) * self.up.size
    }

    fn at(&self, step: usize, bin: usize) -> Count {
        self.count(self.across.group_of(step), self.up.group_of(bin))
    }

    fn count(&self, column: u16, row: u16) -> Count {
        let at = usize::from(row) * usize::from(self.across.groups) + usize::from(column);
        self.counts.get(at).copied().unwrap_or_default()
    }

    fn most(&self) -> u64 {
        self.counts.iter().map(|count| count.all).max().unwrap_or(0)
    }

    fn draw(&self, pen: &mut Pen<'_>) {
        let (shades, bad) = (shades(pen.glyphs()), pen.glyphs().bad);
        for row in 0..self.up.groups {
            for column in 0..self.across.groups {
                let count = self.count(column, row);
                let shade = shades
                    .get(self.shades.level(count.all))
                    .copied()
                    .unwrap_or(" ");
                let role = if count.errors > 0 {
                    Role::Bad
                } else {
                    Role::Series
                };
                let (x, y) = (column * self.across.size, self.row(row));
                for y in y..y + self.up.size {
                    if count.all > 0 {
                        pen.rule(x, y, self.across.size, shade, role);
                    }
                    if count.errors > 0 {
                        // At the end, so that a cell of some width still shows its shade.
                        pen.glyph(x + self.across.size - 1, y, bad, role);
                    }
                }
            }
        }
    }
}

impl Shades {
    /// Each shade begins at as many times the one before: a few slow ones must stay in sight beside
    /// thousands of fast ones.
    fn of(most: u64) -> Self {
        let times = most.isqrt().isqrt().max(2);
        Self([1, times, times * times, times * times * times])
    }

    fn level(self, count: u64) -> usize {
        self.0.iter().filter(|least| count >= **least).count()
    }
}

fn shades(glyphs: &Glyphs) -> [&'static str; 5] {
    if glyphs.ascii { ASCII_SHADES } else { SHADES }
}

fn latency(ns: i64) -> String {
    if ns <= 0 {
        "0".to_owned()
    } else {
        time::duration(ns)
    }
}

fn number(count: u64) -> String {
    text::count(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{at_every_size, draw, lines};

    const MS: i64 = 1_000_000;

    const BINS: [Bin<'static>; 4] = [
        Bin {
            from_ns: 0,
            to_ns: 10 * MS,
            counts: &[90, 81, 40, 90, 30, 60],
            errors: &[],
        },
        Bin {
            from_ns: 10 * MS,
            to_ns: 100 * MS,
            counts: &[3, 9, 12, 0, 30, 9],
            errors: &[],
        },
        Bin {
            from_ns: 100 * MS,
            to_ns: 1_000 * MS,
            counts: &[0, 0, 0, 0, 9, 12],
            errors: &[0, 0, 0, 0, 0, 2],
        },
        Bin {
            from_ns: 1_000 * MS,
            to_ns: i64::MAX,
            counts: &[0, 0, 0, 0, 1],
            errors: &[0, 0, 0, 0, 0, 1],
        },
    ];

    fn heat() -> Heat<'static> {
        Heat {
            columns: 6,
            bins: &BINS,
            marks: &[(3, "v1.10.0")],
            cursor: Some((5, 2)),
        }
    }

    fn show(heat: Heat<'_>, width: u16, height: u16) -> Vec<String> {
        lines(&draw(width, height, |area, buf, theme| {
            heat.render(area, buf, theme);
        }))
    }

    #[test]
    fn shades_labels_marks_and_the_cursor() {
        assert_eq!(
            show(heat(), 40, 6),
            [
                "                        ▲ v1.10.0",
                "      1.0 s             ┊   ░░░░   ✗",
                "▌  100.0 ms             ┊   ▓▓▓▓▓▓▓✗",
                "    10.0 ms ▒▒▒▒▓▓▓▓▓▓▓▓┊   ████▓▓▓▓",
                "          0 ████████████████████████",
                "     100.0 ms to 1.0 s  12  ✗ 2 ▲"
            ]
        );
    }

    #[test]
    fn a_step_of_one_column_shows_errors_alone() {
        assert_eq!(show(heat(), 6, 3), ["   ┊▓✗", "██████", "     ▲"]);
    }

    #[test]
    fn ascii_shades() {
        let area = Rect::new(0, 0, 36, 6);
        let (mut buf, theme) = (Buffer::empty(area), Theme::plain().ascii());
        heat().render(area, &mut buf, &theme);
        assert_eq!(
            lines(&buf),
            [
                "                        ^ v1.10.0",
                "      1.0 s             :   ....   x",
                ">  100.0 ms             :   *******x",
                "    10.0 ms ::::********:   ####****",
                "          0 ########################",
                "     100.0 ms to 1.0 s  12  x 2 ^"
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_added_up() {
        let counts: Vec<u64> = (0..1_000).map(|step| u64::from(step == 777)).collect();
        let bins = [Bin {
            counts: &counts,
            ..Bin::default()
        }; 50];
        let heat = Heat {
            columns: 1_000,
            bins: &bins,
            ..Heat::default()
        };
        assert_eq!(show(heat, 10, 2), ["       █", "       █"]);
        let Some((plan, _)) = heat.plan(10, 2) else {
            panic!("no plan")
        };
        assert_eq!(plan.at(777, 0).all, 25);
        assert_eq!((plan.across.group, plan.up.group), (100, 25));
    }

    #[test]
    fn every_shade_begins_at_as_many_times_the_one_before() {
        assert_eq!(Shades::of(0), Shades([1, 2, 4, 8]));
        assert_eq!(Shades::of(100), Shades([1, 3, 9, 27]));
        assert_eq!(Shades::of(u64::MAX).level(u64::MAX), 4);
        let levels = [0, 1, 2, 3, 9, 26, 27].map(|count| Shades::of(100).level(count));
        assert_eq!(levels, [0, 1, 1, 2, 3, 3, 4]);
    }

    #[test]
    fn the_legend_has_a_number_for_each_shade_in_use() {
        let area = Rect::new(0, 0, 40, 6);
        let words = |heat: &Heat<'_>| {
            heat.legend(area, &crate::ui::glyphs::UNICODE)
                .into_iter()
                .map(|cell| cell.text)
                .collect::<String>()
        };
        assert_eq!(words(&heat()), "░ 1+  ▒ 3+  ▓ 9+  █ 27+  ✗ errors  ");
        assert_eq!(words(&Heat::default()), "");
    }

    #[test]
    fn errors_have_a_shape_and_a_role() {
        let area = Rect::new(0, 0, 12, 4);
        let theme = Theme::builtin("dark").unwrap_or_else(|error| panic!("{error}"));
        let mut buf = Buffer::empty(area);
        Heat {
            marks: &[],
            cursor: None,
            ..heat()
        }
        .render(area, &mut buf, &theme);
        let look = |x, y| (buf[(x, y)].symbol(), Some(buf[(x, y)].fg));
        assert_eq!(look(10, 1), ("▓", theme.style(Role::Bad).fg));
        assert_eq!(look(11, 1), ("✗", theme.style(Role::Bad).fg));
        assert_eq!(look(8, 1), ("▓", theme.style(Role::Series).fg));
    }

    #[test]
    fn any_size_will_do() {
        let long = "数\u{301}\u{1b}[0m".repeat(2_000);
        let wild = [
            Bin {
                from_ns: i64::MIN,
                to_ns: i64::MAX,
                counts: &[u64::MAX; 40],
                errors: &[u64::MAX; 90],
            },
            Bin {
                from_ns: i64::MAX,
                to_ns: i64::MIN,
                counts: &[],
                errors: &[],
            },
            Bin {
                counts: &[u64::MAX],
                ..Bin::default()
            },
        ];
        at_every_size(|area, buf, theme| {
            for columns in [0, 1, 7, 200, usize::MAX] {
                for cursor in [
                    None,
                    Some((0, 0)),
                    Some((6, 2)),
                    Some((usize::MAX, usize::MAX)),
                ] {
                    for bins in [&wild[..], &BINS, &[]] {
                        let marks = [(6, long.as_str()), (0, ""), (usize::MAX, "x"), (6, "y")];
                        let heat = Heat {
                            columns,
                            bins,
                            marks: &marks,
                            cursor,
                        };
                        heat.render(area, buf, theme);
                        assert!(heat.legend(area, theme.glyphs).len() <= SHADES.len());
                    }
                }
            }
        });
    }
}
