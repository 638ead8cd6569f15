//! What every export of a git history writes alike: messages, paths, lists of changed files, and
//! the notes that git-ai attaches to commits.
//!
//! git takes a message apart, quotes a path and folds a rename by rules of its own, and each of its
//! outputs shows another part of the result. The rules stand here once, so that one commit reads the
//! same from the exact export and from what people read. What this is not: a reader of repositories,
//! or of notes themselves, which become files of their own.

pub mod files;
pub mod message;
pub mod note;
pub mod paths;
pub mod refs;
pub mod signature;
