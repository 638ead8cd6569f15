//! Commits and tags as git stores them: `git rev-list --all | git cat-file --batch`.
//!
//! Source: git's `git-cat-file` page (the batch output: `<id> <type> <size>`, the bytes, a line end) and
//! `gitformat-signature`. This is the one export that keeps an object byte for byte, and so the one whose
//! signatures can be checked: its row cites exactly the bytes that were signed over. A bundle hands its
//! signed commits and its annotated tags on in this form.
//!
//! The size says where an object ends, so no message can forge another object. Trees and blobs are passed
//! over: what a release contained is told by its history. What it is not: a check. The id is the export's
//! word until the trust room has computed it again.

use super::read::bounded;
use super::read::git::message::Message;
use super::read::git::signature;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::code::{Commit, GitObject};
use crate::model::{EvidenceClass, Sink, Span, Stamp, id};

/// Objects of a repository, one after another.
pub struct GitObjects;

impl Format for GitObjects {
    fn name(&self) -> &'static str {
        "git_objects"
    }

    fn about(&self) -> &'static str {
        "git commits and tags with their signatures: (git rev-list --all; git for-each-ref \
         --format='%(objectname)' refs/tags) | git cat-file --batch > objects.txt"
    }

    fn unit(&self) -> &'static str {
        "object"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["commit", "git_object"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Asserted
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "a first line of an object id, `commit`, `tag`, `tree` or `blob`, and a size"
    }

    fn example(&self) -> &'static [u8] {
        b"7579a815bfb5213357a00a55e690585bca5d9e9a tag 133\n\
          object 9f3c2e1a0b4d5e6f718293a4b5c6d7e8f9012345\ntype commit\ntag v2.4.0\n\
          tagger Ines Roth <ines@acme.example> 1772546527 +0000\n\nv2.4.0\n\n"
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        match Head::read(peek.head) {
            Some(_) => CERTAIN,
            None => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut at = 0;
        while let Some(rest) = chunk.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let base = chunk.offset + at as u64;
            sink.read(1);
            let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let Some(head) = Head::read(rest) else {
                sink.reject(
                    Span::new(base, line as u64),
                    "no id, kind and size of an object",
                );
                at += line;
                continue;
            };
            let end = line.saturating_add(head.size);
            let Some(object) = rest.get(line..end) else {
                sink.reject(Span::new(base, rest.len() as u64), "the object is cut off");
                return;
            };
            let span = Span::new(base + line as u64, object.len() as u64);
            match head.kind {
                "commit" | "tag" => {
                    push(&head, object, span, sink);
                    sink.keep(1);
                }
                "tree" => sink.ignore(1, "tree"),
                _ => sink.ignore(1, "blob"),
            }
            at += end + usize::from(rest.get(end) == Some(&b'\n'));
        }
    }
}

/// The line before an object.
struct Head {
    sha: String,
    kind: &'static str,
    size: usize,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        // An id of SHA-256, a word and a number are shorter.
        let end = memchr::memchr(b'\n', bytes.get(..bytes.len().min(128))?)?;
        let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let mut words = line.split(' ');
        let (sha, kind, size) = (words.next()?, words.next()?, words.next()?);
        words.next().is_none().then_some(())?;
        Some(Self {
            sha: id::commit(sha)?,
            kind: ["commit", "tag", "tree", "blob"]
                .into_iter()
                .find(|known| *known == kind)?,
            size: size.parse().ok()?,
        })
    }
}

/// Pushes what an object says; a header that it lacks is an absent cell.
fn push(head: &Head, object: &[u8], span: Span, sink: &mut dyn Sink) {
    let text = String::from_utf8_lossy(object);
    let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let value = |key: &str| {
        let mut lines = headers.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
    };
    let who = |key: &str| value(key).and_then(Person::read);
    let maker = who(if head.kind == "tag" {
        "tagger"
    } else {
        "committer"
    });
    let stamp = Stamp::new(span, maker.as_ref().and_then(|maker| maker.at));
    let signed = match head.kind {
        "tag" => signature::kind(message),
        _ => value("gpgsig").and_then(signature::kind),
    };
    let row = GitObject {
        kind: Some(head.kind.into()),
        sha: Some(head.sha.as_str().into()),
        name: value("tag").map(bounded).map(Into::into),
        target: value("object").and_then(id::commit).map(Into::into),
        author_email: maker.as_ref().map(|maker| maker.email.into()),
        signature: signed.map(Into::into),
        ..GitObject::default()
    };
    sink.record(stamp, &row);
    if head.kind != "commit" {
        return;
    }
    let author = who("author");
    let parents: Vec<String> = headers
        .lines()
        .filter_map(|line| id::commit(line.strip_prefix("parent ")?))
        .collect();
    let message = Message::new(message);
    let cell = |text: String| (!text.is_empty()).then(|| bounded(&text).to_owned().into());
    let row = Commit {
        sha: Some(head.sha.as_str().into()),
        tree: value("tree").and_then(id::commit).map(Into::into),
        parents: cell(parents.join(" ")),
        author_name: author.as_ref().map(|author| author.name.into()),
        author_email: author.as_ref().map(|author| author.email.into()),
        authored_ns: author.as_ref().and_then(|author| author.at),
        committer_name: maker.as_ref().map(|maker| maker.name.into()),
        committer_email: maker.as_ref().map(|maker| maker.email.into()),
        committed_ns: maker.as_ref().and_then(|maker| maker.at),
        subject: cell(message.subject),
        body: cell(message.body),
        trailers: cell(message.trailers),
        ..Commit::default()
    };
    sink.record(stamp, &row);
}

/// `Name <address> seconds zone`.
struct Person<'t> {
    name: &'t str,
    email: &'t str,
    /// Nanoseconds since 1970, UTC; the zone is how the person's clock was set.
    at: Option<i64>,
}

impl<'t> Person<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (name, rest) = text.split_once('<')?;
        let (email, rest) = rest.split_once('>')?;
        let seconds = rest.split_whitespace().next();
        Some(Self {
            name: bounded(name.trim()),
            email: bounded(email),
            at: seconds
                .and_then(|seconds| seconds.parse::<i64>().ok())
                .and_then(|seconds| seconds.checked_mul(1_000_000_000)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse};

    const COMMIT: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        parent 0d18e4e4b3f4a8a8a7c0d3b2a1f0e9d8c7b6a594\n\
        author Ines Roth <ines@acme.example> 1772546520 +0100\n\
        committer Mara Lind <mara@acme.example> 1772546527 +0000\n\
        gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n\n\
        Charge once\n\nTwice was too often.\n\nRefs: SHOP-1\n";

    fn batch(objects: &[(&str, char, &str)]) -> String {
        let record = |(kind, digit, object): &(&str, char, &str)| {
            let sha: String = std::iter::repeat_n(*digit, 40).collect();
            format!("{sha} {kind} {}\n{object}\n", object.len())
        };
        objects.iter().map(record).collect()
    }

    fn read(text: &str) -> Seen {
        parse(&GitObjects, "objects.txt", text.as_bytes())
    }

    #[test]
    fn commits_and_tags_are_read_with_their_signatures() {
        let tag = "object aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\ntype commit\ntag v2\n\
            tagger Ines Roth <ines@acme.example> 1772546530 +0000\n\nnotes\n-----BEGIN PGP SIGNATURE-----\n";
        let text = batch(&[
            ("commit", 'a', COMMIT),
            ("tree", 'b', "x\n\ny"),
            ("tag", 'c', tag),
        ]);
        let seen = read(&text);
        assert_eq!((seen.read, seen.kept, seen.ignored["tree"]), (3, 2, 1));
        let keys = ["kind", "name", "target", "author_email", "signature"];
        let aim = "a".repeat(40);
        assert_eq!(
            seen.told("git_object", &keys),
            [
                "commit|||mara@acme.example|ssh".to_owned(),
                format!("tag|v2|{aim}|ines@acme.example|openpgp")
            ]
        );
        let keys = [
            "author_name",
            "committer_name",
            "subject",
            "body",
            "trailers",
        ];
        assert_eq!(
            seen.told("commit", &keys),
            ["Ines Roth|Mara Lind|Charge once|Twice was too often.\n\nRefs: SHOP-1|Refs: SHOP-1"]
        );
        let spans = seen.rows.iter().map(|(_, stamp, _)| stamp.span);
        let cited: Vec<&str> = spans
            .map(|span| {
                let start = usize::try_from(span.offset).unwrap();
                &text[start..start + usize::try_from(span.length).unwrap()]
            })
            .collect();
        assert_eq!(cited, [COMMIT, COMMIT, tag]);
    }

    #[test]
    fn a_message_opens_no_object_and_what_is_cut_is_told() {
        let forged = format!("{COMMIT}{} tag 0\n", "d".repeat(40));
        let text = batch(&[("commit", 'a', &forged), ("commit", 'b', COMMIT)]);
        assert_eq!(read(&text).of("git_object").len(), 2);
        let cut = read(&text[..text.len() - 9]);
        assert_eq!(cut.of("git_object").len(), 1);
        assert_eq!(cut.rejects[0].1, "the object is cut off");
        let torn = read(&format!("{} missing\n{text}", "e".repeat(40)));
        assert_eq!((torn.rejects.len(), torn.kept), (1, 2));
    }
}
