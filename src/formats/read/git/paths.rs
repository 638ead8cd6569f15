//! Paths as git writes them in text: quoted where they hold odd bytes, folded where a file moved.

use std::borrow::Cow;
use std::iter::Enumerate;
use std::str::Bytes;

/// A path without git's C-style quotes; unquoted text stays as it is.
pub fn unquote(text: &str) -> Cow<'_, str> {
    match quoted(text) {
        Some((path, "")) => Cow::Owned(path),
        _ => Cow::Borrowed(text),
    }
}

/// The path in quotes that `text` starts with, and what follows the closing quote.
pub fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut rest = inner.bytes().enumerate();
    let mut path = Vec::new();
    loop {
        match rest.next()? {
            (at, b'"') => {
                return Some((
                    String::from_utf8_lossy(&path).into_owned(),
                    inner.get(at + 1..)?,
                ));
            }
            (_, b'\\') => path.push(escape(&mut rest)?),
            (_, byte) => path.push(byte),
        }
    }
}

/// The byte behind a backslash.
fn escape(rest: &mut Enumerate<Bytes<'_>>) -> Option<u8> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| byte & 7);
    let (_, byte) = rest.next()?;
    Some(match byte {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'0'..=b'3' => {
            let (middle, low) = (digit(rest.next()?.1)?, digit(rest.next()?.1)?);
            (byte & 3) << 6 | middle << 3 | low
        }
        other => other,
    })
}

/// Old and new path of a file that moved: `src/{old => new}/f.rs` or `old.rs => new.rs`.
pub fn moved(text: &str) -> Option<(String, String)> {
    let text = unquote(text);
    folded(&text).or_else(|| {
        let (old, new) = text.split_once(" => ")?;
        Some((unquote(old).into_owned(), unquote(new).into_owned()))
    })
}

fn folded(text: &str) -> Option<(String, String)> {
    let (head, rest) = text.split_once('{')?;
    let (middle, tail) = rest.rsplit_once('}')?;
    let (old, new) = middle.split_once(" => ")?;
    let whole = |part: &str| {
        // An empty side leaves two slashes where the path has one.
        let tail = if part.is_empty() {
            tail.strip_prefix('/').unwrap_or(tail)
        } else {
            tail
        };
        format!("{head}{part}{tail}")
    };
    Some((whole(old), whole(new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_undone() {
        assert_eq!(
            unquote(r#""caf\303\251 \"x\"\\\t.md""#),
            "café \"x\"\\\t.md"
        );
        for text in [
            "plain.rs", "\"open", "\"a\"b", "\"\\9", "\"\\30", "\"\\", "\"",
        ] {
            let _ = unquote(text);
        }
        assert_eq!(
            quoted(r#""a/x" "b/x""#),
            Some(("a/x".to_owned(), " \"b/x\""))
        );
    }

    #[test]
    fn moves_are_unfolded() {
        for (text, old, new) in [
            ("src/{old => new}/f.rs", "src/old/f.rs", "src/new/f.rs"),
            ("src/{ => deep}/f.rs", "src/f.rs", "src/deep/f.rs"),
            ("{lib => }/f.rs", "lib/f.rs", "f.rs"),
            ("a.rs => b.rs", "a.rs", "b.rs"),
        ] {
            assert_eq!(
                moved(text),
                Some((old.to_owned(), new.to_owned())),
                "{text}"
            );
        }
        assert_eq!(moved("}a{"), None);
    }
}
