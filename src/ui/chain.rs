//! The chain from a request to what runs: nodes, and how each is tied to the next.
//!
//! ```text
//!  request SHOP-142 ─── prompt 7d1c ┄┄┄ commit 9f3c2e1 ━━━ build 118 ─╳─ deploy prod#118    C2
//!                                                                    ╰ weakest: contradicted (I)
//! ```
//!
//! A stroke says the class (━ S cryptographic, ─ I identifier, ┄ T time) and what is wrong (╳
//! contradicted, ? ambiguous, ∅ absent); the weakest link is named in words. The strip fits any
//! width: labels are shortened first, then kinds, and at last only the nodes around the selection
//! are shown. [`Chain::render_vertical`] says the same down a narrow screen, with every state in a
//! word.

mod stroke;
mod vertical;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::glyphs::Glyphs;
use super::pen::{self, Pen};
use super::state;
use super::text;
use super::theme::{Role, Theme};
use crate::model::link::Class;

/// A record of the chain.
#[derive(Debug, Clone, Copy, Default)]
pub struct Node<'a> {
    /// What it is: `commit`, `build`.
    pub kind: &'a str,
    /// Which one.
    pub label: &'a str,
    /// A state that its reader should know, as a token; empty where there is none.
    pub state: &'a str,
}

/// How a node is tied to the next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link<'a> {
    /// The class; none where nothing ties them.
    pub class: Option<Class>,
    /// The state, as a token.
    pub state: &'a str,
}

/// A chain of records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chain<'a> {
    /// The nodes, from cause to effect.
    pub nodes: &'a [Node<'a>],
    /// The links: the first ties the first two nodes.
    pub links: &'a [Link<'a>],
    /// How complete the chain is: `C2`.
    pub level: &'a str,
    /// The selected node.
    pub selected: Option<usize>,
    /// The weakest link.
    pub weakest: Option<usize>,
    /// The chain has the focus.
    pub focused: bool,
}

/// How much of each node is said.
#[derive(Debug, Clone, Copy)]
struct Detail {
    kind: usize,
    label: usize,
    stroke: u16,
}

/// From everything to almost nothing; the first that fits is taken.
const DETAILS: &[Detail] = &[
    Detail {
        kind: 16,
        label: 32,
        stroke: 3,
    },
    Detail {
        kind: 16,
        label: 16,
        stroke: 3,
    },
    Detail {
        kind: 16,
        label: 12,
        stroke: 3,
    },
    Detail {
        kind: 16,
        label: 8,
        stroke: 3,
    },
    Detail {
        kind: 16,
        label: 8,
        stroke: 1,
    },
    Detail {
        kind: 16,
        label: 0,
        stroke: 3,
    },
    Detail {
        kind: 16,
        label: 0,
        stroke: 1,
    },
    Detail {
        kind: 6,
        label: 0,
        stroke: 1,
    },
    LEAST,
];

const LEAST: Detail = Detail {
    kind: 3,
    label: 0,
    stroke: 1,
};

/// A strip as it fits: the nodes in sight, their texts, and the detail they were written in.
struct Strip {
    detail: Detail,
    shown: Range<usize>,
    texts: Vec<String>,
}

impl Chain<'_> {
    /// Draws the chain as a strip; a second row, where there is one, names the weakest link.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut pen = Pen::new(area, buf, theme);
        let level = pen.text_right(1, 0, pen.width() / 3, self.level, Role::Accent);
        let room = pen
            .width()
            .saturating_sub(if level > 0 { level + 2 } else { 0 });
        let strip = self.strip(usize::from(room), pen.glyphs());
        let weakest = self.draw_strip(&mut pen.part(0, 0, room, 1), &strip);
        self.draw_weakest(&mut pen, weakest);
    }

    /// The first detail in which all nodes fit, else the least detail around the selection.
    fn strip(&self, room: usize, glyphs: &Glyphs) -> Strip {
        let write = |detail: Detail| {
            let texts: Vec<_> = self
                .nodes
                .iter()
                .map(|node| node.text(detail, glyphs))
                .collect();
            Strip {
                detail,
                shown: 0..texts.len(),
                texts,
            }
        };
        let fitting = DETAILS
            .iter()
            .map(|detail| write(*detail))
            .find(|strip| strip.width() <= room);
        if let Some(strip) = fitting {
            return strip;
        }
        let mut least = write(LEAST);
        least.shown = self.around_selection(&least, room);
        least
    }

    /// As many nodes around the selected one as fit, with room for the marks at both ends.
    fn around_selection(&self, strip: &Strip, room: usize) -> Range<usize> {
        let count = self.nodes.len();
        let middle = self.selected.unwrap_or(0).min(count.saturating_sub(1));
        let mut shown = middle..(middle + 1).min(count);
        let room = room.saturating_sub(2);
        loop {
            let right = shown.start..(shown.end + 1).min(count);
            let left = shown.start.saturating_sub(1)..shown.end;
            let wider = [right, left]
                .into_iter()
                .find(|wider| *wider != shown && strip.width_of(wider) <= room);
            match wider {
                Some(wider) => shown = wider,
                None => return shown,
            }
        }
    }

    /// Draws the nodes in sight and what ties them; says where the weakest link is.
    fn draw_strip(&self, pen: &mut Pen<'_>, strip: &Strip) -> Option<u16> {
        let glyphs = pen.glyphs();
        let mut weakest = None;
        let mut x = 0;
        if strip.shown.start > 0 {
            pen.glyph(0, 0, glyphs.before, Role::Accent);
            x = 1;
        }
        for index in strip.shown.clone() {
            if index > strip.shown.start {
                let link = self.links.get(index - 1).copied().unwrap_or_default();
                let is_weakest = self.weakest == Some(index - 1);
                weakest = if is_weakest { Some(x) } else { weakest };
                stroke::draw(pen, x, strip.detail.stroke, &link, is_weakest);
                x = x.saturating_add(strip.detail.stroke);
            }
            let (Some(node), Some(text)) = (self.nodes.get(index), strip.texts.get(index)) else {
                break;
            };
            let width = pen::columns(text);
            pen.text(x, 0, width, text, node.role(glyphs));
            if self.selected == Some(index) {
                self.draw_selected(pen, x, width);
            }
            x = x.saturating_add(width);
        }
        if strip.shown.end < self.nodes.len() {
            pen.glyph(pen.width().saturating_sub(1), 0, glyphs.after, Role::Accent);
        }
        weakest
    }

    /// Brackets stand in the blanks around a node, so nothing moves when the selection does.
    fn draw_selected(&self, pen: &mut Pen<'_>, x: u16, width: u16) {
        let role = if self.focused {
            Role::Selection
        } else {
            Role::Idle
        };
        let [open, close] = pen.glyphs().brush;
        pen.glyph(x, 0, open, role);
        pen.glyph(x.saturating_add(width).saturating_sub(1), 0, close, role);
        pen.tint(x, 0, width, 1, role);
    }

    fn draw_weakest(&self, pen: &mut Pen<'_>, at: Option<u16>) {
        let Some(link) = self.weakest.and_then(|index| self.links.get(index)) else {
            return;
        };
        let note = format!("weakest: {}", link.words());
        let width = pen::columns(&note).saturating_add(2);
        let [left, right] = pen.glyphs().corner;
        let role = link.role(pen.glyphs());
        match at {
            Some(x) if x.saturating_add(width) <= pen.width() => {
                pen.glyph(x, 1, left, role);
                pen.text(x + 2, 1, width, &note, role);
            }
            Some(x) if width <= x => {
                pen.glyph(x, 1, right, role);
                pen.text(x - width + 1, 1, width - 2, &note, role);
            }
            _ => {
                pen.text(1, 1, pen.width().saturating_sub(1), &note, role);
            }
        }
    }
}

impl Node<'_> {
    /// The node with a blank at both sides, and a shape before it where its state matters.
    fn text(&self, detail: Detail, glyphs: &Glyphs) -> String {
        let kind = text::safe(self.kind);
        let kind = if detail.kind > 4 {
            text::truncate(&kind, detail.kind)
        } else {
            text::prefix(&kind, detail.kind).into()
        };
        let label = text::shorten(self.label, detail.label);
        let shape = if self.state.is_empty() {
            ""
        } else {
            state::mark(self.state, glyphs).glyph
        };
        let parts = [shape, &kind, &label]
            .into_iter()
            .filter(|part| !part.is_empty());
        format!(" {} ", parts.collect::<Vec<_>>().join(" "))
    }

    fn role(&self, glyphs: &Glyphs) -> Role {
        if self.state.is_empty() {
            Role::Text
        } else {
            state::mark(self.state, glyphs).role
        }
    }
}

impl Strip {
    fn width(&self) -> usize {
        self.width_of(&self.shown)
    }

    fn width_of(&self, shown: &Range<usize>) -> usize {
        let texts = self.texts.get(shown.clone()).unwrap_or_default();
        let strokes = texts.len().saturating_sub(1) * usize::from(self.detail.stroke);
        texts.iter().map(|text| text::width(text)).sum::<usize>() + strokes
    }
}

#[cfg(test)]
mod tests;
