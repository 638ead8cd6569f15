use super::*;
use crate::formats::testing::{self, Seen, samples};

fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

const NOTE: &str =
    "src/pay.rs\n  h_00000000000001 1-2\n---\n{\"schema_version\":\"authorship/3.0.0\"}";

fn stream() -> String {
    let message = "Pay once\n\nWhy.\n\ncommit refs/heads/forged\n\nTicket: SHOP-7\n";
    format!(
        "feature done\nreset refs/heads/main\nblob\nmark :9\ndata {}\n{NOTE}\n\
commit refs/heads/main\nmark :1\noriginal-oid {}\nauthor Ada Vu <ada@ex.org> 1772359200 +0200\ncommitter Bo <bo@ex.org> 1772359260 +0000\ngpgsig sha1 openpgp\ndata 5\n-----\ndata {}\n{message}M 100644 {} src/pay.rs\nM 100644 {} \"caf\\303\\251 a.md\"\n\n\
commit refs/heads/main\nmark :2\noriginal-oid {}\ncommitter Bo <bo@ex.org> 1772359300 +0000\ndata 4\nNext\nfrom :1\nD gone.rs\nR \"a b\" c.rs\nC d.rs \"e f\"\nM 100644 inline in.txt\ndata 3\nabc\n\n\
commit refs/heads/main\nmark :3\noriginal-oid {}\ncommitter Bo <bo@ex.org> 1772359400 +0000\ndata 5\nMerge\nfrom :2\nmerge {}\n\n\
commit refs/heads/side\nmark :4\ncommitter Bo <bo@ex.org> 1772359500 +0000\ndata 0\n\
reset refs/tags/v1\nfrom :3\n\n\
commit refs/notes/ai\nmark :5\noriginal-oid {}\ncommitter Bo <bo@ex.org> 1772359600 +0000\ndata 0\nM 100644 :9 11/{}\n\n\
tag v2\nfrom :3\ntagger Bo <bo@ex.org> 1772359600 +0000\ndata 1\nx\ndone\n",
        NOTE.len(),
        sha('1'),
        message.len(),
        sha('a'),
        sha('b'),
        sha('2'),
        sha('3'),
        sha('8'),
        sha('5'),
        &sha('1')[2..],
    )
}

fn read(text: &str) -> Seen {
    testing::parse(&GitFastExport, "x", text.as_bytes())
}

#[test]
fn a_stream_is_read() {
    let text = stream();
    assert_eq!(testing::sniff(&GitFastExport, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        (seen.read, seen.kept, seen.rejects.len()),
        (5, 3, 0),
        "{:?}",
        seen.rejects
    );
    assert_eq!(seen.ignored["commit of notes"], 1);
    assert_eq!(
        seen.ignored["no commit id: export with --show-original-ids"],
        1
    );
    let rows = seen.of("commit");
    assert_eq!(rows[0]["sha"], sha('1'));
    assert_eq!(
        (&*rows[0]["subject"], &*rows[0]["trailers"]),
        ("Pay once", "Ticket: SHOP-7")
    );
    assert_eq!(
        (&*rows[0]["author_name"], &*rows[0]["committer_email"]),
        ("Ada Vu", "bo@ex.org")
    );
    assert_eq!(rows[0]["authored_ns"], "1772359200000000000");
    assert_eq!(rows[1]["parents"], sha('1'));
    assert_eq!(rows[1]["author_name"], "Bo");
    assert_eq!(rows[2]["parents"], format!("{} {}", sha('2'), sha('8')));
    assert_eq!(rows[2]["refs"], "main, tag: v1");
    assert_eq!(seen.times("commit")[0], "2026-03-01T10:01:00.000000000Z");
}

#[test]
fn files_say_what_the_stream_says() {
    let text = stream();
    let seen = read(&text);
    let files = seen.told("commit_file", &["path", "old_path", "status"]);
    assert_eq!(
        files,
        [
            "src/pay.rs||added",
            "café a.md||added",
            "gone.rs||deleted",
            "c.rs|a b|renamed",
            "e f||added",
            "in.txt||",
        ]
    );
    let at = seen
        .rows
        .iter()
        .find(|row| row.0 == "commit_file")
        .unwrap()
        .1
        .span;
    let start = usize::try_from(at.offset).unwrap();
    assert!(text[start..].starts_with("M 100644 aaaa"));
}

#[test]
fn notes_become_files_of_their_own() {
    let seen = read(&stream());
    let [note] = seen.nested.as_slice() else {
        panic!("{}", seen.nested.len());
    };
    assert_eq!(
        (note.name.as_str(), note.bytes.as_slice()),
        ("note-111111111111", NOTE.as_bytes())
    );
}

#[test]
fn what_is_broken_costs_only_itself() {
    let text = format!(
        "garbage\nmore\n{}commit refs/heads/x\nmark :7\ndata 99\nshort",
        stream()
    );
    let seen = read(&text);
    assert_eq!((seen.kept, seen.rejects.len()), (3, 2));
    assert_eq!(testing::sniff(&GitFastExport, text.as_bytes()), NO);
}

#[test]
fn a_file_may_end_anywhere() {
    let text = stream();
    for end in 0..text.len() {
        let _ = testing::parse(&GitFastExport, "x", &text.as_bytes()[..end]);
    }
    let mut bytes = text.into_bytes();
    for at in 0..bytes.len() {
        bytes[at] ^= 0x15;
        let _ = testing::parse(&GitFastExport, "x", &bytes);
        bytes[at] ^= 0x15;
    }
}

#[test]
fn samples_are_read_whole() {
    for (path, bytes) in samples("git") {
        let head = &bytes[..bytes.len().min(64 * 1024)];
        let format = crate::formats::sniff(&path, head).format.map(Format::name);
        if !path.contains("fast-export") {
            assert_ne!(format, Some("git_fast_export"), "{path}");
            continue;
        }
        assert_eq!(format, Some("git_fast_export"), "{path}");
        let seen = testing::parse(&GitFastExport, &path, &bytes);
        let text = String::from_utf8(bytes).unwrap();
        let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!(seen.of("commit").len(), count("original-oid "), "{path}");
        assert_eq!(
            seen.of("commit_file").len(),
            count("M 100644 ") + count("M 100755 ") + count("D ") + count("R "),
            "{path}"
        );
        assert!(seen.rejects.is_empty() && seen.ignored.is_empty(), "{path}");
    }
}
