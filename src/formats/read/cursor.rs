//! A cursor inside one JSON value: walks objects and arrays and reads parts of them as typed
//! values, so that the offset of each part is known without parsing it twice.
//!
//! serde gives no positions; `RawValue` gives them at the price of a second pass. A batch of 500
//! spans on one line wants a citation per span and one pass: this is that.

use std::borrow::Cow;

use serde::Deserialize;

/// How deep nesting may go before the value is refused (the limit that `serde_json` has too).
const DEPTH: usize = 128;

/// Why a walk stopped: what was expected, and where (bytes from the start of the cursor's slice).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What was expected or what failed.
    pub why: String,
    /// Where.
    pub at: usize,
}

/// The name of a member, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// A position in a JSON text.
#[derive(Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
        }
    }

    /// Where it stands, in bytes from the start, with blanks skipped.
    pub fn position(&mut self) -> usize {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.at
    }

    /// Goes back to a position that [`Self::position`] gave.
    pub fn go_to(&mut self, position: usize) {
        self.at = position;
    }

    /// The next byte that is not blank, without taking it.
    pub fn peek(&mut self) -> Option<u8> {
        let at = self.position();
        self.bytes.get(at).copied()
    }

    /// Reads the value here as a `T` and moves past it.
    ///
    /// # Errors
    /// The bytes are no JSON value, or not a `T`; the cursor stays where it was.
    pub fn value<T: Deserialize<'a>>(&mut self) -> Result<T, Stop> {
        let start = self.position();
        let mut stream =
            serde_json::Deserializer::from_slice(&self.bytes[start..]).into_iter::<T>();
        match stream.next() {
            Some(Ok(value)) => {
                self.at = start + stream.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => Err(Stop {
                why: super::json::explain(&error),
                at: start,
            }),
            None => Err(self.stop("a value")),
        }
    }

    /// Moves past the value here without reading it.
    ///
    /// # Errors
    /// The bytes are no JSON value.
    pub fn skip(&mut self) -> Result<(), Stop> {
        self.value::<serde::de::IgnoredAny>().map(|_| ())
    }

    /// Moves past the value here and gives its bytes.
    ///
    /// # Errors
    /// The bytes are no JSON value.
    pub fn raw(&mut self) -> Result<&'a [u8], Stop> {
        let start = self.position();
        self.skip()?;
        Ok(&self.bytes[start..self.at])
    }

    /// Calls `each` for every element of the array here, the cursor standing before the element;
    /// `each` must move past it. `null` counts as an empty array.
    ///
    /// # Errors
    /// There is no array here, or `each` stopped.
    pub fn array(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if self.peek() == Some(b'n') {
            return self.skip();
        }
        self.enter(b'[', "an array")?;
        let mut more = !self.take(b']');
        while more {
            each(self)?;
            more = self.more(b']', "`,` or `]`")?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Calls `each` with every key of the object here, the cursor standing before the key's value;
    /// `each` must move past it. `null` counts as an empty object.
    ///
    /// # Errors
    /// There is no object here, or `each` stopped.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&str, &mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if self.peek() == Some(b'n') {
            return self.skip();
        }
        self.enter(b'{', "an object")?;
        let mut more = !self.take(b'}');
        while more {
            let Key(key) = self.value()?;
            if !self.take(b':') {
                return Err(self.stop("`:`"));
            }
            each(&key, self)?;
            more = self.more(b'}', "`,` or `}`")?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Calls `each` for every element of the array that the object here has under `name`, the cursor
    /// standing before the element; `each` must move past it. Whatever else is here is passed over.
    ///
    /// # Errors
    /// The bytes are no JSON value, or `each` stopped.
    pub fn each_of(
        &mut self,
        name: &str,
        each: &mut dyn FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.object(|key, cursor| {
            if key == name && cursor.peek() == Some(b'[') {
                cursor.array(&mut *each)
            } else {
                cursor.skip()
            }
        })
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn enter(&mut self, bracket: u8, expected: &str) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.stop("less nesting"));
        }
        self.take(bracket)
            .then_some(())
            .ok_or_else(|| self.stop(expected))
    }

    /// True where a comma promises another part, false where `end` closes the value.
    fn more(&mut self, end: u8, expected: &str) -> Result<bool, Stop> {
        if self.take(b',') {
            return Ok(true);
        }
        self.take(end)
            .then_some(false)
            .ok_or_else(|| self.stop(expected))
    }

    fn stop(&mut self, expected: &str) -> Stop {
        let at = self.position();
        let why = if at >= self.bytes.len() {
            format!("the value is cut off (expected {expected})")
        } else {
            format!("expected {expected}")
        };
        Stop { why, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_with_their_positions() {
        let text = br#"{"skip":[1,{"x":"]"}], "items" : [ {"n":1} ,{"n":2}]}"#;
        let mut seen = Vec::new();
        let mut cursor = Cursor::new(text);
        cursor
            .object(|key, cursor| {
                if key != "items" {
                    return cursor.skip();
                }
                cursor.array(|cursor| {
                    let start = cursor.position();
                    let value: serde_json::Value = cursor.value()?;
                    seen.push((
                        value["n"].as_i64(),
                        std::str::from_utf8(&text[start..cursor.position()])
                            .unwrap()
                            .trim()
                            .to_owned(),
                    ));
                    Ok(())
                })
            })
            .unwrap();
        assert_eq!(
            seen,
            [
                (Some(1), "{\"n\":1}".to_owned()),
                (Some(2), "{\"n\":2}".to_owned())
            ]
        );
    }

    #[test]
    fn a_cut_value_says_so() {
        let stop = Cursor::new(b"[1,2").array(Cursor::skip).unwrap_err();
        assert!(stop.why.contains("cut off"), "{stop:?}");
    }
}
