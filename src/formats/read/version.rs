//! Versions that files state of their own format.
//!
//! A newer minor version adds and does not change, so it is read like the newest that is known; but
//! somebody must hear that what it added was not looked at. A new major version is told in the same
//! way: what can be read of it is read.

use crate::model::{Newer, Sink};

/// Digits of a part of a version that is one; longer ones are ids.
const DIGITS: usize = 6;

/// What is known of a format's versions.
pub struct Known {
    /// The format by its own name.
    pub what: &'static str,
    /// The newest minor version of each major version, in rising order.
    pub newest: &'static [(u32, u32)],
}

impl Known {
    /// Tells `sink` where `said` is newer. It may stand in whatever is written around a version:
    /// `SPDX-2.3`, `v1`, a media type, an address. What states no version is not newer.
    pub fn hold(&self, said: Option<&str>, sink: &mut dyn Sink) {
        let Some(said) = said.and_then(version) else {
            return;
        };
        let same = self.newest.iter().find(|known| known.0 == said.0);
        let Some(known) = same.or(self.newest.last()).copied() else {
            return;
        };
        if said > known {
            sink.newer(Newer {
                what: self.what,
                said,
                known,
            });
        }
    }
}

/// The first number in `text` and the one behind its dot.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut parts = text.get(start..)?.split('.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit());
        let digits = part.get(..end.unwrap_or(part.len()))?;
        (digits.len() <= DIGITS).then(|| digits.parse().ok())?
    });
    Some((parts.next()??, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::Seen;

    #[test]
    fn a_version_is_found_in_what_is_written_around_it() {
        for (text, expected) in [
            ("1.6", Some((1, 6))),
            ("2.1.0", Some((2, 1))),
            ("0.6.0-draft", Some((0, 6))),
            ("SPDX-2.3", Some((2, 3))),
            ("v1", Some((1, 0))),
            ("authorship/3.0.0", Some((3, 0))),
            (
                "application/vnd.dev.sigstore.bundle.v0.3+json",
                Some((0, 3)),
            ),
            ("https://slsa.dev/provenance/v1", Some((1, 0))),
            ("1.x", Some((1, 0))),
            ("1..2", Some((1, 0))),
            ("none", None),
            ("", None),
            ("20251103140207", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_newer_is_told() {
        let known = Known {
            what: "X",
            newest: &[(2, 3), (3, 0)],
        };
        for (said, newer) in [
            (Some("2.3"), None),
            (Some("1.9"), None),
            (Some("3.0.1"), None),
            (None, None),
            (Some("2.4"), Some((2, 3))),
            (Some("3.1"), Some((3, 0))),
            (Some("4"), Some((3, 0))),
        ] {
            let mut seen = Seen::default();
            known.hold(said, &mut seen);
            let told = seen.newer.first().map(|it| it.known);
            assert_eq!(told, newer, "{said:?}");
        }
    }
}
