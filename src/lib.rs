//! Shipwake: an offline investigation workbench for the terminal.
pub mod app;
pub mod case;
pub mod cli;
pub mod formats;
pub mod ingest;
pub mod links;
pub mod load;
pub mod model;
pub mod panes;
pub mod query;
pub mod store;
pub mod tui;
pub mod ui;
