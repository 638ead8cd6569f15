//! Sealed evidence: every input byte for byte, named by its SHA-256, compressed so that any record
//! can be read without reading the whole file.
//!
//! A sealed file is a row of independent zstd frames of [`FRAME`] input bytes each, followed by the
//! seek table of the zstd seekable format (a skippable frame, so `zstd -d` restores the original):
//! <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::CaseError;
use crate::model::id;

pub(super) const FOLDER: &str = "evidence";
/// Input bytes in one frame: what one citation costs to read.
const FRAME: usize = 1 << 20;
/// Fast and good enough: 1.2 GB/s at a ratio of 0.10 on telemetry.
const LEVEL: i32 = 1;
const SKIPPABLE_MAGIC: u32 = 0x184D_2A5E;
const SEEKABLE_MAGIC: u32 = 0x8F92_EAB1;
const FOOTER: usize = 9;

/// The folder of sealed files.
#[derive(Debug, Clone)]
pub struct Evidence {
    folder: PathBuf,
}

/// What sealing a file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Lower-case hex.
    pub sha256: String,
    /// Size of the original.
    pub bytes: u64,
}

impl Evidence {
    pub(super) fn at(root: &Path) -> Self {
        Self {
            folder: root.join(FOLDER),
        }
    }

    /// Begins to seal a file whose bytes will be given to [`Sealer::write`].
    ///
    /// # Errors
    /// The compressor cannot be set up.
    pub fn begin(&self) -> Result<Sealer, CaseError> {
        let compressor = zstd::bulk::Compressor::new(LEVEL)
            .map_err(CaseError::io("compress into", &self.folder))?;
        Ok(Sealer {
            folder: self.folder.clone(),
            compressor,
            hasher: Sha256::new(),
            pending: Vec::new(),
            frames: Vec::new(),
            file: None,
            bytes: 0,
        })
    }

    /// True where the file is sealed already.
    #[must_use]
    pub fn has(&self, sha256: &str) -> bool {
        self.path(sha256).is_file()
    }

    /// Removes what an interrupted load left half-written. Call only while holding the write lock.
    pub fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                // What cannot be removed now is swept the next time.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// The full SHA-256 of the one sealed file whose digest starts with `prefix`.
    ///
    /// # Errors
    /// None or several do.
    pub fn resolve(&self, prefix: &str) -> Result<String, CaseError> {
        let prefix = prefix.to_ascii_lowercase();
        if prefix.len() == 64 && self.has(&prefix) {
            return Ok(prefix);
        }
        let mut found: Vec<String> = self
            .list()?
            .into_iter()
            .filter(|name| name.starts_with(&prefix))
            .collect();
        match (found.pop(), found.len()) {
            (Some(name), 0) => Ok(name),
            (None, _) => Err(CaseError::NoEvidence(prefix)),
            (Some(_), others) => Err(CaseError::AmbiguousEvidence {
                prefix,
                count: others + 1,
            }),
        }
    }

    /// The digests of all sealed files, sorted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<String>, CaseError> {
        let entries = fs::read_dir(&self.folder).map_err(CaseError::io("read", &self.folder))?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| {
                entry
                    .file_name()
                    .to_str()?
                    .strip_suffix(".zst")
                    .map(str::to_owned)
            })
            .filter(|name| name.len() == 64)
            .collect();
        names.sort();
        Ok(names)
    }

    /// Reads `length` bytes at `offset` of the original.
    ///
    /// # Errors
    /// The file is absent or damaged, or the range leaves it.
    pub fn read(&self, sha256: &str, offset: u64, length: u64) -> Result<Vec<u8>, CaseError> {
        let (mut file, table) = self.open(sha256)?;
        let size = table.iter().map(|(_, original)| u64::from(*original)).sum();
        let end = offset.checked_add(length).filter(|end| *end <= size);
        let Some(end) = end else {
            return Err(CaseError::OutOfRange {
                sha256: sha256.to_owned(),
                size,
                offset,
                length,
            });
        };
        let (mut at, mut sealed_at) = (0u64, 0u64);
        let mut bytes = Vec::new();
        for (compressed, original) in table {
            let frame = at..at + u64::from(original);
            if frame.end > offset && frame.start < end {
                let plain = self.frame(sha256, &mut file, sealed_at, compressed, original)?;
                let from = usize::try_from(offset.saturating_sub(frame.start))
                    .unwrap_or(usize::MAX)
                    .min(plain.len());
                let to = usize::try_from(end - frame.start)
                    .unwrap_or(usize::MAX)
                    .min(plain.len());
                bytes.extend_from_slice(&plain[from..to]);
            }
            at = frame.end;
            sealed_at += u64::from(compressed);
        }
        Ok(bytes)
    }

    /// The original as a stream.
    ///
    /// # Errors
    /// The file is absent or damaged.
    pub fn stream(&self, sha256: &str) -> Result<Stream, CaseError> {
        let (file, table) = self.open(sha256)?;
        let mut frames = Vec::with_capacity(table.len());
        let (mut at, mut sealed_at) = (0u64, 0u64);
        for (compressed, original) in table {
            frames.push(Frame {
                at,
                sealed_at,
                compressed,
                original,
            });
            at += u64::from(original);
            sealed_at += u64::from(compressed);
        }
        Ok(Stream {
            evidence: self.clone(),
            sha256: sha256.to_owned(),
            file,
            frames,
            size: at,
            position: 0,
            plain: None,
        })
    }

    /// Size of the original.
    ///
    /// # Errors
    /// The file is absent or damaged.
    pub fn size(&self, sha256: &str) -> Result<u64, CaseError> {
        Ok(self
            .open(sha256)?
            .1
            .iter()
            .map(|(_, original)| u64::from(*original))
            .sum())
    }

    /// Restores the original frame by frame and compares its SHA-256 with its name.
    ///
    /// # Errors
    /// The file is absent or cannot be read; a wrong digest is `Ok(false)`.
    pub fn verify(&self, sha256: &str) -> Result<bool, CaseError> {
        let (mut file, table) = self.open(sha256)?;
        let (mut hasher, mut sealed_at) = (Sha256::new(), 0u64);
        for (compressed, original) in table {
            hasher.update(self.frame(sha256, &mut file, sealed_at, compressed, original)?);
            sealed_at += u64::from(compressed);
        }
        Ok(id::hex(&hasher.finalize()) == sha256)
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.zst"))
    }

    fn open(&self, sha256: &str) -> Result<(File, Vec<(u32, u32)>), CaseError> {
        let path = self.path(sha256);
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => CaseError::NoEvidence(sha256.to_owned()),
            _ => CaseError::io("open", &path)(error),
        })?;
        let table = seek_table(&mut file).map_err(|why| CaseError::Damaged {
            sha256: sha256.to_owned(),
            why,
        })?;
        Ok((file, table))
    }

    fn frame(
        &self,
        sha256: &str,
        file: &mut File,
        at: u64,
        compressed: u32,
        original: u32,
    ) -> Result<Vec<u8>, CaseError> {
        let damaged = |why: &str| CaseError::Damaged {
            sha256: sha256.to_owned(),
            why: why.to_owned(),
        };
        if original as usize > FRAME {
            return Err(damaged("a frame is larger than frames are"));
        }
        let mut sealed = vec![0; compressed as usize];
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut sealed))
            .map_err(CaseError::io("read", &self.path(sha256)))?;
        let plain = zstd::bulk::decompress(&sealed, original as usize)
            .map_err(|error| damaged(&error.to_string()))?;
        if plain.len() == original as usize {
            Ok(plain)
        } else {
            Err(damaged("a frame is shorter than its index says"))
        }
    }
}

/// Where one frame stands in the original and in the sealed file.
struct Frame {
    at: u64,
    sealed_at: u64,
    compressed: u32,
    original: u32,
}

/// Reads a sealed file as if it were the original; only the frame at hand is in memory.
pub struct Stream {
    evidence: Evidence,
    sha256: String,
    file: File,
    frames: Vec<Frame>,
    size: u64,
    position: u64,
    plain: Option<(usize, Vec<u8>)>,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let number = self
            .frames
            .partition_point(|frame| frame.at + u64::from(frame.original) <= self.position);
        let Some(frame) = self.frames.get(number) else {
            return Ok(0);
        };
        let plain = match self.plain.take() {
            Some((known, plain)) if known == number => plain,
            _ => self
                .evidence
                .frame(
                    &self.sha256,
                    &mut self.file,
                    frame.sealed_at,
                    frame.compressed,
                    frame.original,
                )
                .map_err(io::Error::other)?,
        };
        let from = usize::try_from(self.position - frame.at).unwrap_or(usize::MAX);
        let rest = plain.get(from..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.position += read as u64;
        self.plain = Some((number, plain));
        Ok(read)
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

const PARTIAL: &str = ".partial-";

/// Seals one file as its bytes arrive: hashes, cuts, compresses, and gives it its name at the end.
pub struct Sealer {
    folder: PathBuf,
    compressor: zstd::bulk::Compressor<'static>,
    hasher: Sha256,
    pending: Vec<u8>,
    frames: Vec<(u32, u32)>,
    file: Option<(PathBuf, File)>,
    bytes: u64,
}

impl Sealer {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CaseError> {
        self.bytes += bytes.len() as u64;
        if bytes.len() < 2 * FRAME {
            self.hasher.update(bytes);
            return self.compress(bytes);
        }
        // Hashing and compressing cost about the same, and neither waits for the other.
        let mut hasher = std::mem::take(&mut self.hasher);
        std::thread::scope(|scope| {
            let hashing = scope.spawn(|| hasher.update(bytes));
            let outcome = self.compress(bytes);
            // Hashing cannot fail; if it panicked, so do we.
            if let Err(panic) = hashing.join() {
                std::panic::resume_unwind(panic);
            }
            outcome
        })?;
        self.hasher = hasher;
        Ok(())
    }

    fn compress(&mut self, mut bytes: &[u8]) -> Result<(), CaseError> {
        while !bytes.is_empty() {
            // A whole frame in hand needs no copy.
            if self.pending.is_empty() && bytes.len() >= FRAME {
                let (frame, rest) = bytes.split_at(FRAME);
                self.frame(frame)?;
                bytes = rest;
                continue;
            }
            let room = (FRAME - self.pending.len()).min(bytes.len());
            let (part, rest) = bytes.split_at(room);
            self.pending.extend_from_slice(part);
            bytes = rest;
            if self.pending.len() == FRAME {
                let frame = std::mem::take(&mut self.pending);
                self.frame(&frame)?;
                self.pending = frame;
                self.pending.clear();
            }
        }
        Ok(())
    }

    /// Ends the file, gives it its name, and makes the sealer ready for the next one. A file that is
    /// sealed already stays as it is.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn finish(&mut self) -> Result<Sealed, CaseError> {
        let sha256 = id::hex(&std::mem::take(&mut self.hasher).finalize());
        let sealed = Sealed {
            sha256,
            bytes: std::mem::take(&mut self.bytes),
        };
        let path = self.folder.join(format!("{}.zst", sealed.sha256));
        if path.is_file() {
            self.discard();
            return Ok(sealed);
        }
        let frame = std::mem::take(&mut self.pending);
        if !frame.is_empty() {
            self.frame(&frame)?;
        }
        self.pending = frame;
        self.pending.clear();
        let table = seek_table_bytes(&std::mem::take(&mut self.frames));
        let (partial, mut file) = self.open_partial()?;
        file.write_all(&table)
            .map_err(CaseError::io("write", &partial))?;
        fs::rename(&partial, &path).map_err(CaseError::io("name", &path))?;
        Ok(sealed)
    }

    /// Forgets what was written, for a file that turned out not to be wanted.
    pub fn discard(&mut self) {
        self.pending.clear();
        self.frames.clear();
        self.hasher = Sha256::new();
        self.bytes = 0;
        if let Some((path, _)) = self.file.take() {
            // What cannot be removed is swept at the next load.
            let _ = fs::remove_file(path);
        }
    }

    fn frame(&mut self, plain: &[u8]) -> Result<(), CaseError> {
        let sealed = self
            .compressor
            .compress(plain)
            .map_err(CaseError::io("compress into", &self.folder))?;
        let (path, mut file) = self.open_partial()?;
        file.write_all(&sealed)
            .map_err(CaseError::io("write", &path))?;
        self.file = Some((path, file));
        // Both are at most a frame and its worst-case growth, far below 4 GiB.
        self.frames.push((
            u32::try_from(sealed.len()).unwrap_or(u32::MAX),
            u32::try_from(plain.len()).unwrap_or(u32::MAX),
        ));
        Ok(())
    }

    fn open_partial(&mut self) -> Result<(PathBuf, File), CaseError> {
        static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        if let Some(open) = self.file.take() {
            return Ok(open);
        }
        let number = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = self
            .folder
            .join(format!("{PARTIAL}{}-{number}", std::process::id()));
        let file = File::create(&path).map_err(CaseError::io("create", &path))?;
        Ok((path, file))
    }
}

fn seek_table_bytes(frames: &[(u32, u32)]) -> Vec<u8> {
    let size = frames.len() * 8 + FOOTER;
    let mut table = Vec::with_capacity(size + 8);
    table.extend(SKIPPABLE_MAGIC.to_le_bytes());
    table.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    for (compressed, original) in frames {
        table.extend(compressed.to_le_bytes());
        table.extend(original.to_le_bytes());
    }
    table.extend(
        u32::try_from(frames.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    // Descriptor: no checksums.
    table.push(0);
    table.extend(SEEKABLE_MAGIC.to_le_bytes());
    table
}

fn seek_table(file: &mut File) -> Result<Vec<(u32, u32)>, String> {
    let say = |error: std::io::Error| error.to_string();
    let size = file.metadata().map_err(say)?.len();
    let mut footer = [0; FOOTER];
    file.seek(SeekFrom::Start(size.saturating_sub(FOOTER as u64)))
        .and_then(|_| file.read_exact(&mut footer))
        .map_err(say)?;
    let [a, b, c, d, descriptor, magic @ ..] = footer;
    let frames = u32::from_le_bytes([a, b, c, d]);
    if u32::from_le_bytes(magic) != SEEKABLE_MAGIC || descriptor != 0 {
        return Err("it has no seek table".to_owned());
    }
    let table = u64::from(frames) * 8;
    let back = i64::try_from(table + FOOTER as u64).unwrap_or(i64::MAX);
    if table + FOOTER as u64 > size {
        return Err("its seek table is larger than the file".to_owned());
    }
    let mut bytes = vec![0; usize::try_from(table).unwrap_or(usize::MAX)];
    file.seek(SeekFrom::End(-back))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(say)?;
    let number = |part: &[u8]| part.try_into().map_or(0, u32::from_le_bytes);
    Ok(bytes
        .chunks_exact(8)
        .map(|entry| (number(&entry[..4]), number(&entry[4..])))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn evidence() -> (tempfile::TempDir, Evidence) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let evidence = Evidence::at(folder.path());
        (folder, evidence)
    }

    #[test]
    fn any_range_of_a_large_file_is_read_back() {
        let (_folder, evidence) = evidence();
        let original: Vec<u8> = (0..3_500_000u32)
            .flat_map(|n| n.to_le_bytes()[..1].to_vec())
            .collect();
        let mut sealer = evidence.begin().unwrap();
        for part in original.chunks(777_777) {
            sealer.write(part).unwrap();
        }
        let named = sealer.finish().unwrap();
        assert_eq!(named.sha256, id::sha256_hex(&original));
        assert!(evidence.verify(&named.sha256).unwrap());
        assert_eq!(evidence.size(&named.sha256).unwrap(), original.len() as u64);
        for (offset, length) in [
            (0usize, 10usize),
            (1_048_570, 20),
            (3_499_999, 1),
            (0, 3_500_000),
            (5, 0),
        ] {
            let read = evidence
                .read(&named.sha256, offset as u64, length as u64)
                .unwrap();
            assert_eq!(read, original[offset..offset + length]);
        }
        assert!(matches!(
            evidence.read(&named.sha256, 3_500_000, 1),
            Err(CaseError::OutOfRange { .. })
        ));
        let restored =
            zstd::stream::decode_all(File::open(evidence.path(&named.sha256)).unwrap()).unwrap();
        assert_eq!(restored, original);
    }

    #[test]
    fn an_empty_file_is_evidence_too() {
        let (_folder, evidence) = evidence();
        let sealed = evidence.begin().unwrap().finish().unwrap();
        assert_eq!(sealed.sha256, id::sha256_hex(b""));
        assert!(evidence.verify(&sealed.sha256).unwrap());
    }

    #[test]
    fn a_sealer_can_be_used_again_and_a_damaged_file_shows() {
        let (_folder, evidence) = evidence();
        let mut sealer = evidence.begin().unwrap();
        sealer.write(b"one").unwrap();
        let one = sealer.finish().unwrap();
        sealer.write(b"two").unwrap();
        let two = sealer.finish().unwrap();
        assert_eq!(
            (one.sha256, two.sha256.clone()),
            (id::sha256_hex(b"one"), id::sha256_hex(b"two"))
        );
        fs::copy(
            evidence.path(&id::sha256_hex(b"one")),
            evidence.path(&two.sha256),
        )
        .unwrap();
        assert!(!evidence.verify(&two.sha256).unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_as_a_sealed_file_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (_folder, evidence) = evidence();
            let name = id::sha256_hex(b"x");
            fs::write(evidence.path(&name), bytes).unwrap();
            let _ = evidence.read(&name, 0, 1);
            let _ = evidence.verify(&name);
        }
    }
}
