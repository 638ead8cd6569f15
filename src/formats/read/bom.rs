//! Bills of materials: what CycloneDX and SPDX both say of a part and of what it is a part of.

use std::borrow::Cow;

use crate::model::delivery::{Artifact, Component};
use crate::model::id;

/// The longest list of licences that is kept, in bytes.
const LICENSES: usize = 1024;

/// A part of a bill, or what the bill describes.
#[derive(Debug, Default, Clone)]
pub struct Part<'a> {
    /// Its id within the bill.
    pub id: Option<Cow<'a, str>>,
    /// Name, with its group where it has one.
    pub name: Option<Cow<'a, str>>,
    /// Version.
    pub version: Option<Cow<'a, str>>,
    /// Package URL.
    pub purl: Option<Cow<'a, str>>,
    /// The bill's word for what it is.
    pub kind: Option<Cow<'a, str>>,
    /// Digests as `algorithm:hex`, the one to join by first.
    pub digests: Vec<String>,
    /// Licences.
    pub licenses: Vec<Cow<'a, str>>,
    /// Who supplies it.
    pub supplier: Option<Cow<'a, str>>,
    /// `required`, `optional`, `excluded`.
    pub scope: Option<Cow<'a, str>>,
}

impl<'a> Part<'a> {
    /// The row of a part of `bom`, which describes `subject`.
    pub fn component<'b>(
        &'b self,
        bom: Option<&'b str>,
        subject: Option<&'b Part<'a>>,
    ) -> Component<'b> {
        let shared = |cell: &'b Option<Cow<'a, str>>| cell.as_deref().map(Cow::Borrowed);
        let mut licenses = self.licenses.join(" AND ");
        licenses.truncate(super::cut(&licenses, LICENSES).len());
        Component {
            bom: bom.map(Cow::Borrowed),
            subject_name: subject.and_then(|subject| shared(&subject.name)),
            subject_digest: subject.and_then(|subject| subject.digest().map(Cow::Borrowed)),
            subject_purl: subject.and_then(|subject| shared(&subject.purl)),
            component_id: shared(&self.id),
            name: shared(&self.name),
            version: shared(&self.version),
            purl: shared(&self.purl),
            kind: self
                .kind
                .as_deref()
                .map(|kind| kind.to_ascii_lowercase().into()),
            digest: self.digest().map(Cow::Borrowed),
            licenses: (!licenses.is_empty()).then(|| licenses.into()),
            supplier: shared(&self.supplier),
            scope: shared(&self.scope),
            ..Component::default()
        }
    }

    /// The rows of what a bill describes: one a digest, or one without.
    pub fn artifacts(&self) -> Vec<Artifact<'_>> {
        let shared =
            |cell: &Option<Cow<'a, str>>| cell.as_deref().map(|text| Cow::Owned(text.to_owned()));
        let kind = match self
            .kind
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "container" => "image",
            "file" | "firmware" => "file",
            _ => "package",
        };
        let row = |digest: Option<String>| Artifact {
            digest: digest.map(Into::into),
            name: shared(&self.name),
            version: shared(&self.version),
            purl: shared(&self.purl),
            kind: Some(kind.into()),
            ..Artifact::default()
        };
        if self.digests.is_empty() {
            return vec![row(None)];
        }
        self.digests
            .iter()
            .map(|digest| row(Some(digest.clone())))
            .collect()
    }

    /// The digest to join by.
    pub fn digest(&self) -> Option<&str> {
        self.digests.first().map(String::as_str)
    }
}

/// Digests out of algorithms and hex values as bills spell them (`SHA-256`, `SHA256`, `sha256`), the
/// one to join by first. What is no digest that artifacts are known by, such as MD5, is left out. The
/// digest in an OCI package URL (`pkg:oci/shop@sha256%3A…`) counts as well.
pub fn digests<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    purl: Option<&str>,
) -> Vec<String> {
    let named = pairs.filter_map(|(algorithm, hex)| {
        id::digest_of(&algorithm.replace(['-', '_'], ""), hex.trim())
    });
    let image = purl.filter(|purl| purl.starts_with("pkg:oci/") || purl.starts_with("pkg:docker/"));
    let mut found: Vec<String> = named.chain(image.and_then(id::digest)).collect();
    let rank = |digest: &String| match digest.split(':').next().unwrap_or_default() {
        "sha256" => 0,
        "sha512" => 1,
        "sha384" => 2,
        _ => 3,
    };
    found.sort_by_key(rank);
    found.dedup();
    found.retain(|digest| !digest.starts_with("gitcommit:"));
    found
}

/// True for a bill that was the predicate of a statement under an envelope.
pub fn is_attested(path: &str) -> bool {
    let mut names = path.rsplit('!');
    let is = |name: Option<&str>, stem: &str| {
        let rest = name.and_then(|name| name.strip_prefix(stem));
        rest.is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix('-')
                    .is_some_and(|n| n.parse::<u64>().is_ok())
        })
    };
    is(names.next(), "predicate") && is(names.next(), "payload")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_artifacts() {
        let (a, b) = ("ab".repeat(32), "cd".repeat(64));
        let pairs = [
            ("MD5", "00"),
            ("SHA-512", b.as_str()),
            ("SHA256", a.as_str()),
            ("sha256", a.as_str()),
        ];
        assert_eq!(
            digests(pairs.into_iter(), None),
            [format!("sha256:{a}"), format!("sha512:{b}")]
        );
        let purl = format!("pkg:oci/shop@sha256%3A{a}?repository_url=ghcr.io/acme/shop");
        assert_eq!(
            digests([].into_iter(), Some(&purl)),
            [format!("sha256:{a}")]
        );
        assert!(digests([].into_iter(), Some("pkg:npm/a@1")).is_empty());
    }

    #[test]
    fn a_predicate_under_an_envelope_is_attested() {
        assert!(is_attested("a.jsonl!payload-2!predicate"));
        for path in [
            "a.json!predicate",
            "a!payload",
            "bom.json",
            "a!payload!predicate-x",
        ] {
            assert!(!is_attested(path), "{path}");
        }
    }
}
