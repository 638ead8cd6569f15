//! DER (X.690), as far as certificates and time stamps need it: elements one after another.
//!
//! It only ever moves forward over bytes that are there. What is not understood ends the walk, so
//! no input makes it panic, loop or recurse.

use crate::model::time;

/// Tags of the universal class.
pub const OCTET_STRING: u8 = 0x04;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const UTF8_STRING: u8 = 0x0c;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;

/// The tag of a constructed member that is tagged `[number]`.
pub const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

/// Elements one after another; yields each one's tag and content.
#[derive(Clone)]
pub struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The elements in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the first element from here on that has `tag`.
    pub fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.find(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    /// The elements inside the first element from here on that has `tag`.
    pub fn inside(&mut self, tag: u8) -> Option<Self> {
        self.content(tag).map(Self)
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        // Numbers above 30 take more bytes; nothing that is read here has them.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }
}

/// The length at the start of `bytes`, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..=0x7f => Some((usize::from(*first), rest)),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            let length = digits
                .iter()
                .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            Some((length, rest))
        }
        // The indefinite form, which DER forbids, and lengths beyond 16 MiB.
        _ => None,
    }
}

/// The instant that an element of a time type says.
pub fn instant((tag, content): (u8, &[u8])) -> Option<i64> {
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        UTC_TIME if text < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
    let (hour, minute, second) = (text.get(8..10)?, text.get(10..12)?, text.get(12..)?);
    time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}"))
}

#[cfg(test)]
pub(in crate::formats) mod tests {
    use super::*;

    /// An element, for fixtures.
    pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }

    #[test]
    fn elements_are_walked_and_entered() {
        let inner = [
            element(UTF8_STRING, b"name"),
            element(OCTET_STRING, &[1, 2]),
        ]
        .concat();
        let bytes = [vec![UTC_TIME, 0], element(SEQUENCE, &inner)].concat();
        let mut inside = Der::new(&bytes).inside(SEQUENCE).unwrap();
        assert_eq!(inside.content(OCTET_STRING), Some(&[1, 2][..]));
        assert_eq!(inside.next(), None);
    }

    #[test]
    fn what_is_not_there_ends_the_walk() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 5, 1],
            &[0x30, 0x80],
            &[0x30, 0x84, 0, 0, 0, 1, 0],
        ] {
            assert!(Der::new(bytes).next().is_none(), "{bytes:?}");
        }
        assert!(Der::new(&[0x3f, 0x81, 0, 0]).next().is_none());
    }

    #[test]
    fn both_time_types_are_read() {
        let expected = time::parse("2026-02-03T04:05:06Z");
        assert_eq!(instant((UTC_TIME, b"260203040506Z")), expected);
        assert_eq!(instant((GENERALIZED_TIME, b"20260203040506Z")), expected);
        assert_eq!(
            instant((UTC_TIME, b"990101000000Z")),
            time::parse("1999-01-01T00:00:00Z")
        );
        assert_eq!(instant((UTC_TIME, "26\u{fc}".as_bytes())), None);
    }
}
