//! The state of the workbench that every pane shares, and what changes it. No drawing here.
//!
//! ```text
//! key ─> keymap ─> Action ─> overlay on top ─> focused pane ─> workbench
//!                                                 │
//!                              Request (pivot, select, narrow, …) ─> Scope, History
//!                                                                      │
//!                                             every pane follows the new scope by itself
//! ```
//!
//! Panes know neither each other nor the workbench: they get a [`desk::Desk`] to ask questions from
//! and to leave requests on. A pivot replaces the [`scope::Scope`] and pushes [`history::History`];
//! what is linked follows from that alone. Every action is one row of [`action::ALL`], from which the
//! keymap, the palette, the footer and the help are made.

pub mod action;
pub mod desk;
pub mod guide;
pub mod history;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod loader;
pub mod mouse;
pub mod preferences;
pub mod scope;
pub mod whereabouts;

pub use crate::store::Lanes;
pub use action::Action;
pub use desk::{Bytes, Desk, Request, Wake};
pub use guide::Guide;
pub use history::History;
pub use key::Key;
pub use keymap::Keymap;
pub use loader::Loader;
pub use mouse::Mouse;
pub use preferences::Preferences;
pub use scope::{Scope, Target};
pub use whereabouts::Whereabouts;
