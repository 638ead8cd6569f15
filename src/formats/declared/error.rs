//! What is wrong with a declaration.

use std::fmt;

/// One mistake and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line of the file, from 1.
    pub line: usize,
    /// The key, with those around it: `columns.body.from`. Empty where the whole file is meant.
    pub key: String,
    /// What is wrong, as a clause without a full stop.
    pub why: String,
    /// What may have been meant.
    pub help: Option<String>,
}

/// A declaration that cannot be used: all its mistakes, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DeclarationError {
    /// The file.
    pub file: String,
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for DeclarationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            let Mistake {
                line,
                key,
                why,
                help,
            } = mistake;
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{line}: ", self.file)?;
            if !key.is_empty() {
                write!(f, "`{key}` ")?;
            }
            write!(f, "{why}")?;
            if let Some(help) = help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

/// The known name that is nearest to `word`, if one is near.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_ascii_lowercase();
    let distance = |name: &str| {
        let name = name.to_ascii_lowercase();
        // Who leaves the end off means the whole.
        let is_start = word.len() > 2 && name.starts_with(&word);
        if is_start {
            1
        } else {
            strsim::osa_distance(&word, &name)
        }
    };
    let near = known.into_iter().map(|name| (distance(name), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.len() / 3).then_some(name)
}

/// What to say of a word that is not among the known ones.
pub(super) fn meant<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    if let Some(name) = nearest(word, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let names: Vec<&str> = known.into_iter().take(40).collect();
    format!("one of {}", names.join(", "))
}
