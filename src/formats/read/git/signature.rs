//! Kinds of signatures on commits and tags.

/// Which kind of signature opens in a text, as the armour's first line names it (git,
/// `gitformat-signature`): `ssh`, `openpgp` or `x509`.
pub fn kind(text: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 3] = [
        ("-----BEGIN SSH SIGNATURE-----", "ssh"),
        ("-----BEGIN PGP SIGNATURE-----", "openpgp"),
        ("-----BEGIN SIGNED MESSAGE-----", "x509"),
    ];
    let line = |line: &str| KINDS.iter().find(|(start, _)| line.starts_with(start));
    text.lines().find_map(line).map(|(_, kind)| *kind)
}
