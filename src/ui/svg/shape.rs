//! What must meet its neighbours without a gap: lines, blocks and braille as shapes within a cell.

/// A column, in hundredths of a pixel like every length here: they divide into eighths of a column
/// and of a line without a remainder.
pub(super) const CELL: i32 = 840;
/// A line.
pub(super) const LINE: i32 = 1_800;
/// A light line: one whole pixel, which is not blurred over two.
pub(super) const LIGHT: i32 = 100;
/// A heavy one.
const HEAVY: i32 = 200;
/// How far the two bars of a double line are from its middle.
const APART: i32 = 150;
/// A dot of braille.
const DOT: i32 = 180;

/// The arms of U+2500 to U+257F to the left, right, up and down, one hexadecimal digit each: none,
/// light, heavy, double. Dashes, arcs and diagonals have none here and are drawn in their own way.
const ARMS: [u16; 128] = [
    0x1100, 0x2200, 0x0011, 0x0022, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0101, 0x0201, 0x0102, 0x0202, 0x1001, 0x2001, 0x1002, 0x2002, 0x0110, 0x0210, 0x0120, 0x0220,
    0x1010, 0x2010, 0x1020, 0x2020, 0x0111, 0x0211, 0x0121, 0x0112, 0x0122, 0x0221, 0x0212, 0x0222,
    0x1011, 0x2011, 0x1021, 0x1012, 0x1022, 0x2021, 0x2012, 0x2022, 0x1101, 0x2101, 0x1201, 0x2201,
    0x1102, 0x2102, 0x1202, 0x2202, 0x1110, 0x2110, 0x1210, 0x2210, 0x1120, 0x2120, 0x1220, 0x2220,
    0x1111, 0x2111, 0x1211, 0x2211, 0x1121, 0x1112, 0x1122, 0x2121, 0x1221, 0x2112, 0x1212, 0x2221,
    0x2212, 0x2122, 0x1222, 0x2222, 0x0000, 0x0000, 0x0000, 0x0000, 0x3300, 0x0033, 0x0301, 0x0103,
    0x0303, 0x3001, 0x1003, 0x3003, 0x0310, 0x0130, 0x0330, 0x3010, 0x1030, 0x3030, 0x0311, 0x0133,
    0x0333, 0x3011, 0x1033, 0x3033, 0x3301, 0x1103, 0x3303, 0x3310, 0x1130, 0x3330, 0x3311, 0x1133,
    0x3333, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x1000, 0x0010, 0x0100, 0x0001,
    0x2000, 0x0020, 0x0200, 0x0002, 0x1200, 0x0012, 0x2100, 0x0021,
];

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// What a character looks like within its cell.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) blocks: Vec<Block>,
    /// Light lines from a first point to a last, bent towards the one between them.
    pub(super) curves: Vec<[(i32, i32); 3]>,
    /// How many eighths of its colour are the text's; the rest is the ground's.
    pub(super) tone: u16,
}

impl Block {
    pub(super) fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// The same block, further to the right and down.
    pub(super) fn moved(self, x: i32, y: i32) -> Self {
        Self {
            x: self.x + x,
            y: self.y + y,
            ..self
        }
    }
}

impl Shape {
    fn blocks(blocks: Vec<Block>) -> Self {
        Self {
            blocks,
            curves: Vec::new(),
            tone: 8,
        }
    }

    fn curves(curves: &[[(i32, i32); 3]]) -> Self {
        Self {
            blocks: Vec::new(),
            curves: curves.to_vec(),
            tone: 8,
        }
    }
}

/// The shape of a character; none for what is left to the font.
pub(super) fn of(c: char) -> Option<Shape> {
    match c {
        '\u{2500}'..='\u{257f}' => Some(line(c)),
        '\u{2580}'..='\u{259f}' => Some(block(c)),
        '\u{2800}'..='\u{28ff}' => Some(Shape::blocks(dots(c))),
        _ => None,
    }
}

fn line(c: char) -> Shape {
    const LEFT: (i32, i32) = (0, LINE / 2);
    const RIGHT: (i32, i32) = (CELL, LINE / 2);
    const TOP: (i32, i32) = (CELL / 2, 0);
    const FOOT: (i32, i32) = (CELL / 2, LINE);
    const MIDDLE: (i32, i32) = (CELL / 2, LINE / 2);
    const RISING: [(i32, i32); 3] = [(0, LINE), MIDDLE, (CELL, 0)];
    const FALLING: [(i32, i32); 3] = [(0, 0), MIDDLE, (CELL, LINE)];
    match c {
        '┄' | '┅' | '┆' | '┇' => Shape::blocks(dashes(3, c)),
        '┈' | '┉' | '┊' | '┋' => Shape::blocks(dashes(4, c)),
        '╌' | '╍' | '╎' | '╏' => Shape::blocks(dashes(2, c)),
        '╭' => Shape::curves(&[[FOOT, MIDDLE, RIGHT]]),
        '╮' => Shape::curves(&[[FOOT, MIDDLE, LEFT]]),
        '╯' => Shape::curves(&[[TOP, MIDDLE, LEFT]]),
        '╰' => Shape::curves(&[[TOP, MIDDLE, RIGHT]]),
        '╱' => Shape::curves(&[RISING]),
        '╲' => Shape::curves(&[FALLING]),
        '╳' => Shape::curves(&[RISING, FALLING]),
        _ => Shape::blocks(arms(c)),
    }
}

fn dashes(count: i32, c: char) -> Vec<Block> {
    let code = u32::from(c) % 4;
    let thick = if code % 2 == 1 { HEAVY } else { LIGHT };
    let dash = |at: i32| {
        let (step, is_across) = if code < 2 {
            (CELL / count, true)
        } else {
            (LINE / count, false)
        };
        let (start, length) = (at * step + step / 5, step * 3 / 5);
        if is_across {
            Block::new(start, (LINE - thick) / 2, length, thick)
        } else {
            Block::new((CELL - thick) / 2, start, thick, length)
        }
    };
    (0..count).map(dash).collect()
}

fn block(c: char) -> Shape {
    let code = i32::try_from(u32::from(c)).unwrap_or_default();
    let mut tone = 8;
    let (x, y, width, height) = match c {
        '▀' => (0, 0, 8, 4),
        '▁'..='█' => (0, 0x2588 - code, 8, code - 0x2580),
        '▉'..='▏' => (0, 0, 0x2590 - code, 8),
        '▐' => (4, 0, 4, 8),
        '░' | '▒' | '▓' => {
            // An even tone: a hatch turns into a pattern of its own where a picture is scaled.
            tone = u16::try_from(2 * (code - 0x2590)).unwrap_or(tone);
            (0, 0, 8, 8)
        }
        '▔' => (0, 0, 8, 1),
        '▕' => (7, 0, 1, 8),
        _ => return Shape::blocks(quarters(c)),
    };
    let (wide, high) = (CELL / 8, LINE / 8);
    let block = Block::new(x * wide, y * high, width * wide, height * high);
    Shape {
        tone,
        ..Shape::blocks(vec![block])
    }
}

fn quarters(c: char) -> Vec<Block> {
    const PLACES: [(i32, i32); 4] = [(0, 0), (1, 0), (0, 1), (1, 1)];
    let shown: [bool; 4] = match c {
        '▖' => [false, false, true, false],
        '▗' => [false, false, false, true],
        '▘' => [true, false, false, false],
        '▙' => [true, false, true, true],
        '▚' => [true, false, false, true],
        '▛' => [true, true, true, false],
        '▜' => [true, true, false, true],
        '▝' => [false, true, false, false],
        '▞' => [false, true, true, false],
        _ => [false, true, true, true],
    };
    let (wide, high) = (CELL / 2, LINE / 2);
    let shown = PLACES.into_iter().zip(shown).filter(|(_, shown)| *shown);
    shown
        .map(|((x, y), _)| Block::new(x * wide, y * high, wide, high))
        .collect()
}

fn dots(c: char) -> Vec<Block> {
    // The order of the bits: down the left column, down the right one, then the last row.
    const PLACES: [(i32, i32); 8] = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    let shown = PLACES
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| u32::from(c) >> bit & 1 == 1);
    let dot = |(_, (column, row))| {
        let x = CELL / 4 + column * CELL / 2 - DOT / 2;
        let y = LINE / 8 + row * LINE / 4 - DOT / 2;
        Block::new(x, y, DOT, DOT)
    };
    shown.map(dot).collect()
}

/// The bars of a drawn line, within its cell. An arm reaches as far into the middle as the arms
/// across it are thick; the two bars of a double one stop at the bar that they meet.
fn arms(c: char) -> Vec<Block> {
    let at = usize::try_from(u32::from(c) - 0x2500).unwrap_or(ARMS.len());
    let code = ARMS.get(at).copied().unwrap_or_default();
    let arm = [12, 8, 4, 0].map(|shift| code >> shift & 0xf);
    let mut blocks = Vec::new();
    for (index, kind) in arm.into_iter().enumerate().filter(|(_, kind)| *kind > 0) {
        let is_across = index < 2;
        let sides = if is_across {
            [arm[2], arm[3]]
        } else {
            [arm[0], arm[1]]
        };
        let has_opposite = arm[index ^ 1] > 0;
        let bars: &[(i32, [u16; 2])] = &[(-APART, sides), (APART, [sides[1], sides[0]])];
        let bars = if kind == 3 { bars } else { &[(0, sides)] };
        for &(beside, [near, far]) in bars {
            let doubles = u8::from(near == 3) + u8::from(far == 3);
            let stop = match (kind, doubles) {
                (3, _) if near == 3 => APART,
                (3, 1) => -APART,
                (3, _) | (_, 0) => 0,
                _ if has_opposite => 0,
                (_, 1) => -APART,
                _ => APART,
            };
            let reach = thickness(near).max(thickness(far)) / 2 - stop;
            let thick = thickness(kind);
            let (long, wide) = if is_across {
                (CELL, LINE)
            } else {
                (LINE, CELL)
            };
            let (start, length) = match index % 2 {
                0 => (0, long / 2 + reach),
                _ => (long / 2 - reach, long / 2 + reach),
            };
            let side = (wide - thick) / 2 + beside;
            blocks.push(if is_across {
                Block::new(start, side, length, thick)
            } else {
                Block::new(side, start, thick, length)
            });
        }
    }
    blocks
}

fn thickness(kind: u16) -> i32 {
    match kind {
        0 => 0,
        2 => HEAVY,
        _ => LIGHT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_reaches_the_edge_that_it_names() {
        for c in '\u{2500}'..='\u{257f}' {
            let blocks = arms(c);
            let at = u32::from(c) as usize - 0x2500;
            let reaches = |block: &&Block| {
                [
                    block.x == 0 && block.width > block.height,
                    block.x + block.width == CELL && block.width > block.height,
                    block.y == 0 && block.height > block.width,
                    block.y + block.height == LINE && block.height > block.width,
                ]
            };
            for (side, shift) in [12, 8, 4, 0].into_iter().enumerate() {
                let kind = ARMS[at] >> shift & 0xf;
                let bars: Vec<_> = blocks.iter().filter(|block| reaches(block)[side]).collect();
                assert_eq!(bars.len(), [0, 1, 1, 2][usize::from(kind)], "{c} {side}");
                let is_thick = |bar: &&Block| bar.width.min(bar.height) == thickness(kind);
                assert!(bars.iter().all(is_thick), "{c} {side}");
            }
            let inside = |block: &Block| {
                block.x >= 0
                    && block.y >= 0
                    && block.x + block.width <= CELL
                    && block.y + block.height <= LINE
            };
            assert!(blocks.iter().all(inside), "{c}");
        }
    }
    #[test]
    fn blocks_fill_what_their_names_say() {
        let shown = |c| {
            let shape = of(c).unwrap_or_default();
            let blocks = shape
                .blocks
                .into_iter()
                .map(|block| (block.x, block.y, block.width, block.height));
            (shape.tone, blocks.collect::<Vec<_>>())
        };
        assert_eq!(shown('▁'), (8, vec![(0, 1_575, 840, 225)]));
        assert_eq!(shown('▏'), (8, vec![(0, 0, 105, 1_800)]));
        assert_eq!(shown('▐'), (8, vec![(420, 0, 420, 1_800)]));
        assert_eq!(shown('▓'), (6, vec![(0, 0, 840, 1_800)]));
        assert_eq!(
            shown('▞'),
            (8, vec![(420, 0, 420, 900), (0, 900, 420, 900)])
        );
        assert_eq!(
            shown('⡁'),
            (8, vec![(120, 135, 180, 180), (120, 1_485, 180, 180)])
        );
        assert!(of('x').is_none());
    }
}
