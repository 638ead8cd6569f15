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
    /// A key that always leads out was given away.
    #[error("{key} stays with {action}")]
    Needed {
        /// The action.
        action: &'static str,
        /// Its key.
        key: &'static str,
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

/// Keys that stay what they are: without them nobody finds out of where they are.
const NEEDED: &[(Action, &str)] = &[
    (Action::Interrupt, "ctrl-c"),
    (Action::Escape, "esc"),
    (Action::Open, "enter"),
];

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

    /// These keys, changed by a file of the same form: an action that it names has the keys that it says and no
    /// others, whoever had them before.
    ///
    /// # Errors
    /// As for [`Self::parse`]; and where nobody could leave any more.
    pub fn with(mut self, text: &str) -> Result<Self, KeymapError> {
        let own = Self::parse(text)?;
        let named: BTreeMap<String, Vec<String>> =
            toml::from_str(text).map_err(|error| KeymapError::Toml(error.to_string()))?;
        let named: Vec<Action> = named
            .keys()
            .filter_map(|name| Action::named(name))
            .collect();
        self.keys.retain(|_, action| !named.contains(action));
        self.keys.extend(own.keys);
        for (action, key) in NEEDED {
            let kept = Key::parse(key).is_some_and(|key| self.action(key) == Some(*action));
            if !kept {
                return Err(KeymapError::Needed {
                    action: action.entry().name,
                    key,
                });
            }
        }
        Ok(self)
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
    fn keys_of_ones_own_are_taken_from_whoever_had_them() {
        let key = |text| Key::parse(text).unwrap();
        let own = Keymap::builtin()
            .unwrap()
            .with("down = ['k', 'down']\nup = ['i']")
            .unwrap();
        assert_eq!(own.action(key("k")), Some(Action::Down));
        assert_eq!(own.action(key("i")), Some(Action::Up));
        assert_eq!(own.action(key("j")), None);
        assert_eq!(own.action(key("up")), None);
        assert_eq!(own.action(key("tab")), Some(Action::NextPane));
    }

    #[test]
    fn the_way_out_cannot_be_given_away() {
        for text in ["down = ['esc']", "interrupt = []", "open = ['o']"] {
            let refused = Keymap::builtin().unwrap().with(text);
            assert!(
                matches!(refused, Err(KeymapError::Needed { .. })),
                "{text}: {refused:?}"
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
