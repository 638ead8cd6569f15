//! The drawing vocabulary: what panes are made of.
//!
//! A pane decides what to say; how a table, a trace, a chain or a strip of time looks is decided
//! here, once. Each widget is a plain struct that borrows its data for one drawing and has
//! `render(area, buf, theme)`; what must outlive a drawing (the selection and the window of a
//! list) is a [`scroll::Scroll`] that the pane keeps.
//!
//! ```text
//! frame        borders, title, focus          overlay   popup, input, matches
//! table tree outline  rows of any length             waterfall spans of a trace
//! grid         things down, others across
//! chain        from request to behaviour      timeline  lanes and markers over time
//! chart        a small series                 load      why there is nothing to see
//! ------------------------------------------------------------------------------------
//! pen          bounded, safe writing          axis histogram scroll   shared parts
//! text         safety and width               theme colour glyphs state cell   looks
//! ```
//!
//! Four rules hold everywhere, and the pen and the tests keep them. Text is evidence, so all of it
//! passes [`text::safe`] on its way to the buffer. A state is a shape and a word, never a colour
//! alone. No area is too small: a widget is cut off, it never fails. Only what is in sight costs
//! anything.
//!
//! What it is not: it asks no questions, reads no files, knows no pane and no terminal.

pub mod axis;
pub mod cell;
pub mod chain;
pub mod chart;
pub mod colour;
pub mod frame;
pub mod glyphs;
pub mod grid;
pub mod heat;
pub mod histogram;
pub mod load;
pub mod outline;
pub mod overlay;
pub mod pen;
pub mod scroll;
pub mod service_map;
pub mod state;
pub mod svg;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod theme;
pub mod timeline;
pub mod tree;
pub mod waterfall;
