//! The sample incident, judged: the bad release fails for the reasons that its makers put into it, the
//! others pass or, where the evidence is thin, are inconclusive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use shipwake::model::finding::{Finding, Severity};
use shipwake::model::verdict::{Conclusion, Verdict};
use shipwake::policy::{self, Policy, Terms};
use shipwake::query::answer::Window;
use shipwake::query::{changes, findings, releases, verdict};

use crate::support::cases::TempCase;
use crate::support::sample_data;

pub(crate) const BAD: &str = "checkout@v2.15.0/production";

pub(crate) fn told() -> &'static TempCase {
    static TOLD: OnceLock<TempCase> = OnceLock::new();
    TOLD.get_or_init(|| {
        let case = TempCase::shared("judgement");
        case.load(&[&sample_data()]);
        case
    })
}

fn found() -> Vec<Finding> {
    findings::ask(
        &told().store().reader().unwrap(),
        &findings::Wanted::default(),
    )
    .unwrap()
}

fn judged(id: &str) -> Verdict {
    verdict::ask(&told().store().reader().unwrap(), id)
        .unwrap()
        .unwrap()
}

#[track_caller]
fn one<'f>(found: &'f [Finding], family: &str, subject: &str) -> &'f Finding {
    found
        .iter()
        .find(|finding| {
            finding.release.id == BAD
                && finding.family == family
                && finding.subject.contains(subject)
        })
        .unwrap_or_else(|| panic!("no {family} finding about {subject}"))
}

#[test]
fn the_bad_release_is_found_out() {
    let found = found();
    let secret = one(&found, "secret", "payments/legacy-gateway-key");
    assert_eq!(
        (secret.severity, secret.explained_by_diff),
        (Severity::Medium, Some(true))
    );
    let network = one(&found, "network", "legacy-pay.acme-partners.example");
    assert_eq!(
        (network.severity, network.explained_by_diff),
        (Severity::High, Some(false))
    );
    let grant = one(&found, "privilege", "legacy-gateway-reader");
    assert_eq!(grant.severity, Severity::Critical);
    let left = one(&found, "coverage", "checkout-l2gp7rdwr5-hxnrh");
    assert_eq!(left.severity, Severity::High);
    assert!(one(&found, "rate", "/api/checkout").p.unwrap() < 1e-6);
    assert!(one(&found, "template", "LegacyGatewayTimeout").severity <= Severity::Medium);
}

#[test]
fn every_loud_finding_cites_bytes_that_say_so() {
    let evidence = told().case().evidence();
    for finding in found()
        .iter()
        .filter(|finding| finding.severity <= Severity::Medium)
    {
        assert!(!finding.citations.is_empty(), "{}", finding.title);
        for citation in &finding.citations {
            let number = |name: &str| citation[name].as_u64().unwrap();
            let sha256 = citation["sha256"].as_str().unwrap();
            let bytes = evidence
                .read(sha256, number("offset"), number("length"))
                .unwrap();
            let text = String::from_utf8_lossy(&bytes);
            // A rate is told by failed requests, a message by its fixed words.
            let token = match finding.family.as_str() {
                "rate" | "latency" => continue,
                "template" => finding
                    .subject
                    .split(' ')
                    .find(|word| word.len() > 4 && !word.contains('<'))
                    .unwrap(),
                "privilege" | "secret" => finding.subject.rsplit('/').next().unwrap(),
                _ => &finding.subject,
            };
            assert!(
                text.contains(token),
                "{}: {token} is not in {text}",
                finding.title
            );
        }
    }
}

#[test]
fn the_others_pass_or_are_inconclusive() {
    let rows = releases::ask(&told().store().reader().unwrap(), &Window::default()).unwrap();
    let of = |verdict: &str| -> BTreeSet<String> {
        rows.iter()
            .filter(|row| row["verdict"] == verdict)
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of("fail"), BTreeSet::from([BAD.to_owned()]));
    // Seven days of records and all of the chain are there for the last ones.
    let passed = of("pass");
    for id in [
        "payments@v1.10.0/production",
        "checkout@v2.14.3/production",
        "catalog@v3.6.2/production",
        "web@v5.2.2/production",
    ] {
        assert!(passed.contains(id), "{id} is not among {passed:?}");
    }
    for id in of("inconclusive") {
        let verdict = judged(&id);
        assert!(
            verdict.missing.len() > 1,
            "{id} is inconclusive and says nothing of why"
        );
    }
}

#[test]
fn criteria_fire_at_the_right_minute() {
    let verdict = judged(BAD);
    assert_eq!(verdict.verdict, Conclusion::Fail);
    let fired = |id: &str| {
        let criterion = verdict.criteria.iter().find(|one| one.id == id).unwrap();
        criterion.first_fired.clone().map(|at| at[..16].to_owned())
    };
    // The binding was made at 14:01:16; the rollback was at 14:41:12, and a pod outlived it.
    assert_eq!(fired("B01").as_deref(), Some("2026-10-29T14:01"));
    assert_eq!(fired("B03").as_deref(), Some("2026-10-29T14:57"));
    // Failures began at 14:08; with minutes to be sure and ten to last, well before the rollback.
    let rate = fired("B02").unwrap();
    assert!(
        ("2026-10-29T14:18".."2026-10-29T14:35").contains(&rate.as_str()),
        "{rate}"
    );
    let rollback = verdict.rollback.unwrap();
    assert!(!rollback.reached_every_instance);
    assert_eq!(rollback.left_behind, ["checkout-l2gp7rdwr5-hxnrh"]);
    assert_eq!(rollback.behaviour_back, Some(true));
    assert_eq!(
        verdict.safe_return.as_deref(),
        Some("checkout@v2.14.3/production")
    );
    assert_eq!(verdict.safe_return_attested, Some(true));
}

#[test]
fn approval_of_an_earlier_revision_is_no_approval() {
    let verdict = judged(BAD);
    let gate = verdict
        .against
        .iter()
        .find(|point| point.rule == "G02")
        .unwrap();
    assert!(
        gate.says
            .contains("0d18e4e, after which 08b110c was pushed"),
        "{}",
        gate.says
    );
}

#[test]
fn a_team_s_own_policy_is_applied_and_recorded() {
    let text = std::fs::read_to_string(sample_data().join("policy.yaml")).unwrap();
    let policy = Policy::parse(&text).unwrap();
    let reader = told().store().reader().unwrap();
    let files = BTreeMap::new();
    let terms = Terms::of(&policy, &files);
    let judged = policy::judge(&reader, terms, |_| {}).unwrap();
    let bad = judged
        .verdicts
        .iter()
        .find(|verdict| verdict.release == BAD)
        .unwrap();
    assert_eq!(bad.verdict, Conclusion::Fail);
    assert_eq!(bad.policy.digest, policy.digest);
    assert!(!bad.policy.built_in && bad.policy.rules["R01"].as_str().unwrap().len() == 64);
    let broken: BTreeSet<&str> = bad
        .against
        .iter()
        .map(|point| point.rule.as_str())
        .collect();
    assert!(
        broken.is_superset(&BTreeSet::from([
            "G04", "R01", "R04", "R07", "R09", "B01", "B02"
        ])),
        "{broken:?}"
    );
    // What it demands and nothing checked yet keeps the others from passing; nothing makes them fail.
    for verdict in judged
        .verdicts
        .iter()
        .filter(|verdict| verdict.release != BAD)
    {
        assert_eq!(
            verdict.verdict,
            Conclusion::Inconclusive,
            "{} {:?}",
            verdict.release,
            verdict.against
        );
    }
}

#[test]
fn the_culprit_is_the_release_and_not_the_setting_beside_it() {
    let ranked = changes::ask(
        &told().store().reader().unwrap(),
        &changes::Wanted::default(),
    )
    .unwrap();
    assert_eq!(ranked.service.as_deref(), Some("checkout"));
    let first = &ranked.changes[0];
    assert_eq!(first.what, BAD);
    assert!(!first.pro.is_empty() && !first.citations.is_empty());
    let setting = ranked
        .changes
        .iter()
        .find(|change| change.what.contains("catalog-config"))
        .unwrap();
    assert!(setting.score < first.score && !setting.against.is_empty());
}

#[test]
fn judging_twice_gives_the_same() {
    let reader = told().store().reader().unwrap();
    let policy = Policy::built_in().unwrap();
    let files = BTreeMap::new();
    let terms = Terms {
        built_in: true,
        ..Terms::of(&policy, &files)
    };
    let again = policy::judge(&reader, terms, |_| {}).unwrap();
    // Through text and back, as the stored ones went.
    let shown = |found: &[Finding]| {
        let text = serde_json::to_string(found).unwrap();
        let read: Vec<Finding> = serde_json::from_str(&text).unwrap();
        serde_json::to_string(&read).unwrap()
    };
    assert_eq!(shown(&again.findings), shown(&found()));
    // Without the future, less is known: nobody can have left anything behind before the rollback.
    let early = policy::judge(
        &reader,
        Terms {
            as_of: shipwake::model::time::parse("2026-10-29T14:20:00Z"),
            ..terms
        },
        |_| {},
    )
    .unwrap();
    assert!(
        early
            .findings
            .iter()
            .all(|finding| !finding.subject.contains("hxnrh"))
    );
}

/// A policy with these rules, over the sample; the findings that rule `id` makes of the bad release, and
/// what could not be run.
fn by_own_rule(rule: &str, files: &[(&str, &str)]) -> (Vec<Finding>, Vec<String>) {
    let text = policy::file::DEFAULT.replace("runtime:\n", &format!("runtime:\n  - {rule}\n"));
    let policy = Policy::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let reader = told().store().reader().unwrap();
    let terms = Terms {
        only: Some(BAD),
        ..Terms::of(&policy, &files)
    };
    let judged = policy::judge(&reader, terms, |_| {}).unwrap();
    let found = judged
        .findings
        .into_iter()
        .filter(|finding| finding.rule == "S01")
        .collect();
    let lacks = judged.verdicts[0]
        .missing
        .iter()
        .map(|lack| lack.what.clone())
        .collect();
    (found, lacks)
}

#[test]
fn a_statement_s_rows_are_findings_with_citations() {
    let (found, _) = by_own_rule(
        "{id: S01, title: reads of another team's secrets, severity: high, channel: policy, family: secret, \
         sql: \"SELECT subject, first_ns AS ts_ns, file_id, \\\"offset\\\", length FROM behaviour \
         WHERE release = $release AND family = 'secret' AND subject LIKE '%payments/%'\"}",
        &[],
    );
    let subjects: BTreeSet<&str> = found
        .iter()
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(
        subjects,
        BTreeSet::from([
            "secret/data/payments/legacy-gateway-key",
            "secrets/payments/legacy-gateway-client"
        ])
    );
    assert!(
        found
            .iter()
            .all(|finding| !finding.citations.is_empty() && finding.severity == Severity::High)
    );
}

#[test]
fn statements_see_no_clock_chance_file_or_second_statement() {
    for (sql, told) in [
        ("SELECT now() AS subject", "now"),
        ("SELECT random()::VARCHAR AS subject", "random"),
        ("SELECT current_date::VARCHAR AS subject", "current_date"),
        (
            "SELECT content AS subject FROM read_text('/etc/passwd')",
            "read_text",
        ),
        ("SELECT * FROM '/etc/passwd'", "passwd"),
        ("ATTACH '/tmp/x.db'", "SELECT"),
        (
            "SELECT 'a' AS subject; SELECT 'b' AS subject",
            "one statement",
        ),
        ("SELECT getenv('HOME') AS subject", "getenv"),
        ("INSERT INTO base.meta VALUES ('a', 'b')", "SELECT"),
    ] {
        let rule = format!(
            "{{id: S01, title: t, severity: low, channel: policy, family: secret, sql: {}}}",
            serde_json::to_string(sql).unwrap()
        );
        let (found, lacks) = by_own_rule(&rule, &[]);
        assert!(found.is_empty(), "{sql}");
        assert!(
            lacks
                .iter()
                .any(|lack| lack.contains("S01") && lack.contains(told)),
            "{sql}: {lacks:?}"
        );
    }
}

#[test]
fn sigma_rules_find_what_they_describe_and_none_is_left_out_silently() {
    let rules = "title: Role binding by the pipeline
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: create, resource: rolebindings, username|endswith: ':github-deployer'}
  condition: selection
level: high
---
title: Secret of payments in Vault
logsource: {product: vault, service: audit}
detection:
  selection: {request.path|startswith: 'secret/data/payments/'}
  condition: selection
level: medium
---
title: Looks ahead
logsource: {product: vault}
detection:
  selection: {request.path|re: '(?=secret)'}
  condition: selection
---
title: Another planet
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '.exe'}
  condition: selection
";
    let (found, lacks) = by_own_rule(
        "{id: S01, title: shared detections, sigma: ['rules/*.yml']}",
        &[("rules/shop.yml", rules)],
    );
    // Pods' reads are tied to the release; what the pipeline did is nobody's.
    let secret = found
        .iter()
        .find(|finding| finding.title.contains("Secret of payments"))
        .unwrap();
    assert_eq!((secret.severity, secret.count), (Severity::Medium, 20.0));
    assert!(!secret.citations.is_empty());
    let told = lacks.join("; ");
    assert!(
        told.contains("Looks ahead") && told.contains("Another planet"),
        "{told}"
    );
}
