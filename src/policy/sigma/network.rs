//! `|cidr`: networks as ranges, since DuckDB's INET type is an extension and not there offline.
//!
//! An IPv4 address becomes a number, an IPv6 address its 32 hexadecimal digits (a text of fixed width
//! sorts as the number does); either is compared with the first and the last address of the network.
//! Text that is no address is in no network, and no address of one family is in a network of the
//! other. An IPv6 address with a dotted tail (`::ffff:10.0.0.1`) is not read as an address.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::refusal::{Reason, Refusal, Result};

const OCTET: &str = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

/// An SQL expression that is true where the text `x` is an address inside `network`.
///
/// # Errors
///
/// When `network` is no network of IPv4 or IPv6. A single address is a network of one.
pub fn contains(network: &str) -> Result<String> {
    let bad = || Refusal::new(Reason::Value(format!("not a network: {network}")), "");
    let (address, length) = match network.split_once('/') {
        Some((address, length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            (address, Some(length.parse::<u32>().map_err(|_| bad())?))
        }
        Some(_) => return Err(bad()),
        None => (network, None),
    };
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let host = 32_u32.checked_sub(length.unwrap_or(32)).ok_or_else(bad)?;
        let mask = u32::MAX.checked_shl(host).unwrap_or(0);
        let first = u32::from(address) & mask;
        return Ok(v4(first, first | !mask));
    }
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        let host = 128_u32.checked_sub(length.unwrap_or(128)).ok_or_else(bad)?;
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        let first = u128::from(address) & mask;
        return Ok(v6(first, first | !mask));
    }
    Err(bad())
}

fn v4(first: u32, last: u32) -> String {
    let part = |index: u32| format!("CAST(split_part(x, '.', {index}) AS BIGINT)");
    let number = format!(
        "(({} * 256 + {}) * 256 + {}) * 256 + {}",
        part(1),
        part(2),
        part(3),
        part(4)
    );
    format!(
        "(CASE WHEN regexp_full_match(x, '{OCTET}([.]{OCTET}){{3}}') \
         THEN {number} BETWEEN {first} AND {last} ELSE false END)"
    )
}

fn v6(first: u128, last: u128) -> String {
    let side = |index: u32| {
        format!(
            "list_filter(string_split(split_part(lower(x), '::', {index}), ':'), lambda g: g <> '')"
        )
    };
    let digits = |index: u32| {
        format!(
            "array_to_string(list_transform({}, lambda g: lpad(g, 4, '0')), '')",
            side(index)
        )
    };
    let (left, right) = (side(1), side(2));
    let group = "[0-9a-fA-F]{1,4}";
    format!(
        "(CASE WHEN NOT (regexp_full_match(x, '{group}(:{group}){{7}}') \
         OR (regexp_full_match(x, '({group}(:{group})*)?::({group}(:{group})*)?') \
         AND len({left}) + len({right}) <= 7)) THEN false \
         ELSE concat({}, repeat('0000', 8 - len({left}) - len({right})), {}) \
         BETWEEN '{first:032x}' AND '{last:032x}' END)",
        digits(1),
        digits(2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_network() {
        for (network, range) in [
            ("10.0.0.0/8", "BETWEEN 167772160 AND 184549375 "),
            ("10.1.2.3/8", "BETWEEN 167772160 AND 184549375 "),
            ("0.0.0.0/0", "BETWEEN 0 AND 4294967295 "),
            ("192.0.2.7", "BETWEEN 3221225991 AND 3221225991 "),
            ("192.0.2.7/31", "BETWEEN 3221225990 AND 3221225991 "),
            (
                "fd00::/8",
                "'fd000000000000000000000000000000' AND 'fdffffffffffffffffffffffffffffff'",
            ),
            (
                "::/0",
                "'00000000000000000000000000000000' AND 'ffffffffffffffffffffffffffffffff'",
            ),
        ] {
            let sql = contains(network).unwrap();
            assert!(sql.contains(range), "{network}: {sql}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for network in [
            "",
            "10.0.0/8",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/+8",
            "host/8",
            "10.0.0.0/",
            "1.2.3.4/8/8",
        ] {
            assert!(contains(network).is_err(), "{network}");
        }
    }
}
