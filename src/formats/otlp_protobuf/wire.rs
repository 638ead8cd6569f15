//! The wire format of Protocol Buffers, as far as OTLP uses it: a message is fields, each a number, a
//! type and a value; what a number means is for whoever asks.
//!
//! A generated reader would do, but for one thing: it forgets where each message stood, and a span is
//! cited by its own bytes. Reading fields takes fewer lines than finding them again.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// What the next bytes of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A whole field.
    Field(u32, Wire<'a>),
    /// A field of bytes that ends behind the end, as far as it goes.
    Torn(u32, &'a [u8]),
    /// No field at all.
    Broken(&'a [u8]),
}

/// The fields of a message, in order. Ends after what is torn or broken.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&self) -> Option<(Step<'a>, &'a [u8])> {
        let (tag, rest) = varint(self.rest)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let (wire, rest) = match tag & 7 {
            0 => {
                let (value, rest) = varint(rest)?;
                (Wire::Varint(value), rest)
            }
            1 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Wire::Fixed64(u64::from_le_bytes(*bytes)), rest)
            }
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                match rest.split_at_checked(length) {
                    Some((bytes, rest)) => (Wire::Bytes(bytes), rest),
                    None => return Some((Step::Torn(number, rest), &[])),
                }
            }
            5 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Wire::Fixed32(u32::from_le_bytes(*bytes)), rest)
            }
            _ => return None,
        };
        Some((Step::Field(number, wire), rest))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((step, rest)) = self.field() else {
            return Some(Step::Broken(std::mem::take(&mut self.rest)));
        };
        self.rest = rest;
        Some(step)
    }
}

/// An integer of seven bits a byte, and what follows.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// The fields of a message that must be whole.
///
/// # Errors
/// It is torn or broken.
pub(super) fn whole(message: &[u8]) -> impl Iterator<Item = Result<(u32, Wire<'_>), &'static str>> {
    Fields::of(message).map(|step| match step {
        Step::Field(number, wire) => Ok((number, wire)),
        Step::Torn(..) => Err("a field ends behind its message"),
        Step::Broken(_) => Err("the bytes are no field"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read() {
        let bytes = [
            0x08, 0x96, 0x01, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 2, 0, 0, 0,
        ];
        let fields: Vec<_> = Fields::of(&bytes).collect();
        assert_eq!(
            fields,
            [
                Step::Field(1, Wire::Varint(150)),
                Step::Field(2, Wire::Fixed64(1)),
                Step::Field(3, Wire::Bytes(b"hi")),
                Step::Field(4, Wire::Fixed32(2)),
            ]
        );
    }

    #[test]
    fn what_is_torn_or_broken_ends_the_message() {
        let fields = |bytes: &'static [u8]| Fields::of(bytes).collect::<Vec<_>>();
        assert_eq!(fields(&[0x0a, 9, 1, 2]), [Step::Torn(1, &[1, 2])]);
        assert_eq!(fields(&[0x0b, 1]), [Step::Broken(&[0x0b, 1])]);
        assert_eq!(fields(&[0x00, 1]), [Step::Broken(&[0x00, 1])]);
        assert_eq!(fields(&[0x09, 1]), [Step::Broken(&[0x09, 1])]);
        let endless: &[u8] = &[0xff; 12];
        assert_eq!(varint(endless), None);
        assert_eq!(
            varint(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])
                .unwrap()
                .0,
            u64::MAX
        );
    }
}
