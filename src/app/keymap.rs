//! Which key does what: `config/keys.toml`, checked when it is read.

use std::collections::BTreeMap;

use super::action::{self, Action};
use super::key::Key;

const DEFAULT: &str = include_str!("../config/keys.toml");

/// Why a keymap cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The file is no TOML, or not of this shape.
    #[error("cannot read the keys: {0}")]
    Toml(String),
    /// An action that does not exist.
    #[error("there is no action {0:?}")]
    Action(String),
    /// A key that does not exist.
    #[error("{action}: there is no key {key:?}")]
    Key {
        /// The action.
        action: String,
        /// What was written.
        key: String,
    },
    /// One key for two actions.
    #[error("{key} is given to both {first} and {second}")]
    Twice {
        /// The key.
        key: String,
        /// The one action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

/// Keys to actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Key, Action>,
}

impl Keymap {
    /// The keys that the program ships with.
    ///
    /// # Errors
    /// None that a test would not have found: the file is part of the program.
    pub fn builtin() -> Result<Self, KeymapError> {
        Self::parse(DEFAULT)
    }

    /// Reads a keymap: a table from action to list of keys.
    ///
    /// # Errors
    /// Unknown actions or keys, and keys that are given twice.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let table: BTreeMap<String, Vec<String>> =
            toml::from_str(text).map_err(|error| KeymapError::Toml(error.to_string()))?;
        let mut map = Self::default();
        for (name, keys) in table {
            let action = Action::named(&name).ok_or_else(|| KeymapError::Action(name.clone()))?;
            for text in keys {
                let key = Key::parse(&text).ok_or_else(|| KeymapError::Key {
                    action: name.clone(),
                    key: text.clone(),
                })?;
                if let Some(other) = map.keys.insert(key, action) {
                    return Err(KeymapError::Twice {
                        key: text,
                        first: other.entry().name,
                        second: action.entry().name,
                    });
                }
            }
        }
        Ok(map)
    }

    /// What `key` does.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<Action> {
        self.keys.get(&key).copied()
    }

    /// The keys of `action`, the shortest first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        let mut keys: Vec<String> = self
            .keys
            .iter()
            .filter(|(_, a)| **a == action)
            .map(|(key, _)| key.to_string())
            .collect();
        keys.sort_by_key(|key| (key.chars().count(), key.clone()));
        keys
    }

    /// Every action with its keys, for help and `list keys`.
    pub fn entries(&self) -> impl Iterator<Item = (&'static action::Entry, String)> + '_ {
        action::ALL
            .iter()
            .map(|entry| (entry, self.keys(entry.action).join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_keys_are_sound_and_reach_every_action() {
        let map = Keymap::builtin().unwrap();
        for entry in action::ALL {
            assert!(
                !map.keys(entry.action).is_empty(),
                "{} has no key",
                entry.name
            );
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            Keymap::parse("fly = ['x']"),
            Err(KeymapError::Action("fly".into()))
        );
        assert!(matches!(
            Keymap::parse("up = ['hyper-x']"),
            Err(KeymapError::Key { .. })
        ));
        assert!(matches!(
            Keymap::parse("up = ['x']\ndown = ['x']"),
            Err(KeymapError::Twice { .. })
        ));
    }
}
