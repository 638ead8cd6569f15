//! OpenPGP signatures, read and not verified: whose key, by which hash, said to be when.
//!
//! To call one valid takes a keyring, bindings of subkeys, expiries and revocations (RFC 9580,
//! sections 5.2 and 10), and the crates that do it well bring over a hundred others. Until one is
//! worth that, the answer is "not checkable offline: no OpenPGP", with what the packet says.
//! This file is the seam: a verifier takes [`check`]'s place and nothing else changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::result::{Checked, Clock, Proven, Reason, Signer};

/// Largest armour that is read, in bytes.
const MAX_ARMOUR: usize = 64 << 10;

/// What a signature packet says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Packet {
    issuer: Option<String>,
    made_s: Option<u32>,
}

/// The answer for an armoured signature.
pub(super) fn check(kind: &'static str, armoured: &str) -> Checked {
    let packet = body(armoured)
        .and_then(|bytes| read(&bytes))
        .unwrap_or_default();
    let mut proven = Proven::default();
    if let Some(seconds) = packet.made_s {
        proven.clock = Clock::Claimed;
        proven.times_ns = vec![i64::from(seconds) * 1_000_000_000];
    }
    let whose = packet.issuer.as_deref().unwrap_or("an unnamed key");
    let why = format!("an OpenPGP signature by {whose}; this program reads them, no more");
    proven.signer = packet.issuer.map(Signer::Key);
    Checked::not_checkable(kind, Reason::NoOpenPgp, why).with(proven)
}

/// The bytes in the armour (RFC 9580, 6.2): after the headers' blank line, before the checksum.
fn body(armoured: &str) -> Option<Vec<u8>> {
    if armoured.len() > MAX_ARMOUR {
        return None;
    }
    let mut lines = armoured.lines().map(str::trim);
    lines.find(|line| *line == "-----BEGIN PGP SIGNATURE-----")?;
    lines.find(|line| line.is_empty())?;
    let lines = lines.take_while(|line| !line.starts_with('=') && !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).ok()
}

/// The first packet, if it is a signature of version 4 or 6.
fn read(bytes: &[u8]) -> Option<Packet> {
    let (&tag, rest) = bytes.split_first()?;
    let (kind, rest) = if tag & 0x40 == 0 {
        let width = [1, 2, 4].get(usize::from(tag & 3))?;
        ((tag >> 2) & 15, rest.get(*width..)?)
    } else {
        (tag & 0x3f, length(rest)?.1)
    };
    if kind != 2 || ![4, 6].contains(rest.first()?) {
        return None;
    }
    let wide = *rest.first()? == 6;
    let (hashed, rest) = area(rest.get(4..)?, wide)?;
    let (unhashed, _) = area(rest, wide)?;
    let mut packet = Packet::default();
    for mut area in [hashed, unhashed] {
        while let Some((size, rest)) = length(area) {
            let Some((sub, tail)) = rest.split_at_checked(size) else {
                break;
            };
            area = tail;
            let Some((&kind, value)) = sub.split_first() else {
                break;
            };
            match kind & 0x7f {
                2 => packet.made_s = value.try_into().ok().map(u32::from_be_bytes),
                16 if packet.issuer.is_none() => packet.issuer = Some(super::hex(value)),
                33 => packet.issuer = value.get(1..).map(super::hex),
                _ => {}
            }
        }
    }
    Some(packet)
}

fn area(bytes: &[u8], wide: bool) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_at_checked(if wide { 4 } else { 2 })?;
    let size = size
        .iter()
        .fold(0, |size, byte| size << 8 | usize::from(*byte));
    rest.split_at_checked(size)
}

/// A new-format length (RFC 9580, 4.2.1) and what follows; no partial lengths.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let first = usize::from(first);
    match first {
        0..192 => Some((first, rest)),
        192..224 => {
            let (&second, rest) = rest.split_first()?;
            Some((((first - 192) << 8) + usize::from(second) + 192, rest))
        }
        255 => {
            let (size, rest) = rest.split_at_checked(4)?;
            let size = u32::from_be_bytes(size.try_into().ok()?);
            Some((usize::try_from(size).ok()?, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Packet, read};

    #[test]
    fn a_packet_says_whose_and_when() {
        // Version 4, binary, EdDSA, SHA-256; hashed: fingerprint and time; unhashed: key id.
        let mut packet = vec![0x04, 0x00, 0x16, 0x08, 0x00, 29, 22, 33, 4];
        packet.extend([0xab; 20]);
        packet.extend([5, 2, 0x69, 0, 0, 1]);
        packet.extend([0, 10, 9, 16, 1, 2, 3, 4, 5, 6, 7, 8]);
        let mut bytes = vec![0x88, u8::try_from(packet.len()).unwrap()];
        bytes.extend(packet);
        let expected = Packet {
            issuer: Some("ab".repeat(20)),
            made_s: Some(0x6900_0001),
        };
        assert_eq!(read(&bytes), Some(expected));
        for cut in 0..bytes.len() {
            let _ = read(&bytes[..cut]);
        }
    }
}
