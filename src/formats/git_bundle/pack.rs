//! The objects of a pack, found without an index.

use std::collections::HashMap;
use std::path::PathBuf;

use flate2::{Decompress, FlushDecompress, Status};
use gix_hash::{Kind as Hash, ObjectId};
use gix_pack::cache::lru::MemoryCappedHashmap;
use gix_pack::data::entry::Header;
use gix_pack::data::{self, File};

pub(super) use gix_object::Kind;

/// Largest object that is unpacked, and how much memory unpacking one may take.
const OBJECT_LIMIT: usize = 256 << 20;
/// Memory for objects that others are deltas on.
const CACHE_LIMIT: usize = 96 << 20;
/// How many bytes are unpacked for one byte of pack, before the rest is refused.
const BLOAT: u64 = 400;
/// Where the first object stands.
const FIRST: u64 = 12;

/// One object of the pack.
pub(super) struct Stored {
    /// Its first byte within the pack.
    pub(super) start: u64,
    /// The byte after its last.
    pub(super) end: u64,
    /// What it is; unknown for a delta on an object that is not in the pack.
    pub(super) kind: Option<Kind>,
    /// Its id, where it was computed.
    pub(super) id: Option<ObjectId>,
    /// What is wrong with it.
    pub(super) fault: Option<&'static str>,
    base: Base,
}

enum Base {
    None,
    At(u64),
    Id(ObjectId),
}

/// A pack in memory.
pub(super) struct Pack<'a> {
    file: File<&'a [u8]>,
    pub(super) hash: Hash,
    pub(super) entries: Vec<Stored>,
    /// Place of each object whose id is known.
    places: HashMap<ObjectId, usize>,
    /// What is wrong with the pack as a whole: from where, to where, why.
    pub(super) fault: Option<(u64, u64, &'static str)>,
}

/// What unpacking needs from object to object.
pub(super) struct Unpack {
    inflate: gix_zlib::Inflate,
    cache: MemoryCappedHashmap,
}

impl Unpack {
    pub(super) fn new() -> Self {
        Self {
            inflate: gix_zlib::Inflate::default(),
            cache: MemoryCappedHashmap::new(CACHE_LIMIT),
        }
    }
}

impl<'a> Pack<'a> {
    /// Finds the objects of a pack and the ids of commits, trees and tags; of blobs only where
    /// `with_blobs` says so.
    pub(super) fn read(
        bytes: &'a [u8],
        hash: Hash,
        with_blobs: bool,
    ) -> Result<Self, &'static str> {
        let file = File::from_data(bytes, PathBuf::new(), hash)
            .map_err(|_| "no pack follows the head of the bundle")?
            .with_alloc_limit_bytes(Some(OBJECT_LIMIT));
        let mut pack = Self {
            file,
            hash,
            entries: Vec::new(),
            places: HashMap::new(),
            fault: None,
        };
        pack.scan(bytes);
        pack.settle_kinds();
        pack.identify(with_blobs);
        Ok(pack)
    }

    /// Goes from object to object by unpacking each.
    fn scan(&mut self, bytes: &[u8]) {
        let end = (bytes.len() - self.hash.len_in_bytes()) as u64;
        let mut budget = (bytes.len() as u64)
            .saturating_mul(BLOAT)
            .saturating_add(1 << 20);
        let mut out = vec![0; 32 * 1024];
        let mut at = FIRST;
        for _ in 0..self.file.num_objects() {
            let whole = |why| Some((at, bytes.len() as u64, why));
            if at >= end {
                self.fault = whole("the pack is cut off");
                return;
            }
            let Ok(entry) = self.file.entry(at) else {
                self.fault = whole("the pack is broken from here on");
                return;
            };
            let packed = bytes
                .get(place(entry.data_offset)..place(end))
                .unwrap_or_default();
            let length = match skip(packed, entry.decompressed_size, &mut out, &mut budget) {
                Ok(length) => length,
                Err(why) => {
                    self.fault = whole(why);
                    return;
                }
            };
            let base = match entry.header {
                Header::OfsDelta { base_distance } => entry
                    .checked_base_pack_offset(base_distance)
                    .map_or(Base::At(0), Base::At),
                Header::RefDelta { base_id } => Base::Id(base_id),
                _ => Base::None,
            };
            let start = at;
            at = entry.data_offset + length;
            self.entries.push(Stored {
                start,
                end: at,
                kind: entry.header.as_kind(),
                id: None,
                fault: None,
                base,
            });
        }
        if at != end {
            self.fault = Some((
                at.min(end),
                bytes.len() as u64,
                "bytes after the last object",
            ));
        } else if !is_sound(bytes, self.hash) {
            self.fault = Some((
                end,
                bytes.len() as u64,
                "the pack's checksum does not match its bytes",
            ));
        }
    }

    /// A delta is of the kind of what it is a delta on, which stands before it.
    fn settle_kinds(&mut self) {
        let mut kinds: HashMap<u64, Option<Kind>> = HashMap::new();
        for entry in &mut self.entries {
            if let Base::At(base) = entry.base {
                match kinds.get(&base) {
                    Some(kind) => entry.kind = *kind,
                    None => entry.fault = Some("a delta on no object"),
                }
            }
            kinds.insert(entry.start, entry.kind);
        }
    }

    /// Computes ids. Deltas that name their base by id wait until it has one.
    fn identify(&mut self, with_blobs: bool) {
        let mut unpack = Unpack::new();
        let mut bytes = Vec::new();
        let named = self
            .entries
            .iter()
            .any(|entry| matches!(entry.base, Base::Id(_)));
        // What such a delta is of is known only once its base is, be it a blob.
        let all = with_blobs || named;
        let mut waiting: Vec<usize> = (0..self.entries.len()).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|at| !self.identify_one(*at, all, &mut unpack, &mut bytes));
            if waiting.is_empty() || waiting.len() == before {
                return;
            }
        }
    }

    /// True where nothing is left to do for the object at `at`.
    fn identify_one(
        &mut self,
        at: usize,
        all: bool,
        unpack: &mut Unpack,
        bytes: &mut Vec<u8>,
    ) -> bool {
        let Some(entry) = self.entries.get(at) else {
            return true;
        };
        if entry.fault.is_some() || (entry.kind == Some(Kind::Blob) && !all) {
            return true;
        }
        let waits = match &entry.base {
            Base::Id(id) => !self.places.contains_key(id),
            Base::At(base) => entry.kind.is_none() && self.kind_at(*base).is_none(),
            Base::None => false,
        };
        if waits {
            return false;
        }
        let found = self.unpack(at, unpack, bytes);
        let Some(entry) = self.entries.get_mut(at) else {
            return true;
        };
        let id = found.and_then(|kind| {
            entry.kind = Some(kind);
            gix_object::compute_hash(self.hash, kind, bytes).ok()
        });
        match id {
            Some(id) => {
                entry.id = Some(id);
                self.places.insert(id, at);
            }
            None => entry.fault = Some("the object cannot be unpacked"),
        }
        true
    }

    fn kind_at(&self, start: u64) -> Option<Kind> {
        let at = self
            .entries
            .binary_search_by_key(&start, |entry| entry.start)
            .ok()?;
        self.entries.get(at)?.kind
    }

    /// Unpacks the object at `at` into `bytes`.
    fn unpack(&self, at: usize, unpack: &mut Unpack, bytes: &mut Vec<u8>) -> Option<Kind> {
        let entry = self.file.entry(self.entries.get(at)?.start).ok()?;
        let resolve = |id: &gix_hash::oid, _: &mut Vec<u8>| {
            let at = self.places.get(&id.to_owned());
            let start = at
                .and_then(|at| self.entries.get(*at))
                .map(|entry| entry.start);
            Ok(match start {
                Some(start) => Some(data::decode::entry::ResolvedBase::InPack(
                    self.file.entry(start)?,
                )),
                None => None,
            })
        };
        let outcome = self
            .file
            .decode_entry(
                entry,
                bytes,
                &mut unpack.inflate,
                &resolve,
                &mut unpack.cache,
            )
            .ok()?;
        bytes.truncate(usize::try_from(outcome.object_size).ok()?);
        Some(outcome.kind)
    }

    /// The object of this id, if it is in the pack and of this kind.
    pub(super) fn object(&self, id: &ObjectId, kind: Kind, unpack: &mut Unpack) -> Option<Vec<u8>> {
        let at = *self.places.get(id)?;
        if self.entries.get(at)?.kind != Some(kind) {
            return None;
        }
        let mut bytes = Vec::new();
        let found = self.unpack(at, unpack, &mut bytes)?;
        (found == kind).then_some(bytes)
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// How long the packed bytes of an object of this size are.
fn skip(packed: &[u8], size: u64, out: &mut [u8], budget: &mut u64) -> Result<u64, &'static str> {
    let mut inflate = Decompress::new(true);
    loop {
        let before = (inflate.total_in(), inflate.total_out());
        let rest = packed.get(place(before.0)..).unwrap_or_default();
        let status = inflate.decompress(rest, out, FlushDecompress::None);
        let written = inflate.total_out() - before.1;
        *budget = budget
            .checked_sub(written)
            .ok_or("the pack unpacks to far more than its size")?;
        match status {
            Ok(Status::StreamEnd) if inflate.total_out() == size => return Ok(inflate.total_in()),
            Ok(_) if inflate.total_out() > size => return Err("an object is longer than it says"),
            Ok(Status::StreamEnd) => return Err("an object is shorter than it says"),
            Ok(_) if before == (inflate.total_in(), inflate.total_out()) => {
                return Err("the pack is cut off");
            }
            Ok(_) => {}
            Err(_) => return Err("the pack is broken from here on"),
        }
    }
}

/// True where the pack's last bytes are the checksum of the others.
fn is_sound(bytes: &[u8], hash: Hash) -> bool {
    let Some((body, sum)) = bytes.split_at_checked(bytes.len().saturating_sub(hash.len_in_bytes()))
    else {
        return false;
    };
    let mut hasher = gix_hash::hasher(hash);
    hasher.update(body);
    hasher
        .try_finalize()
        .is_ok_and(|found| found.as_bytes() == sum)
}
