//! The sample incident, told by the program: its releases, the chain of the bad one, and the bytes
//! that every link rests on.
//!
//! What is known here is what `support/incident` wrote into the story, never what the program said
//! last time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value;
use shipwake::links;
use shipwake::model::link::STATES;
use shipwake::query::answer::Window;
use shipwake::query::chain::{self, Chain};
use shipwake::query::links::Link;
use shipwake::query::{commits, releases};
use shipwake::store::Reader;

use crate::support::cases::TempCase;
use crate::support::{files_below, incident, sample_data};

/// Service, version and status of everything that ran, in the order in which it went live.
const RELEASES: &[(&str, &str, &str)] = &[
    ("order-mailer", "v2019.4", "live"),
    ("payments", "v1.8.2", "replaced"),
    ("web", "v5.1.0", "replaced"),
    ("checkout", "v2.13.4", "replaced"),
    ("catalog", "v3.5.0", "replaced"),
    ("checkout", "v2.14.0", "replaced"),
    ("payments", "v1.9.0", "replaced"),
    ("catalog", "v3.5.1", "replaced"),
    ("web", "v5.1.1", "replaced"),
    ("web", "v5.2.0", "replaced"),
    ("checkout", "v2.14.1", "replaced"),
    ("payments", "v1.9.1", "replaced"),
    ("catalog", "v3.6.0", "replaced"),
    ("web", "v5.2.1", "replaced"),
    ("checkout", "v2.14.2", "replaced"),
    ("catalog", "v3.6.1", "replaced"),
    ("payments", "v1.10.0", "live"),
    // Back since the rollback of 29 October.
    ("checkout", "v2.14.3", "live"),
    ("catalog", "v3.6.2", "live"),
    ("web", "v5.2.2", "live"),
    ("checkout", "v2.15.0", "rolled_back"),
];

/// The subject of the commit that brought the fallback.
const BAD_SUBJECT: &str = "checkout: fall back to the legacy gateway when payments is slow";
/// What no earlier release read.
const LEGACY_SECRET: &str = "secret/data/payments/legacy-gateway-key";
/// The hops of a chain that is whole.
const HOPS: &[&str] = &[
    "request",
    "session",
    "commit",
    "review",
    "build",
    "artifact",
    "attestation",
    "deployment",
    "instance",
    "access",
    "behaviour",
];

struct Told {
    case: TempCase,
    /// Every evidence file whole, by digest.
    bytes: BTreeMap<String, Vec<u8>>,
}

fn told() -> &'static Told {
    static TOLD: OnceLock<Told> = OnceLock::new();
    TOLD.get_or_init(|| {
        let case = TempCase::shared("story");
        case.load(&[&sample_data()]);
        let evidence = case.case().evidence();
        let read = |sha256: String| {
            let bytes = evidence
                .read(&sha256, 0, evidence.size(&sha256).unwrap())
                .unwrap();
            (sha256, bytes)
        };
        let bytes = evidence.list().unwrap().into_iter().map(read).collect();
        Told { case, bytes }
    })
}

fn window() -> Window {
    Window::default()
}

#[track_caller]
fn through(reader: &Reader, reference: &str) -> Chain {
    chain::through(reader, reference)
        .unwrap()
        .unwrap_or_else(|| panic!("{reference} is not one thing"))
}

/// The release that the incident is about, as a reference.
fn bad_release(reader: &Reader) -> String {
    let rows = releases::ask(reader, &window()).unwrap();
    let mut bad = rows.iter().filter(|row| row["version"] == "v2.15.0");
    let id = bad.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(bad.next().is_none());
    id
}

#[test]
fn the_sample_is_what_its_maker_makes() {
    let made = incident::files();
    let committed = files_below(&sample_data());
    let committed: Vec<&str> = committed
        .iter()
        .map(String::as_str)
        .filter(|path| !path.ends_with("README.md"))
        .collect();
    // The policy is written by hand: it is what the incident is judged by, not what happened.
    let of_story: Vec<&str> = committed
        .iter()
        .copied()
        .filter(|path| *path != "policy.yaml")
        .collect();
    let expected: Vec<&str> = made
        .keys()
        .map(String::as_str)
        .filter(|path| *path != "policy.yaml")
        .collect();
    assert_eq!(of_story, expected);
    for (path, bytes) in &made {
        let found = std::fs::read(sample_data().join(path)).unwrap();
        assert!(
            found == *bytes,
            "sample-data/{path} is not what the story says"
        );
    }
}

#[test]
fn the_releases_are_those_of_the_story() {
    let rows = releases::ask(&told().case.reader(), &window()).unwrap();
    let text =
        |row: &serde_json::Map<String, Value>, name: &str| row[name].as_str().unwrap().to_owned();
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                text(row, "service"),
                text(row, "version"),
                text(row, "status"),
            )
        })
        .collect();
    let expected: Vec<_> = RELEASES
        .iter()
        .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
        .collect();
    assert_eq!(found, expected);
    for row in &rows {
        assert!(!row["citations"].as_array().unwrap().is_empty(), "{row:?}");
    }
}

#[test]
fn the_chain_of_the_bad_release_is_whole() {
    let reader = told().case.reader();
    let chain = through(&reader, &bad_release(&reader));
    let kinds: BTreeSet<&str> = chain.nodes.iter().map(|node| node.kind.as_str()).collect();
    for hop in HOPS {
        assert!(kinds.contains(hop), "no {hop} in {kinds:?}");
    }
    assert!(
        chain.missing.is_empty() && !chain.truncated,
        "{:?}",
        chain.missing
    );
    assert_eq!(chain.level, "C3", "signatures are not checked yet");
    let has = |kind: &str, text: &str| {
        chain
            .nodes
            .iter()
            .any(|node| node.kind == kind && node.label.contains(text))
    };
    assert!(has("commit", BAD_SUBJECT.split_at(40).0));
    assert!(has("access", LEGACY_SECRET));
    assert!(has("behaviour", "LegacyGatewayTimeout"));
    assert!(has("request", "SHOP-231"));
}

#[test]
fn the_chain_names_its_weakest_link() {
    let reader = told().case.reader();
    let chain = through(&reader, &bad_release(&reader));
    let weakest = chain.weakest.as_ref().unwrap();
    assert!(chain.links.contains(weakest));
    assert!(!weakest.why.is_empty() && weakest.state != "contradicted");
    assert_eq!(
        weakest.class, "I",
        "no hop of this chain hangs on a hint alone: {weakest:?}"
    );
}

#[test]
fn links_of_the_chain_carry_what_the_contract_says() {
    let told = told();
    let reader = told.case.reader();
    let chain = through(&reader, &bad_release(&reader));
    let ids: BTreeSet<&str> = chain.nodes.iter().map(|node| node.id.as_str()).collect();
    assert!(chain.links.len() > 50);
    for link in &chain.links {
        assert!(
            ids.contains(link.from.as_str()) && ids.contains(link.to.as_str()),
            "{link:?}"
        );
        assert!(["S", "I", "T"].contains(&link.class.as_str()), "{link:?}");
        assert!(
            STATES.iter().any(|(state, _)| *state == link.state),
            "{link:?}"
        );
        assert!(
            link.values
                .iter()
                .all(|value| value.as_ref().is_some_and(|value| !value.is_empty())),
            "{link:?}"
        );
        assert!(!link.citations.is_empty(), "{link:?}");
        for citation in &link.citations {
            let cited = cited(told, citation);
            // Resource ids are computed by us, so no export can say them; the citation is of the spans.
            assert!(
                speaks(cited, link) || link.method == "span_resource",
                "{link:?} cites {}",
                shown(cited)
            );
        }
    }
    for node in &chain.nodes {
        assert!(!node.citations.is_empty(), "{node:?}");
        assert!(
            node.citations
                .iter()
                .all(|citation| !cited(told, citation).is_empty()),
            "{node:?}"
        );
    }
}

/// Any hop leads to the same incident.
#[test]
fn every_hop_of_the_chain_leads_to_the_rest() {
    let reader = told().case.reader();
    let whole = through(&reader, &bad_release(&reader));
    let mut short = Vec::new();
    for kind in ["request", "session", "artifact", "deployment", "instance"] {
        for node in whole.nodes.iter().filter(|node| node.kind == kind) {
            short.extend(lacking(&reader, &node.id));
        }
    }
    assert!(short.is_empty(), "\n  {}", short.join("\n  "));
}

/// Who finds the line that did it asks for the commit that brought it, not for the one that merged it.
#[test]
fn the_bad_commit_leads_to_what_it_did() {
    let reader = told().case.reader();
    let rows = commits::ask(&reader, &window()).unwrap();
    let bad: Vec<_> = rows
        .iter()
        .filter(|row| row["subject"] == BAD_SUBJECT)
        .collect();
    assert_eq!(bad.len(), 1);
    let short = lacking(&reader, bad[0]["sha"].as_str().unwrap());
    assert!(short.is_empty(), "\n  {}", short.join("\n  "));
}

/// The hops that the chain through `reference` lacks.
fn lacking(reader: &Reader, reference: &str) -> Vec<String> {
    let chain = through(reader, reference);
    let has = |hop: &&&str| chain.nodes.iter().any(|node| node.kind == **hop);
    let lacking: Vec<_> = HOPS.iter().filter(|hop| !has(hop)).collect();
    if lacking.is_empty() {
        Vec::new()
    } else {
        vec![format!("{reference} ({}) lacks {lacking:?}", chain.level)]
    }
}

/// Every link of the case, not only those of one chain: the ends are of the kinds that the rule
/// names, and each citation leads to bytes that speak of the link (see [`speaks`]).
#[test]
fn every_link_rests_on_bytes_that_speak_of_it() {
    let told = told();
    let reader = told.case.reader();
    let ids = reader
        .rows("ends", "SELECT DISTINCT from_id FROM base.link", &[])
        .unwrap()
        .rows;
    let ids: Vec<String> = ids
        .into_iter()
        .map(|row| row[0].as_str().unwrap().to_owned())
        .collect();
    let mut seen = BTreeSet::new();
    let mut mute = BTreeSet::new();
    for link in shipwake::query::links::ask(&reader, &ids).unwrap() {
        let rule = links::ALL
            .iter()
            .find(|rule| rule.name == link.method)
            .unwrap();
        assert_eq!(
            (chain::kind(&link.from), chain::kind(&link.to)),
            (rule.from(), rule.to()),
            "{link:?}"
        );
        assert_eq!(link.class, rule.class());
        assert!(!link.citations.is_empty(), "{link:?}");
        for citation in &link.citations {
            let cited = cited(told, citation);
            if !speaks(cited, &link) {
                mute.insert(format!(
                    "{} {} -> {} cites {citation}: {}",
                    link.method,
                    link.from,
                    link.to,
                    shown(cited)
                ));
            }
        }
        seen.insert(rule.name);
    }
    let unused: Vec<_> = links::ALL
        .iter()
        .map(|rule| rule.name)
        .filter(|name| !seen.contains(name))
        .collect();
    eprintln!("link rules that the sample does not use: {unused:?}");
    assert!(
        mute.is_empty(),
        "\n  {}",
        mute.into_iter().collect::<Vec<_>>().join("\n  ")
    );
}

/// The bytes of a citation; it must lie inside its file.
#[track_caller]
fn cited<'a>(told: &'a Told, citation: &Value) -> &'a [u8] {
    let number = |name: &str| usize::try_from(citation[name].as_u64().unwrap()).unwrap();
    let file = &told.bytes[citation["sha256"].as_str().unwrap()];
    let (offset, length) = (number("offset"), number("length"));
    assert!(
        length > 0 && offset + length <= file.len(),
        "{citation} leaves its file"
    );
    &file[offset..offset + length]
}

/// True where `cited` speaks of one of the link's two values, or of the key of one of its ends.
///
/// To speak of a text is to contain all of its telling parts, letter case aside: the pieces between
/// blanks and `/ # @ : | , =` of three characters or more that have a digit (numbers, versions,
/// hashes, tickets), or, where none has one, all pieces. So `sha256:92b5…` is spoken of by
/// `{"sha256":"92b5…"}`, and `github.com/acme/shop#436` by a record with `"number":436`.
fn speaks(cited: &[u8], link: &Link) -> bool {
    let text = String::from_utf8_lossy(cited).to_lowercase();
    let keys = [&link.from, &link.to]
        .into_iter()
        .filter_map(|id| id.split_once(':'))
        .map(|(_, key)| key);
    let values = link.values.iter().flatten().map(String::as_str);
    values.chain(keys).any(|value| {
        let value = value.to_lowercase();
        let parts = value
            .split([' ', '/', '#', '@', ':', '|', ',', '='])
            .filter(|part| part.len() >= 3 && *part != "sha256");
        let (numbered, plain): (Vec<&str>, Vec<&str>) =
            parts.partition(|part| part.bytes().any(|byte| byte.is_ascii_digit()));
        let telling = if numbered.is_empty() { plain } else { numbered };
        !telling.is_empty() && telling.iter().all(|part| text.contains(part))
    })
}

fn shown(cited: &[u8]) -> String {
    String::from_utf8_lossy(cited)
        .chars()
        .take(120)
        .collect::<String>()
        .escape_debug()
        .to_string()
}
