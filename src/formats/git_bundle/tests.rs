use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_hash::ObjectId;

use super::*;
use crate::formats::testing::{self, Seen, samples};

const NOTE: &str =
    "src/pay.rs\n  h_00000000000001 1-2\n---\n{\"schema_version\":\"authorship/3.0.0\"}";

/// A pack that is written by hand.
#[derive(Default)]
struct Maker {
    bytes: Vec<u8>,
    count: u32,
    starts: BTreeMap<ObjectId, usize>,
    contents: BTreeMap<ObjectId, Vec<u8>>,
}

impl Maker {
    fn head(&mut self, kind: u8, size: usize) {
        let mut byte = kind << 4 | u8::try_from(size & 0xf).unwrap();
        let mut rest = size >> 4;
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = u8::try_from(rest & 0x7f).unwrap();
            rest >>= 7;
        }
        self.bytes.push(byte);
        self.count += 1;
    }

    fn packed(&mut self, data: &[u8]) {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        self.bytes.extend(encoder.finish().unwrap());
    }

    fn put(&mut self, kind: Kind, data: &[u8]) -> ObjectId {
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, data).unwrap();
        self.starts.insert(id, self.bytes.len());
        self.contents.insert(id, data.to_vec());
        let number = match kind {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        self.head(number, data.len());
        self.packed(data);
        id
    }

    /// The same object as a delta on another one: copy all of it, then insert the rest.
    fn put_delta(&mut self, kind: Kind, base: ObjectId, more: &[u8], by_name: bool) -> ObjectId {
        let whole = [self.contents[&base].as_slice(), more].concat();
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, &whole).unwrap();
        let (old, new) = (whole.len() - more.len(), whole.len());
        let size = |n: usize| {
            vec![
                u8::try_from(n & 0x7f).unwrap() | 0x80,
                u8::try_from(n >> 7).unwrap(),
            ]
        };
        let mut delta = [size(old), size(new)].concat();
        delta.extend([
            0b1011_0000,
            u8::try_from(old & 0xff).unwrap(),
            u8::try_from(old >> 8).unwrap(),
        ]);
        delta.push(u8::try_from(more.len()).unwrap());
        delta.extend_from_slice(more);
        let start = self.bytes.len();
        self.head(if by_name { 7 } else { 6 }, delta.len());
        if by_name {
            self.bytes.extend_from_slice(base.as_slice());
        } else {
            let mut distance = start - self.starts[&base];
            let mut bytes = vec![u8::try_from(distance & 0x7f).unwrap()];
            distance >>= 7;
            while distance > 0 {
                distance -= 1;
                bytes.insert(0, u8::try_from(distance & 0x7f).unwrap() | 0x80);
                distance >>= 7;
            }
            self.bytes.extend(bytes);
        }
        self.packed(&delta);
        self.starts.insert(id, start);
        self.contents.insert(id, whole);
        id
    }

    fn tree(entries: &[(&str, &str, ObjectId)]) -> Vec<u8> {
        let mut data = Vec::new();
        for (mode, name, id) in entries {
            data.extend(format!("{mode} {name}\0").bytes());
            data.extend_from_slice(id.as_slice());
        }
        data
    }

    fn commit(tree: ObjectId, parents: &[ObjectId], message: &str) -> String {
        let parents: Vec<String> = parents.iter().map(|id| format!("parent {id}\n")).collect();
        let parents = parents.concat();
        format!(
            "tree {tree}\n{parents}author Ada Vu <ada@ex.org> 1772359200 +0200\ncommitter Bo <bo@ex.org> 1772359260 +0000\ngpgsig -----BEGIN\n \n x\n -----END\n\n{message}"
        )
    }

    fn bundle(self, refs: &[(ObjectId, &str)]) -> Vec<u8> {
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend(self.count.to_be_bytes());
        pack.extend(self.bytes);
        let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
        hasher.update(&pack);
        pack.extend_from_slice(hasher.try_finalize().unwrap().as_slice());
        let mut text = "# v2 git bundle\n".to_owned();
        for (id, name) in refs {
            text += &[id.to_string().as_str(), " ", name, "\n"].concat();
        }
        [text.as_bytes(), b"\n", &pack].concat()
    }
}

/// First, a change with a rename, and a merge; a tag; notes.
fn bundle() -> (Vec<u8>, Vec<ObjectId>) {
    let mut made = Maker::default();
    let one = made.put(Kind::Blob, b"one\n");
    let two = made.put_delta(Kind::Blob, one, b"two\n", false);
    let other = made.put(Kind::Blob, b"other\n");
    let src = made.put(Kind::Tree, &Maker::tree(&[("100644", "pay.rs", one)]));
    let src2 = made.put(Kind::Tree, &Maker::tree(&[("100755", "pay.rs", two)]));
    let root = made.put(
        Kind::Tree,
        &Maker::tree(&[("100644", "caf\u{e9} a.md", other), ("40000", "src", src)]),
    );
    let root2 = made.put(
        Kind::Tree,
        &Maker::tree(&[("100644", "new.md", other), ("40000", "src", src2)]),
    );
    let first = made.put(
        Kind::Commit,
        Maker::commit(root, &[], "Pay once\n\nTicket: SHOP-7\n").as_bytes(),
    );
    let text = Maker::commit(root2, &[first], "Next");
    let second = made.put(Kind::Commit, text.as_bytes());
    let merge = Maker::commit(root2, &[second, first], "Merge");
    let merge = made.put(Kind::Commit, merge.as_bytes());
    let tag = made.put(
        Kind::Tag,
        format!("object {merge}\ntype commit\ntag v1\n\nx").as_bytes(),
    );
    let note = made.put(Kind::Blob, NOTE.as_bytes());
    let name = first.to_string();
    let inner = made.put(Kind::Tree, &Maker::tree(&[("100644", &name[2..], note)]));
    let notes = made.put(Kind::Tree, &Maker::tree(&[("40000", &name[..2], inner)]));
    let remark = made.put(
        Kind::Commit,
        Maker::commit(notes, &[], "Notes added").as_bytes(),
    );
    let refs = [
        (merge, "refs/heads/main"),
        (merge, "HEAD"),
        (tag, "refs/tags/v1"),
        (remark, "refs/notes/ai"),
    ];
    (made.bundle(&refs), vec![first, second, merge])
}

/// Reads a bundle and the history in it; what it hands on besides is read as `git_objects`.
fn read(bytes: &[u8]) -> (Seen, Seen) {
    let seen = testing::parse(&GitBundle, "x.bundle", bytes);
    let mut inside = Seen::default();
    for nested in &seen.nested {
        let format = crate::formats::sniff("x", &nested.bytes).format.unwrap();
        let read = testing::parse(format, &nested.name, &nested.bytes);
        assert!(read.rejects.is_empty(), "{:?}", read.rejects);
        if nested.name == "objects" {
            assert_eq!(format.name(), "git_objects");
        } else {
            assert_eq!(format.name(), "git_patch");
            inside = read;
        }
    }
    (seen, inside)
}

#[test]
fn a_bundle_becomes_a_history() {
    let (bytes, ids) = bundle();
    assert_eq!(testing::sniff(&GitBundle, &bytes), CERTAIN);
    let (seen, inside) = read(&bytes);
    assert_eq!(
        (seen.read, seen.kept, seen.rejects.len()),
        (15, 5, 0),
        "{:?}",
        seen.rejects
    );
    assert_eq!((seen.ignored["blob"], seen.ignored["tree"]), (4, 6));
    let refs = seen.told("git_ref", &["name", "sha"]);
    assert_eq!(refs[0], format!("refs/heads/main|{}", ids[2]));
    assert_eq!(refs.len(), 4);
    let rows = inside.of("commit");
    let shas: Vec<&str> = rows.iter().map(|row| row["sha"].as_str()).collect();
    let expected: Vec<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(shas, expected);
    assert_eq!(
        (&*rows[0]["subject"], &*rows[0]["trailers"]),
        ("Pay once", "Ticket: SHOP-7")
    );
    assert_eq!(rows[0]["authored_ns"], "1772359200000000000");
    assert_eq!(rows[2]["refs"], "main, HEAD, tag: v1");
    assert_eq!(rows[2]["parents"], format!("{} {}", ids[1], ids[0]));
    assert_eq!(seen.nested[0].name, "history");
}

#[test]
fn signed_commits_and_tags_are_handed_on_as_they_are_stored() {
    let (bytes, ids) = bundle();
    let (seen, _) = read(&bytes);
    let objects = seen.nested.iter().find(|nested| nested.name == "objects");
    let objects = &objects.unwrap().bytes;
    let format = crate::formats::sniff("x", objects).format.unwrap();
    let inside = testing::parse(format, "objects", objects);
    let tags = inside.told("git_object", &["kind", "name", "target"]);
    assert!(tags.contains(&format!("tag|v1|{}", ids[2])), "{tags:?}");
    for (_, stamp, row) in &inside.rows {
        let start = usize::try_from(stamp.span.offset).unwrap();
        let cited = &objects[start..start + usize::try_from(stamp.span.length).unwrap()];
        let kind = match row.get("kind").map(String::as_str) {
            Some("tag") => Kind::Tag,
            _ => Kind::Commit,
        };
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, cited).unwrap();
        assert_eq!(row["sha"], id.to_string());
    }
}

#[test]
fn files_come_from_trees() {
    let (bytes, _) = bundle();
    let (_, inside) = read(&bytes);
    let files = inside.told("commit_file", &["path", "old_path", "status"]);
    assert_eq!(
        files,
        [
            "café a.md||added",
            "src/pay.rs||added",
            "new.md|café a.md|renamed",
            "src/pay.rs||modified"
        ]
    );
    let [note] = inside.nested.as_slice() else {
        panic!("{}", inside.nested.len());
    };
    assert_eq!(note.bytes, NOTE.as_bytes());
}

#[test]
fn an_incremental_bundle_says_what_it_has() {
    let elsewhere = ObjectId::from_hex("9".repeat(40).as_bytes()).unwrap();
    let mut made = Maker::default();
    let blob = made.put(Kind::Blob, b"one\n");
    let tree = made.put(Kind::Tree, &Maker::tree(&[("100644", "a", blob)]));
    let text = Maker::commit(tree, &[elsewhere], "Later");
    let commit = made.put(Kind::Commit, text.as_bytes());
    made.contents.insert(elsewhere, b"x".to_vec());
    made.put_delta(Kind::Blob, elsewhere, b"y", true);
    made.put_delta(Kind::Commit, commit, b" and more", true);
    let mut bytes = made.bundle(&[(commit, "refs/heads/main")]);
    let (seen, inside) = read(&bytes);
    assert_eq!((seen.read, seen.kept), (5, 2));
    assert_eq!(seen.ignored["delta on an object outside the bundle"], 1);
    assert!(inside.of("commit_file").is_empty());
    assert_eq!(inside.of("commit")[1]["subject"], "Later and more");
    // What the reader must have stands before the refs.
    let line = format!("-{elsewhere} Earlier\n");
    bytes.splice(16..16, line.into_bytes());
    assert_eq!(read(&bytes).0.kept, 2);
}

#[test]
fn damage_is_told() {
    let (mut bytes, _) = bundle();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let (seen, inside) = read(&bytes);
    assert_eq!(seen.rejects.len(), 1);
    assert!(seen.rejects[0].1.contains("checksum"));
    assert_eq!(inside.of("commit").len(), 3);
    let cut = &bytes[..bytes.len() - 300];
    let seen = testing::parse(&GitBundle, "x", cut);
    assert!(
        seen.rejects.iter().any(|(_, why)| why.contains("cut off")),
        "{:?}",
        seen.rejects
    );
    for text in [
        "# v2 git bundle\n",
        "# v9 git bundle\n\nPACK",
        "# v3 git bundle\n@object-format=sha256\n\nPACK",
    ] {
        assert_eq!(
            testing::parse(&GitBundle, "x", text.as_bytes())
                .rejects
                .len(),
            1,
            "{text}"
        );
    }
}

#[test]
fn a_file_may_end_anywhere() {
    let (mut bytes, _) = bundle();
    for end in 0..bytes.len() {
        let _ = testing::parse(&GitBundle, "x", &bytes[..end]);
    }
    for at in 0..bytes.len() {
        for flip in [0x01, 0x15, 0x80] {
            bytes[at] ^= flip;
            let _ = testing::parse(&GitBundle, "x", &bytes);
            bytes[at] ^= flip;
        }
    }
}

#[test]
fn a_bomb_of_zeros_is_refused() {
    let mut made = Maker::default();
    made.head(3, 64 << 20);
    made.packed(&vec![0; 64 << 20]);
    let bytes = made.bundle(&[]);
    let seen = testing::parse(&GitBundle, "x", &bytes);
    assert_eq!(seen.rejects.len(), 1);
    assert!(
        seen.rejects[0].1.contains("far more than its size"),
        "{:?}",
        seen.rejects
    );
}

#[test]
fn trees_that_hold_themselves_many_times_are_bounded() {
    let mut made = Maker::default();
    let blob = made.put(Kind::Blob, b"x");
    let names: Vec<String> = (0..30).map(|n| format!("n{n:02}")).collect();
    let mut below = made.put(Kind::Tree, &Maker::tree(&[("100644", "f", blob)]));
    for _ in 0..12 {
        let entries: Vec<(&str, &str, ObjectId)> = names
            .iter()
            .map(|name| ("40000", name.as_str(), below))
            .collect();
        below = made.put(Kind::Tree, &Maker::tree(&entries));
    }
    let commit = made.put(Kind::Commit, Maker::commit(below, &[], "Deep").as_bytes());
    let (_, inside) = read(&made.bundle(&[(commit, "refs/heads/main")]));
    assert_eq!(
        (inside.of("commit").len(), inside.of("commit_file").len()),
        (1, 0)
    );
}

#[test]
fn the_sample_says_what_its_fast_export_says() {
    let files: BTreeMap<String, Vec<u8>> = samples("git").into_iter().collect();
    let named = |part: &str| {
        files
            .iter()
            .find(|(path, _)| path.ends_with(part))
            .map(|(_, bytes)| bytes)
    };
    let (Some(bytes), Some(stream)) = (
        named("agent-trace.bundle"),
        named("agent-trace.fast-export.txt"),
    ) else {
        return;
    };
    let (seen, inside) = read(bytes);
    assert!(seen.rejects.is_empty(), "{:?}", seen.rejects);
    let told = testing::parse(
        crate::formats::find("git_fast_export").unwrap(),
        "x",
        stream,
    );
    let rows = |seen: &Seen, table: &str, keys: &[&'static str]| {
        let mut rows = seen.told(table, keys);
        rows.sort();
        rows
    };
    let keys = [
        "sha",
        "parents",
        "author_name",
        "author_email",
        "authored_ns",
        "committed_ns",
        "subject",
        "body",
        "trailers",
    ];
    assert_eq!(rows(&inside, "commit", &keys), rows(&told, "commit", &keys));
    assert!(inside.of("commit").len() > 5);
    // A merge has no list in a log, and a stream tells it against its first parent.
    let merges: Vec<String> = inside
        .of("commit")
        .iter()
        .filter(|row| row.get("parents").is_some_and(|it| it.contains(' ')))
        .map(|row| row["sha"].clone())
        .collect();
    let plain = |list: Vec<String>| -> Vec<String> {
        list.into_iter()
            .filter(|row| !merges.iter().any(|sha| row.starts_with(sha.as_str())))
            .collect()
    };
    let keys = ["sha", "path"];
    assert_eq!(
        rows(&inside, "commit_file", &keys),
        plain(rows(&told, "commit_file", &keys))
    );
}
