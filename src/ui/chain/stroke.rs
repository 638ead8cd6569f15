//! How a link is drawn and named.

use super::super::glyphs::Glyphs;
use super::super::pen::Pen;
use super::super::state;
use super::super::theme::Role;
use super::Link;
use crate::model::link::Class;

/// What a link looks like: a line that says its class, and a sign on it where something is wrong.
struct Stroke {
    /// Across and down.
    line: [&'static str; 2],
    sign: Option<&'static str>,
    role: Role,
}

/// Draws a link over `width` columns.
pub(super) fn draw(pen: &mut Pen<'_>, x: u16, width: u16, link: &Link<'_>, is_weakest: bool) {
    let Stroke {
        line: [across, _],
        sign,
        role,
    } = look(link, pen.glyphs());
    let role = if is_weakest && sign.is_none() {
        Role::Warn
    } else {
        role
    };
    pen.rule(x, 0, width, across, role);
    if let Some(sign) = sign {
        pen.glyph(x.saturating_add(width / 2), 0, sign, role);
    }
}

/// The shape of a link that runs down, and its role.
pub(super) fn down(link: &Link<'_>, glyphs: &Glyphs) -> (&'static str, Role) {
    let Stroke {
        line: [_, down],
        sign,
        role,
    } = look(link, glyphs);
    (sign.unwrap_or(down), role)
}

fn look(of: &Link<'_>, glyphs: &Glyphs) -> Stroke {
    let (line, role) = match of.class {
        Some(Class::S) => (glyphs.strong, Role::ClassS),
        Some(Class::I) => (glyphs.firm, Role::ClassI),
        Some(Class::T) => (glyphs.faint, Role::ClassT),
        None => ([" ", " "], Role::Unknown),
    };
    let (sign, role) = match of.state {
        "verified" | "matched" | "inferred" if of.class.is_some() => (None, role),
        "contradicted" => (Some(glyphs.broken), Role::Bad),
        other => {
            let mark = state::mark(other, glyphs);
            (Some(mark.glyph), mark.role)
        }
    };
    Stroke { line, sign, role }
}

impl Link<'_> {
    /// State and class in words: `matched (I)`.
    pub(super) fn words(&self) -> String {
        let word = state::word(self.state);
        match self.class {
            Some(class) => format!("{word} ({})", class.letter()),
            None => word.into_owned(),
        }
    }

    pub(super) fn role(&self, glyphs: &Glyphs) -> Role {
        look(self, glyphs).role
    }
}
