//! git-ai's notes inside other exports: how they are told from other notes, and how they become
//! files of their own, so that only the format of notes reads them.

use crate::model::{Nested, Sink, Span};

/// Hands a note that stands in another export to `sink` as a file of its own, without the newlines
/// that the export added. Notes of other tools are left alone.
pub fn nest(sha: &str, note: &[u8], span: Span, sink: &mut dyn Sink) {
    if divider(note).is_some_and(|start| is_authorship(note, start)) {
        let newlines = note
            .iter()
            .rev()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
        let bytes = note
            .get(..note.len() - newlines)
            .unwrap_or_default()
            .to_vec();
        let short = sha.get(..12).unwrap_or(sha);
        sink.nested(Nested {
            name: format!("note-{short}"),
            bytes,
            span,
        });
    }
}

/// Where the line `---` stands that a JSON object follows. A file may be called `---` too.
pub fn divider(note: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(note, b"---").find(|start| {
        let begins = start
            .checked_sub(1)
            .is_none_or(|before| note.get(before) == Some(&b'\n'));
        let after = note.get(start + 3..).unwrap_or_default();
        let ends = after.starts_with(b"\n") || after.starts_with(b"\r\n");
        begins && ends && after.trim_ascii_start().starts_with(b"{")
    })
}

/// True where the JSON after the divider names git-ai's schema.
pub fn is_authorship(note: &[u8], divider: usize) -> bool {
    let json = note.get(divider..).unwrap_or_default();
    memchr::memmem::find(json, b"\"schema_version\"").is_some()
        && memchr::memmem::find(json, b"\"authorship/").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::Seen;

    #[test]
    fn only_a_note_of_git_ai_becomes_a_file() {
        let note = b"---\n  h_1 1-2\n---\n{\"schema_version\":\"authorship/3.0.0\"}\n\n";
        let mut sink = Seen::default();
        nest("9f3c2e1a0b4d5", note, Span::new(5, 60), &mut sink);
        for other in [
            &b"reviewed by Ada\n"[..],
            b"a\n---\n{\"schema\":1}",
            b"---",
            b"",
        ] {
            nest("9f3c2e1", other, Span::new(0, 1), &mut sink);
        }
        let [nested] = sink.nested.as_slice() else {
            panic!("{} files", sink.nested.len());
        };
        assert_eq!(nested.name, "note-9f3c2e1a0b4d");
        assert_eq!(nested.bytes, note[..note.len() - 2]);
        assert_eq!(nested.span, Span::new(5, 60));
    }

    #[test]
    fn a_file_called_like_the_divider_is_none() {
        assert_eq!(divider(b"---\n  h_1 1\n---\r\n\n{}"), Some(12));
        assert_eq!(divider(b"---x\n{"), None);
    }
}
