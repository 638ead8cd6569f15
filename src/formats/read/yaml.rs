//! YAML cut into objects by its lines: documents at `---`, list items at their dashes.
//!
//! YAML allows a document marker nowhere but at the start of a line that is outside of any scalar,
//! and a block item's lines are all indented deeper than its dash, so both cuts are exact for the
//! block style that `kubectl` writes.

use serde_json::Value;

/// One object's text and where it starts.
pub struct Piece<'t> {
    /// Bytes from the start of the whole text.
    pub offset: usize,
    /// The object's lines, with the dash where it is a list item.
    pub text: &'t str,
    /// Kind of the elements, where the list is typed (`PodList`).
    pub list_kind: Option<&'t str>,
    /// `apiVersion` of the list, which its elements may not repeat.
    pub list_api_version: Option<&'t str>,
}

impl<'t> Piece<'t> {
    /// A top-level field's text, without parsing the whole. Empty where the field is a mapping.
    pub fn field(&self, name: &str) -> Option<&'t str> {
        let indent = self.text.len() - self.text.trim_start_matches([' ', '-']).len();
        let own = |line: &'t str| {
            line.get(indent..)
                .filter(|_| line.bytes().take(indent).all(|b| b" -".contains(&b)))
        };
        self.text
            .lines()
            .filter_map(own)
            .find_map(|line| scalar(line, name))
    }

    /// The object.
    pub fn value(&self) -> Result<Value, String> {
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        match serde_saphyr::from_str_with_options(self.text, options) {
            Ok(Value::Array(mut items)) if items.len() == 1 => Ok(items.remove(0)),
            Ok(value) => Ok(value),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Every object of `text`, in order. Documents without content are no objects.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    documents(text).flat_map(|(offset, document)| {
        let find = |name| document.lines().find_map(|line| scalar(line, name));
        match find("items") {
            Some("") => {
                let (list_kind, list_api_version) =
                    (find("kind").and_then(singular), find("apiVersion"));
                let items = items(document).into_iter();
                items
                    .map(|(at, text)| Piece {
                        offset: offset + at,
                        text,
                        list_kind,
                        list_api_version,
                    })
                    .collect()
            }
            Some("[]") => Vec::new(),
            _ => vec![Piece {
                offset,
                text: document,
                list_kind: None,
                list_api_version: None,
            }],
        }
    })
}

/// The kind of a typed list's elements: `Pod` of `PodList`; a plain `List` says nothing.
pub fn singular(kind: &str) -> Option<&str> {
    kind.strip_suffix("List").filter(|kind| !kind.is_empty())
}

/// The documents with content, markers left out.
fn documents(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const MARKER: usize = 3;
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mut begins, mut ends) = (vec![start], Vec::new());
    for (at, line) in lines(text, start) {
        let rest = line
            .strip_prefix("---")
            .or_else(|| line.strip_prefix("..."));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            ends.push(at);
            begins.push(at + MARKER);
        }
    }
    ends.push(text.len());
    begins.into_iter().zip(ends).filter_map(|(begin, end)| {
        let document = text.get(begin..end)?;
        let has_content = document
            .lines()
            .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        has_content.then(|| trim(begin, document))
    })
}

/// The items of the document's top-level `items:`.
fn items(document: &str) -> Vec<(usize, &str)> {
    let after = |(at, line): (usize, &str)| scalar(line, "items").map(|_| at + line.len());
    let Some(begin) = lines(document, 0).find_map(after) else {
        return Vec::new();
    };
    let mut dashes = Vec::new();
    let (mut indent, mut end) = (None, document.len());
    for (at, line) in lines(document, begin) {
        let content = line.trim_start_matches(' ');
        let depth = line.len() - content.len();
        if content.trim_end().is_empty() || content.starts_with('#') {
            continue;
        }
        let is_item = content.starts_with("- ") && indent.is_none_or(|indent| indent == depth);
        if is_item {
            indent = Some(depth);
            dashes.push(at);
        } else if indent.is_none_or(|indent| depth <= indent) {
            end = at;
            break;
        }
    }
    let ends = dashes.iter().skip(1).copied().chain([end]);
    let cut = |(begin, end): (usize, usize)| document.get(begin..end).map(|text| trim(begin, text));
    dashes.iter().copied().zip(ends).filter_map(cut).collect()
}

/// Lines with their line ends, from `begin` on, and where they start.
fn lines(text: &str, begin: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = begin;
    text.get(begin..)
        .unwrap_or_default()
        .split_inclusive('\n')
        .map(move |line| {
            let start = at;
            at += line.len();
            (start, line)
        })
}

/// Without the blank lines around it; the first line keeps its indentation.
fn trim(offset: usize, text: &str) -> (usize, &str) {
    let content = text.len() - text.trim_start().len();
    let start = text
        .get(..content)
        .and_then(|blank| blank.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    (
        offset + start,
        text.get(start..).unwrap_or_default().trim_end(),
    )
}

/// The text after `name:` where `line` starts with it.
fn scalar<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(name)?.strip_prefix(':')?;
    Some(rest.trim().trim_matches(['"', '\'']))
}

/// Every item of a document that is a list, such as `helm history -o yaml` writes, in order.
pub fn sequence(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let is_item = |line: &str| line.starts_with("- ") || line.trim_end() == "-";
    let dashes: Vec<usize> = lines(text, 0)
        .filter(|(_, line)| is_item(line))
        .map(|(at, _)| at)
        .collect();
    let ends: Vec<usize> = dashes.iter().skip(1).copied().chain([text.len()]).collect();
    dashes.into_iter().zip(ends).filter_map(|(begin, end)| {
        let (offset, text) = trim(begin, text.get(begin..end)?);
        Some(Piece {
            offset,
            text,
            list_kind: None,
            list_api_version: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_at_its_own_dashes() {
        let text = "- a: 1\n  b:\n  - x\n\n- a: |\n    - no item\n";
        let pieces: Vec<_> = sequence(text).collect();
        assert_eq!(
            pieces
                .iter()
                .map(|piece| (piece.offset, piece.text))
                .collect::<Vec<_>>(),
            [(0, "- a: 1\n  b:\n  - x"), (19, "- a: |\n    - no item")]
        );
        assert_eq!(pieces[1].value().unwrap()["a"], "- no item\n");
    }
}
