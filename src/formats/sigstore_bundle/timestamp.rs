//! The time in an RFC 3161 time stamp. Private repositories log nothing in public, so the stamp of
//! a timestamp authority is the only clock that their bundles have.
//!
//! What it is not: a check that the authority signed it.

use crate::formats::read::attestation::der::{
    Der, GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::formats::read::attestation::der::{explicit, instant};

/// The `genTime` of a `TimeStampResp`.
pub(super) fn stamped_ns(response: &[u8]) -> Option<i64> {
    let mut response = Der::new(response).inside(SEQUENCE)?;
    response.next()?;
    let signed = response
        .inside(SEQUENCE)?
        .inside(explicit(0))?
        .inside(SEQUENCE)?;
    let content = content_of(signed)?;
    let generated = Der::new(content)
        .inside(SEQUENCE)?
        .content(GENERALIZED_TIME)?;
    instant((GENERALIZED_TIME, generated))
}

/// The `TSTInfo` in a `SignedData`: the octets of its encapsulated content.
fn content_of(mut signed: Der<'_>) -> Option<&[u8]> {
    let mut encapsulated = signed.inside(SEQUENCE)?;
    let _kind = encapsulated.content(OBJECT_IDENTIFIER)?;
    encapsulated.inside(explicit(0))?.content(OCTET_STRING)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::formats::read::attestation::der::tests::element;
    use crate::model::time;

    /// A time stamp of 3 February 2026, 04:05:07 UTC, without its signers.
    pub(in super::super) fn response() -> Vec<u8> {
        let info = [
            element(0x02, &[1]),
            element(OBJECT_IDENTIFIER, &[0x2a]),
            element(SEQUENCE, &[]),
            element(0x02, &[7]),
            element(GENERALIZED_TIME, b"20260203040507Z"),
        ];
        let octets = element(OCTET_STRING, &element(SEQUENCE, &info.concat()));
        let kind = element(OBJECT_IDENTIFIER, &[0x2a, 0x86]);
        let encapsulated = [kind.clone(), element(explicit(0), &octets)].concat();
        let signed = [
            element(0x02, &[3]),
            element(0x31, &[]),
            element(SEQUENCE, &encapsulated),
        ];
        let signed = element(explicit(0), &element(SEQUENCE, &signed.concat()));
        let status = element(SEQUENCE, &element(0x02, &[0]));
        element(
            SEQUENCE,
            &[status, element(SEQUENCE, &[kind, signed].concat())].concat(),
        )
    }

    #[test]
    fn the_time_of_the_authority_is_found() {
        assert_eq!(stamped_ns(&response()), time::parse("2026-02-03T04:05:07Z"));
        for end in 0..response().len() {
            assert_eq!(stamped_ns(&response()[..end]), None);
        }
    }
}
