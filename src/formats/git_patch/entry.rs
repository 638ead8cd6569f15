//! One commit as `git log`, `git show` or `git format-patch` prints it, up to its diff.

use chrono::DateTime;

use super::mail;
use super::text::{Line, lines};
use crate::formats::read::git::files::{FileChange, listed};
use crate::formats::read::git::message::Message;
use crate::formats::read::git::paths::unquote;
use crate::model::{id, time};

/// Which program's layout a commit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `commit <id>`, an indented message.
    Log,
    /// `From <id> <fixed date>`, the header of a mail, a message that is not indented.
    Mail,
}

impl Layout {
    /// The layout of the commit that a line opens, if it opens one.
    pub(super) fn opened_by(line: &[u8]) -> Option<Self> {
        if line.starts_with(b"commit ") {
            let opening = std::str::from_utf8(line).ok().and_then(Opening::parse);
            return opening.map(|_| Self::Log);
        }
        mail_id(&String::from_utf8_lossy(line.strip_prefix(b"From ")?)).map(|_| Self::Mail)
    }
}

/// The commit id of a mail that git wrote; the date is fixed so that `file` can tell.
fn mail_id(rest: &str) -> Option<String> {
    let (sha, date) = rest.split_once(' ')?;
    id::commit(sha).filter(|_| date == "Mon Sep 17 00:00:00 2001")
}

/// The line `commit <id>`, perhaps with a mark, parents, or refs in parentheses.
#[derive(Default)]
struct Opening {
    sha: String,
    parents: Vec<String>,
    refs: String,
}

impl Opening {
    fn parse(line: &str) -> Option<Self> {
        let rest = line
            .strip_prefix("commit ")?
            .trim_start_matches(['<', '>', '-', '^', '=', '+']);
        let (ids, notes) = rest.trim().split_once(" (").unwrap_or((rest.trim(), ""));
        let mut ids = ids
            .split(' ')
            .map(id::commit)
            .collect::<Option<Vec<_>>>()?
            .into_iter();
        // `-m` shows a merge once for each parent: `(from <parent>)`.
        let refs = if notes.starts_with("from ") {
            notes.split_once(") (").map_or("", |(_, refs)| refs)
        } else {
            notes
        };
        let refs = refs.strip_suffix(')').unwrap_or(refs).to_owned();
        Some(Self {
            sha: ids.next()?,
            parents: ids.collect(),
            refs,
        })
    }
}

/// A person and a date, as one header line or two give them.
#[derive(Default)]
pub(super) struct Signature {
    /// Name.
    pub(super) name: String,
    /// Address.
    pub(super) email: String,
    /// Date.
    pub(super) at: Option<i64>,
}

impl Signature {
    /// `Name <address>`, with a date behind it in raw headers.
    fn take(&mut self, text: &str) {
        let (name, rest) = text.rsplit_once('<').unwrap_or((text, ""));
        let (email, when) = rest.split_once('>').unwrap_or((rest, ""));
        // Mail quotes a name like `shop[bot]`.
        self.name = unquote(name.trim()).into_owned();
        email.trim().clone_into(&mut self.email);
        self.at = self.at.or_else(|| date(when));
    }
}

/// A date in any of the forms of `--date` that state an instant.
fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    let epoch = text
        .split(' ')
        .next()
        .and_then(|seconds| seconds.parse().ok());
    epoch
        .and_then(time::seconds)
        .or_else(|| time::parse(text))
        .or_else(|| {
            let forms = [
                DateTime::parse_from_str(text, "%a %b %e %H:%M:%S %Y %z"),
                DateTime::parse_from_rfc2822(text),
            ];
            forms.into_iter().flatten().next()?.timestamp_nanos_opt()
        })
}

/// A commit without its diff.
#[derive(Default)]
pub(super) struct Entry {
    /// Commit id.
    pub(super) sha: String,
    /// Tree id, in raw headers.
    pub(super) tree: Option<String>,
    /// Parents; abbreviated where the export abbreviates them.
    pub(super) parents: Vec<String>,
    /// Branches and tags.
    pub(super) refs: String,
    /// Author.
    pub(super) author: Signature,
    /// Committer.
    pub(super) committer: Signature,
    /// Message.
    pub(super) message: Message,
    /// Blocks of notes: first byte, the byte after the last, and the bytes without their indent.
    pub(super) notes: Vec<(usize, usize, Vec<u8>)>,
    /// Changed files that a list names, with the place of their lines.
    pub(super) files: Vec<(usize, usize, FileChange)>,
    /// Where the diff starts.
    pub(super) diff: usize,
}

impl Entry {
    /// Reads the commit that `unit` holds. `None` where no line names an author.
    pub(super) fn read(unit: &[u8], layout: Layout) -> Option<Self> {
        let mut entry = Self::default();
        let body = match layout {
            Layout::Log => entry.log_header(unit)?,
            Layout::Mail => entry.mail_header(unit)?,
        };
        let (message, list) = match layout {
            Layout::Log => indented(unit, body),
            Layout::Mail => entry.mail_body(unit, body),
        };
        entry.message = Message::new(&message);
        entry.sections(unit, list);
        let named = !entry.author.name.is_empty() || !entry.author.email.is_empty();
        named.then_some(entry)
    }

    /// Reads the header of `git log` and gives the place of the message.
    fn log_header(&mut self, unit: &[u8]) -> Option<usize> {
        let mut rest = lines(unit, 0);
        let opening = Opening::parse(&rest.next()?.text())?;
        (self.sha, self.parents, self.refs) = (opening.sha, opening.parents, opening.refs);
        let has_parents = !self.parents.is_empty();
        for line in rest {
            if line.bytes.is_empty() {
                return Some(line.end);
            }
            let text = line.text();
            let (key, value) = text.split_once([':', ' ']).unwrap_or((&text, ""));
            match key {
                "Author" | "author" => self.author.take(value),
                "Commit" | "committer" => self.committer.take(value),
                "Date" | "AuthorDate" => self.author.at = date(value),
                "CommitDate" => self.committer.at = date(value),
                "tree" => self.tree = id::commit(value),
                "parent" if !has_parents => self.parents.extend(id::commit(value)),
                "Merge" if !has_parents => {
                    self.parents = value.split_whitespace().map(str::to_lowercase).collect();
                }
                _ => {}
            }
        }
        Some(unit.len())
    }

    /// Reads the header of a mail and gives the place of the message.
    fn mail_header(&mut self, unit: &[u8]) -> Option<usize> {
        let mut rest = lines(unit, 0);
        self.sha = mail_id(rest.next()?.text().strip_prefix("From ")?)?;
        let mut fields: Vec<String> = Vec::new();
        let mut body = unit.len();
        for line in rest {
            let text = line.text();
            match fields.last_mut() {
                _ if line.bytes.is_empty() => {
                    body = line.end;
                    break;
                }
                Some(field) if text.starts_with([' ', '\t']) => {
                    field.extend([" ", text.trim_start()]);
                }
                _ => fields.push(text.into_owned()),
            }
        }
        for (key, value) in fields.iter().filter_map(|field| field.split_once(':')) {
            match key {
                "From" => self.author.take(&mail::decode(value)),
                "Date" => self.author.at = date(value),
                "Subject" => {
                    let title = mail::decode(value.trim());
                    mail::subject(&title).clone_into(&mut self.message.subject);
                }
                _ => {}
            }
        }
        Some(body)
    }

    /// The message of a mail and the place of what follows. The message itself may hold `---`, so
    /// it ends at the last such line before the diff.
    fn mail_body(&mut self, unit: &[u8], body: usize) -> (String, usize) {
        let (mut end, mut next) = (unit.len(), unit.len());
        for line in lines(unit, body) {
            match line.bytes {
                b"---" => (end, next) = (line.start, line.end),
                b"-- " if end == unit.len() => (end, next) = (line.start, line.start),
                bytes if bytes.starts_with(b"diff --git ") => {
                    (end, next) = (end.min(line.start), next.min(line.start));
                    break;
                }
                _ => {}
            }
        }
        let text = String::from_utf8_lossy(unit.get(body..end).unwrap_or_default());
        let text = self.take_sender(&text);
        (format!("{}\n\n{text}", self.message.subject), next)
    }

    /// `format-patch --from` states the author in the message's first line.
    fn take_sender<'a>(&mut self, text: &'a str) -> &'a str {
        let sender = text
            .strip_prefix("From: ")
            .and_then(|rest| rest.split_once("\n\n"));
        let Some((author, message)) = sender.filter(|(author, _)| !author.contains('\n')) else {
            return text;
        };
        self.author.take(&mail::decode(author));
        message
    }

    /// Reads notes and lists of files, up to the diff.
    fn sections(&mut self, unit: &[u8], from: usize) {
        let mut in_notes = false;
        self.diff = unit.len();
        for line in lines(unit, from) {
            if line.bytes.starts_with(b"diff --") {
                self.diff = line.start;
                break;
            }
            let indented = line.bytes.strip_prefix(b"    ");
            match (self.notes.last_mut().filter(|_| in_notes), indented) {
                (Some((_, end, bytes)), Some(text)) => {
                    *end = line.end;
                    bytes.extend_from_slice(text);
                    bytes.push(b'\n');
                }
                (Some(_), None) if line.is_blank() => {}
                _ => {
                    in_notes = is_notes(&line);
                    if in_notes {
                        self.notes.push((line.end, line.end, Vec::new()));
                    } else if let Some(change) = listed(&line.text()) {
                        self.files.push((line.start, line.end, change));
                    }
                }
            }
        }
    }
}

/// `Notes:` or `Notes (ai):`.
fn is_notes(line: &Line<'_>) -> bool {
    line.bytes == b"Notes:" || (line.bytes.starts_with(b"Notes (") && line.bytes.ends_with(b"):"))
}

/// The indented message that starts at `from`, and the place of what follows. Editors strip the
/// indent of empty lines.
fn indented(unit: &[u8], from: usize) -> (String, usize) {
    let mut message = String::new();
    for line in lines(unit, from) {
        match line.bytes.strip_prefix(b"    ") {
            Some(text) => message.push_str(&String::from_utf8_lossy(text)),
            None if line.is_blank() => {}
            None => return (message, line.start),
        }
        message.push('\n');
    }
    (message, unit.len())
}
