//! A subject of a statement, and the artifact that it names.
//!
//! Builders name subjects as they like: a file, an image with or without its tag, a package URL, a
//! repository. Only the digest identifies; name, version and kind are what can be told from the
//! text without guessing, else they stay empty.

use serde_json::Value;

use crate::formats::read::{bounded, cut};
use crate::model::delivery::{Artifact, AttestationSubject};
use crate::model::id;

/// Digests of algorithms that are not known here are cut to this many bytes.
const FOREIGN_DIGEST_LIMIT: usize = 256;

/// Endings that name a file rather than a version or a host.
const FILES: &[&str] = &[
    ".apk", ".bz2", ".crate", ".deb", ".dmg", ".exe", ".gem", ".gz", ".jar", ".json", ".msi",
    ".nupkg", ".rpm", ".so", ".tgz", ".toml", ".txt", ".war", ".wasm", ".whl", ".xml", ".xz",
    ".zip", ".zst",
];

/// One subject, borrowed from the statement.
pub(super) struct Subject<'a> {
    name: Option<&'a str>,
    uri: Option<&'a str>,
    digests: Vec<(&'a str, &'a str)>,
}

impl<'a> Subject<'a> {
    /// Reads an element of `subject`. A digest that is no object of texts is no digest.
    pub(super) fn of(value: &'a Value) -> Self {
        let text = |key| {
            value
                .get(key)
                .and_then(Value::as_str)
                .filter(|it: &&str| !it.is_empty())
        };
        let set = value
            .get("digest")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let digests = set.filter_map(|(algorithm, hex)| Some((algorithm.as_str(), hex.as_str()?)));
        Self {
            name: text("name"),
            uri: text("uri"),
            digests: digests.collect(),
        }
    }

    /// One row for each digest; one without a digest where there is none.
    pub(super) fn rows(&self, statement: &'a str) -> Vec<AttestationSubject<'a>> {
        let name = self.name.or(self.uri).map(|name| bounded(name).into());
        let row = AttestationSubject {
            statement: Some(statement.into()),
            name,
            ..Default::default()
        };
        if self.digests.is_empty() {
            return vec![row];
        }
        let of = |(algorithm, hex): &(&str, &str)| AttestationSubject {
            digest: Some(digest(algorithm, hex).into()),
            is_source: Some(self.is_source(algorithm)),
            ..row.clone()
        };
        self.digests.iter().map(of).collect()
    }

    /// The artifact with its strongest common digest, where the subject is one.
    pub(super) fn artifact(&self) -> Option<Artifact<'static>> {
        let of = |wanted: &str| {
            let found = self
                .digests
                .iter()
                .find(|(algorithm, _)| *algorithm == wanted);
            found.and_then(|(algorithm, hex)| id::digest_of(algorithm, hex))
        };
        let digest = of("sha256").or_else(|| of("sha512"))?;
        let texts = [self.name, self.uri].into_iter().flatten();
        let purl = texts.clone().find(|text| text.starts_with("pkg:"));
        let named = match purl {
            Some(purl) => package(purl),
            // In-toto's name for a subject that has none.
            None => texts.clone().find(|text| *text != "_").map(plain),
        };
        let artifact = Artifact {
            digest: Some(digest.into()),
            ..named.unwrap_or_default()
        };
        Some(Artifact {
            purl: purl.map(|purl| bounded(purl).to_owned().into()),
            ..artifact
        })
    }

    /// Git digests are of source; SHA-1 is where the subject is a repository.
    fn is_source(&self, algorithm: &str) -> bool {
        let git = [self.name, self.uri].into_iter().flatten().any(is_git);
        algorithm.starts_with("git") || (algorithm == "sha1" && git)
    }
}

/// True where `uri` names a git repository, rather than something that a forge serves.
pub(super) fn is_git(uri: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "git+",
        "git:",
        "git@",
        "git.head",
        "pkg:github/",
        "pkg:bitbucket/",
    ];
    const FORGES: &[&str] = &["github.com", "gitlab.com", "bitbucket.org"];
    if PREFIXES.iter().any(|prefix| uri.starts_with(prefix)) {
        return true;
    }
    let Some((_, rest)) = uri.split_once("://") else {
        return false;
    };
    let path = rest
        .split(['@', '#', '?'])
        .next()
        .unwrap_or(rest)
        .trim_end_matches('/');
    let parts: Vec<&str> = path.splitn(5, '/').collect();
    let forge = parts.first().is_some_and(|host| FORGES.contains(host));
    path.strip_suffix(".git").is_some()
        || (forge && (parts.len() == 3 || parts.get(3) == Some(&"commit")))
}

/// `algorithm:hex` in canonical form, or as written where the algorithm is not a known one.
fn digest(algorithm: &str, hex: &str) -> String {
    id::digest_of(algorithm, hex).unwrap_or_else(|| {
        let text = format!("{}:{}", bounded(algorithm), bounded(hex));
        cut(&text, FOREIGN_DIGEST_LIMIT).to_owned()
    })
}

/// Name, version and kind from a package URL.
fn package(purl: &str) -> Option<Artifact<'static>> {
    let rest = purl.strip_prefix("pkg:")?;
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.split('#').next().unwrap_or(path);
    let (kind, path) = path.split_once('/')?;
    let (name, version) = match path.rsplit_once('@') {
        // The scope of a package starts with the same sign.
        Some((name, version)) if !name.is_empty() && !version.contains('/') => {
            (name, Some(version))
        }
        _ => (path, None),
    };
    let qualifier = |key: &str| {
        let mut pairs = qualifiers
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(name, _)| *name == key)
            .map(|(_, value)| decoded(value))
    };
    let image = matches!(kind, "oci" | "docker");
    let version = version
        .map(decoded)
        .filter(|version| id::digest(version).is_none());
    let name = qualifier("repository_url")
        .filter(|_| image)
        .unwrap_or_else(|| decoded(name));
    let kind = match kind {
        _ if image => Some("image"),
        "generic" | "github" | "bitbucket" => None,
        _ => Some("package"),
    };
    Some(Artifact {
        name: Some(bounded(&name).to_owned().into()),
        version: qualifier("tag")
            .filter(|_| image)
            .or(version)
            .map(Into::into),
        kind: kind.map(Into::into),
        ..Artifact::default()
    })
}

/// Name, version and kind from any other name. An image has a registry's host before it or a tag
/// behind its path.
fn plain(text: &str) -> Artifact<'static> {
    let text = bounded(text);
    let (image, tag) = id::image(text);
    let tag = tag.filter(|tag| is_tag(tag) && !image.is_empty());
    let whole = if tag.is_some() { &image } else { text };
    let pulled = match image.split_once('/') {
        Some((host, _)) => tag.is_some() || (is_host(host) && !text.contains("://")),
        None => false,
    };
    let (name, kind) = if FILES.iter().any(|ending| whole.ends_with(ending)) {
        (whole, Some("file"))
    } else if pulled {
        (image.as_str(), Some("image"))
    } else {
        (whole, None)
    };
    Artifact {
        name: Some(name.to_owned().into()),
        version: tag.map(Into::into),
        kind: kind.map(Into::into),
        ..Artifact::default()
    }
}

/// True for a host that a registry could have, with its port; not for a folder or a version.
fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let last = host.rsplit_once('.').map(|(_, label)| label);
    let domain = last.is_some_and(|it| it.len() > 1 && it.bytes().all(|b| b.is_ascii_lowercase()));
    host == "localhost" || !port.is_empty() || (domain && !host.starts_with('.'))
}

/// True for what the distribution specification allows as a tag.
fn is_tag(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(sound)
}

/// Text without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, tail) = match (first, byte) {
            (b'%', Some(byte)) => (byte, tail.get(2..).unwrap_or_default()),
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(subject: &Value) -> [Option<String>; 4] {
        let artifact = Subject::of(subject).artifact().unwrap();
        let own = |cell: Option<std::borrow::Cow<'_, str>>| cell.map(std::borrow::Cow::into_owned);
        [
            own(artifact.name),
            own(artifact.version),
            own(artifact.kind),
            own(artifact.purl),
        ]
    }

    #[test]
    fn names_say_what_they_say() {
        let digest = json!({"sha256": "ab".repeat(32)});
        for (name, expected) in [
            ("shop-linux-amd64", [Some("shop-linux-amd64"), None, None]),
            (
                "shop-1.2.tar.gz",
                [Some("shop-1.2.tar.gz"), None, Some("file")],
            ),
            (
                "ghcr.io/acme/shop",
                [Some("ghcr.io/acme/shop"), None, Some("image")],
            ),
            (
                "https://eu.example/acme/shop:v3",
                [Some("eu.example/acme/shop"), Some("v3"), Some("image")],
            ),
            (
                "acme/shop:1.2",
                [Some("acme/shop"), Some("1.2"), Some("image")],
            ),
            (
                "https://dl.example/shop.zip",
                [Some("https://dl.example/shop.zip"), None, Some("file")],
            ),
            ("./out/shop", [Some("./out/shop"), None, None]),
            ("shop-1.2/bin/shop", [Some("shop-1.2/bin/shop"), None, None]),
            (
                "C:\\out\\shop.exe",
                [Some("C:\\out\\shop.exe"), None, Some("file")],
            ),
            ("shop:1.2", [Some("shop"), Some("1.2"), None]),
            ("_", [None, None, None]),
        ] {
            let found = described(&json!({"name": name, "digest": digest}));
            let expected = expected.map(|text| text.map(str::to_owned));
            assert_eq!(found[..3], expected, "{name}");
            assert_eq!(found[3], None);
        }
    }

    #[test]
    fn package_urls_are_taken_apart() {
        let digest = json!({"sha512": "cd".repeat(64)});
        let oci = format!("sha256%3A{}", "ab".repeat(32));
        let oci = format!("pkg:oci/shop@{oci}?repository_url=ghcr.io%2Facme%2Fshop&tag=v3");
        for (purl, expected) in [
            (
                "pkg:npm/%40acme/shop@1.2.3",
                ["@acme/shop", "1.2.3", "package"],
            ),
            (
                "pkg:docker/ghcr.io/acme/shop@v3?platform=linux%2Famd64",
                ["ghcr.io/acme/shop", "v3", "image"],
            ),
            (&oci, ["ghcr.io/acme/shop", "v3", "image"]),
        ] {
            let found = described(&json!({"uri": purl, "digest": digest}));
            let expected = [expected[0], expected[1], expected[2], purl];
            assert_eq!(found, expected.map(|text| Some(text.to_owned())));
        }
        assert_eq!(decoded("a%2"), "a%2");
        assert_eq!(decoded("%zz%C3%BC"), "%zzü");
    }

    #[test]
    fn source_digests_are_told_from_files() {
        let sha1 = "5ca1ab1e".repeat(5);
        for (name, algorithm, expected) in [
            ("git.head", "sha1", true),
            (
                "git+https://git.example/acme/shop@refs/heads/main",
                "sha1",
                true,
            ),
            ("https://github.com/acme/shop", "sha1", true),
            (
                "https://github.com/acme/shop/releases/download/v1/shop.zip",
                "sha1",
                false,
            ),
            ("pkg:github/acme/shop@v1", "sha1", true),
            ("shop.jar", "sha1", false),
            ("source", "gitCommit", true),
        ] {
            let value = json!({"name": name, "digest": {algorithm: sha1}});
            let subject = Subject::of(&value);
            assert_eq!(subject.rows("s")[0].is_source, Some(expected), "{name}");
            assert!(subject.artifact().is_none());
        }
    }

    #[test]
    fn digests_of_any_kind_are_kept() {
        let value =
            json!({"name": "a", "digest": {"gce_image_id": "x".repeat(400), "sha256": "short"}});
        let rows = Subject::of(&value).rows("s").len();
        assert_eq!(rows, 2);
        assert_eq!(digest("gce_image_id", &"x".repeat(400)).len(), 256);
        for value in [
            json!({"name": "a", "digest": "abcd"}),
            json!({"name": "a"}),
            json!(7),
        ] {
            let subject = Subject::of(&value);
            assert_eq!(subject.rows("s").len(), 1);
            assert!(subject.artifact().is_none());
        }
    }
}
