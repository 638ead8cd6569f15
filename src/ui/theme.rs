//! What things look like: one style for each role, read from a file.
//!
//! Widgets and panes name roles, never colours, so a theme is one TOML file and nothing else. A
//! theme sets every role; a missing or misspelt one is an error that says which, because a role
//! that silently falls back is a warning that nobody sees.

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use super::colour::{self, Depth, Paint};
use super::glyphs::{self, Glyphs};

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident $name:literal),* $(,)?) => {
        /// What a piece of the screen is for.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub enum Role {
            $($(#[$doc])* #[serde(rename = $name)] $role,)*
        }

        impl Role {
            /// Every role, in the order of the theme files.
            pub const ALL: &[Self] = &[$(Self::$role),*];

            /// The name in theme files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)*
                }
            }
        }
    };
}

roles! {
    /// Empty screen: the background that everything else is drawn on.
    Surface "surface",
    /// Background and text of popups.
    Overlay "overlay",
    /// What a popup throws its shadow on.
    Shadow "shadow",
    /// Text.
    #[default]
    Text "text",
    /// Text that matters less: units, notes, what is pending.
    Dim "dim",
    /// What draws the eye: names, the level of a chain.
    Accent "accent",
    /// Title of a pane.
    Title "title",
    /// Border of the pane that has the focus.
    Focus "focus",
    /// Border of the other panes.
    Border "border",
    /// Selected row of the focused pane.
    Selection "selection",
    /// Selected row of the other panes.
    Idle "idle",
    /// Column headings and axes.
    Header "header",
    /// Keys in hints and help.
    Key "key",
    /// Characters that a search matched.
    Match "match",
    /// A brushed range of time.
    Brush "brush",
    /// Good: verified, passed.
    Good "good",
    /// Worth knowing.
    Info "info",
    /// Doubtful.
    Warn "warn",
    /// Bad: contradicted, failed, an error.
    Bad "bad",
    /// Not known, which is not good.
    Unknown "unknown",
    /// Link of class S: digest or signature.
    ClassS "class_s",
    /// Link of class I: identifier.
    ClassI "class_i",
    /// Link of class T: time or heuristic.
    ClassT "class_t",
    /// Added lines, new behaviour.
    Added "added",
    /// Removed lines, behaviour that is gone.
    Removed "removed",
    /// Written by a coding agent.
    Ai "ai",
    /// Written by a person.
    Human "human",
    /// Nobody recorded who wrote it.
    Untracked "untracked",
    /// Bars of a series.
    Series "series",
}

/// The themes that come with the program: name and file.
pub const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../config/themes/dark.toml")),
    ("light", include_str!("../config/themes/light.toml")),
    (
        "high-contrast",
        include_str!("../config/themes/high-contrast.toml"),
    ),
    (
        "colour-blind",
        include_str!("../config/themes/colour-blind.toml"),
    ),
    ("mono", MONO),
];

const MONO: &str = include_str!("../config/themes/mono.toml");

/// A style for each role, and a set of shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    /// The shapes.
    pub glyphs: &'static Glyphs,
}

/// Why a theme file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, an unknown key, or not a colour; the message has the line.
    #[error("cannot read the theme: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Roles without a style.
    #[error("the theme sets no style for {}", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// A name that is not one of [`BUILTIN`].
    #[error("there is no theme \"{}\"; there are {}", .0.escape_debug(), names().join(", "))]
    Unknown(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// One sentence for people; not shown.
    #[serde(rename = "about")]
    _about: String,
    role: BTreeMap<Role, Entry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a modifier is there or is not"
)]
struct Entry {
    fg: Option<Paint>,
    bg: Option<Paint>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// Reads a theme file.
    ///
    /// # Errors
    ///
    /// Where the text is not TOML, names an unknown key or colour, or leaves out a role.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text)?;
        let missing = Role::ALL
            .iter()
            .filter(|role| !file.role.contains_key(role));
        let missing: Vec<_> = missing.map(|role| role.name()).collect();
        if !missing.is_empty() {
            return Err(ThemeError::Missing(missing));
        }
        let mut styles = [Style::new(); Role::ALL.len()];
        for (role, entry) in file.role {
            styles[role as usize] = entry.style();
        }
        Ok(Self {
            styles,
            glyphs: &glyphs::UNICODE,
        })
    }

    /// A theme that comes with the program.
    ///
    /// # Errors
    ///
    /// Where there is none of that name.
    pub fn builtin(name: &str) -> Result<Self, ThemeError> {
        match BUILTIN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => Err(ThemeError::Unknown(name.to_owned())),
        }
    }

    /// No colours, only weight and reversal: for `NO_COLOR`.
    #[must_use]
    pub fn plain() -> Self {
        Self::parse(MONO).unwrap_or(Self {
            styles: [Style::new(); Role::ALL.len()],
            glyphs: &glyphs::UNICODE,
        })
    }

    /// The same theme drawn with ASCII shapes, evidence included.
    #[must_use]
    pub fn ascii(self) -> Self {
        Self {
            glyphs: &glyphs::ASCII,
            ..self
        }
    }

    /// The same theme on a terminal with fewer colours. Sixteen colours look as the user set them,
    /// so no background is chosen there: what needs one is reversed instead.
    #[must_use]
    pub fn at_depth(mut self, depth: Depth) -> Self {
        for (style, role) in self.styles.iter_mut().zip(Role::ALL) {
            if depth == Depth::Named {
                *style = without_ground(*style, *role);
            }
            style.fg = style.fg.map(|fg| colour::at_depth(fg, depth));
            style.bg = style.bg.map(|bg| colour::at_depth(bg, depth));
        }
        self
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

impl Entry {
    fn style(&self) -> Style {
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ];
        let colour = |paint: Option<Paint>| paint.map(|Paint(colour)| colour);
        let set = modifiers
            .into_iter()
            .filter(|(on, _)| *on)
            .fold(Modifier::empty(), |all, (_, one)| all | one);
        Style {
            fg: colour(self.fg),
            bg: colour(self.bg),
            ..Style::new()
        }
        .add_modifier(set)
    }
}

fn without_ground(style: Style, role: Role) -> Style {
    let plain = Style {
        fg: None,
        bg: None,
        ..style
    };
    match role {
        Role::Surface | Role::Overlay | Role::Shadow | Role::Text => plain,
        // Reversed, bars would be read upside down.
        Role::Brush => plain.add_modifier(Modifier::UNDERLINED),
        _ if style.bg.is_some() => plain.add_modifier(Modifier::REVERSED),
        _ => style,
    }
}

fn names() -> Vec<&'static str> {
    BUILTIN.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use ratatui::style::Color;

    fn builtin(name: &str) -> Theme {
        Theme::builtin(name).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The least contrast of a role's own colours, or of its colour on the surface and on popups.
    fn ratio(theme: &Theme, role: Role) -> Option<f64> {
        let style = theme.style(role);
        let fg = style.fg.or(theme.style(Role::Text).fg)?;
        let grounds = match style.bg {
            Some(bg) => vec![bg],
            None => vec![
                theme.style(Role::Surface).bg?,
                theme.style(Role::Overlay).bg?,
            ],
        };
        grounds
            .into_iter()
            .map(|bg| colour::contrast(fg, bg))
            .min_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal))
            .flatten()
    }

    #[test]
    fn every_role_of_every_coloured_theme_can_be_read() {
        for (name, _) in BUILTIN.iter().filter(|(name, _)| *name != "mono") {
            let theme = builtin(name);
            for &role in Role::ALL.iter().filter(|role| **role != Role::Shadow) {
                let least = match (role, *name) {
                    (Role::Border, _) => 3.0,
                    (_, "high-contrast") => 7.0,
                    _ => 4.5,
                };
                let ratio = ratio(&theme, role);
                assert!(
                    ratio.is_some_and(|ratio| ratio >= least),
                    "{name}: {} has {ratio:.2?}",
                    role.name()
                );
            }
        }
    }

    #[test]
    fn mono_and_plain_use_no_colour() {
        assert_eq!(builtin("mono"), Theme::plain());
        for &role in Role::ALL {
            let style = Theme::plain().style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{}", role.name());
        }
        assert_ne!(Theme::plain().style(Role::Selection), Style::new());
    }

    #[test]
    fn a_selection_never_vanishes() {
        for (name, _) in BUILTIN {
            for depth in [Depth::Named, Depth::Indexed, Depth::True] {
                let theme = builtin(name).at_depth(depth);
                for role in [Role::Selection, Role::Idle, Role::Brush] {
                    let style = theme.style(role);
                    let surface = theme.style(Role::Surface);
                    let stands_out = style
                        .bg
                        .is_some_and(|bg| Some(bg) != surface.bg && Some(bg) != style.fg);
                    assert!(
                        stands_out || !style.add_modifier.is_empty(),
                        "{name} {depth:?} {}",
                        role.name()
                    );
                }
            }
        }
    }

    #[test]
    fn sixteen_colours_leave_the_ground_to_the_terminal() {
        let theme = builtin("dark").at_depth(Depth::Named);
        assert_eq!(theme.style(Role::Surface), Style::new());
        assert!(
            theme
                .style(Role::Selection)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        assert!(!matches!(
            theme.style(Role::Bad).fg,
            Some(Color::Rgb(..)) | None
        ));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| {
            Theme::parse(text).map_or_else(|error| error.to_string(), |_| String::new())
        };
        let mono = BUILTIN[4].1;
        assert!(error(&mono.replace("text =", "txet =")).contains("txet"));
        assert!(error(&mono.replace("bold =", "bald =")).contains("bald"));
        assert!(error("about = \"\"\n[role]\ntext = { fg = \"mauve-ish\" }").contains("mauve-ish"));
        assert!(error("about = \"\"\n[role]\ntext = { fg = 256 }").contains("from 0 to 255"));
        assert!(
            error("about = \"\"\n[role]\ntext = { fg = 7 }")
                .contains("no style for surface, overlay")
        );
        assert!(
            Theme::builtin("drak")
                .map_or_else(|e| e.to_string(), |_| String::new())
                .contains("dark, light")
        );
    }
}
