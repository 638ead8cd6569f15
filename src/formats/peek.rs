//! The head of a file, seen the way every sniffer wants to see it.

use serde_json::Value;

/// How many leading JSON values are looked at: files often open with a value that is not typical
/// (a summary line, a resource of another signal).
const VALUES: usize = 12;

/// The head of a file: its bytes, its text lines, its first JSON values.
pub struct Peek<'a> {
    /// Path in the bundle; a hint that never decides alone.
    pub path: &'a str,
    /// Up to 64 KiB from the start.
    pub head: &'a [u8],
    /// The first JSON values, with the elements of a leading array counted as values. A value that
    /// the head cuts off is given as far as it goes. Empty where the file is not JSON.
    pub values: Vec<Value>,
}

impl<'a> Peek<'a> {
    /// Looks at the head of the file at `path`.
    #[must_use]
    pub fn new(path: &'a str, head: &'a [u8]) -> Self {
        Self {
            path,
            head,
            values: values(head),
        }
    }

    /// The first JSON value.
    #[must_use]
    pub fn first(&self) -> Option<&Value> {
        self.values.first()
    }

    /// How many of the leading JSON values fulfil `test`, in percent; 0 where there are none.
    #[must_use]
    pub fn share(&self, test: impl Fn(&Value) -> bool) -> usize {
        let hits = self.values.iter().filter(|value| test(value)).count();
        (hits * 100).checked_div(self.values.len()).unwrap_or(0)
    }

    /// True where any leading JSON value fulfils `test`.
    #[must_use]
    pub fn any(&self, test: impl Fn(&Value) -> bool) -> bool {
        self.values.iter().any(test)
    }

    /// The first text lines, without those that are not UTF-8; the last may be cut off.
    pub fn lines(&self) -> impl Iterator<Item = &'a str> {
        self.head
            .split(|byte| *byte == b'\n')
            .filter_map(|line| std::str::from_utf8(line).ok())
            .take(64)
    }

    /// True where the head looks like text: no NUL, few control bytes.
    #[must_use]
    pub fn is_text(&self) -> bool {
        let control = self
            .head
            .iter()
            .filter(|b| **b < 0x20 && !b"\t\n\r\x1b\x0c".contains(b))
            .count();
        !self.head.contains(&0) && control * 100 <= self.head.len()
    }
}

/// True where `value` is an object with all of `keys`.
#[must_use]
pub fn has(value: &Value, keys: &[&str]) -> bool {
    keys.iter().all(|key| value.get(key).is_some())
}

fn values(head: &[u8]) -> Vec<Value> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = head
        .iter()
        .position(|b| !b.is_ascii_whitespace())
        .unwrap_or(head.len());
    let text = &head[start..];
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let mut end = 0;
    while found.len() < VALUES {
        match stream.next() {
            Some(Ok(value)) => {
                end = stream.byte_offset();
                found.push(value);
            }
            Some(Err(error)) => {
                if error.is_eof() && found.is_empty() {
                    found.extend(salvage(&text[end..]));
                }
                break;
            }
            None => break,
        }
    }
    match found.first() {
        Some(Value::Array(items)) => items.iter().take(VALUES).cloned().collect(),
        _ => found,
    }
}

/// What can be read of a JSON value that is cut off: everything up to the last complete element,
/// with the brackets that are still open closed.
fn salvage(text: &[u8]) -> Option<Value> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    let mut cut = None;
    for (at, byte) in text.iter().enumerate() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                open.push(if *byte == b'{' { b'}' } else { b']' });
                cut = Some((at + 1, open.clone()));
            }
            (false, b'}' | b']') => {
                open.pop();
            }
            (false, b',') => cut = Some((at, open.clone())),
            _ => {}
        }
        if open.len() > 128 {
            return None;
        }
    }
    // A long string that the head cuts off is read as far as it goes.
    if in_string && text.len() > open.len() {
        let mut repaired = text.strip_suffix(b"\\").unwrap_or(text).to_vec();
        repaired.push(b'"');
        repaired.extend(open.iter().rev());
        if let Ok(value) = serde_json::from_slice(&repaired) {
            return Some(value);
        }
    }
    let (end, mut open) = cut?;
    let mut repaired = text[..end].to_vec();
    open.reverse();
    repaired.extend(open);
    serde_json::from_slice(&repaired).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_value_is_read_as_far_as_it_goes() {
        let cut = br#"{"Records":[{"eventName":"A","x":{"y":[1,2]}},{"eventName":"B","z":"un"#;
        let peek = Peek::new("x", cut);
        assert_eq!(peek.first().unwrap()["Records"][1]["eventName"], "B");
    }

    #[test]
    fn an_array_shows_its_elements() {
        assert_eq!(Peek::new("x", b" [ {\"a\":1}, {\"a\":2} ]").values.len(), 2);
        // The third is cut off before its first member and shows as an empty object.
        assert_eq!(
            Peek::new("x", b"[{\"a\":1},{\"a\":2},{\"a\"").values.len(),
            3
        );
    }

    #[test]
    fn glued_and_pretty_values_are_seen() {
        assert_eq!(
            Peek::new("x", b"{\"a\":1}{\"a\":2}\n{\n \"a\": 3\n}\n")
                .values
                .len(),
            3
        );
        assert!(Peek::new("x", b"plain text").values.is_empty());
    }
}
