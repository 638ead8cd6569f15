//! The whole file: the three policies that exist, and every mistake with its place.

use proptest::prelude::*;

use super::*;

const SAMPLE: &str = include_str!("../../../sample-data/policy.yaml");
/// The example of reference/domain.md 4.3, byte for byte.
const DOMAIN: &str = include_str!("tests/domain.yaml");
const DAY: i64 = 86_400_000_000_000;

pub(super) fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// The smallest policy, with more lines after it.
pub(super) fn with(more: &str) -> String {
    let level =
        "{chain_min: C2, instance_coverage: 0.5, soak: 1h, min_requests: 5, sample_review: 0}";
    format!(
        "apiVersion: assurance/v1\nkind: Policy\nmetadata: {{name: n, version: 1, owner: o}}\n\
         tiers:\n  critical: {level}\n  high: {level}\n  medium: {level}\n  low: {level}\n{more}"
    )
}

/// Lines before `more`.
pub(super) const BEFORE: usize = 8;

/// `line ‹what stands there› path mistake` of every mistake, with lines counted from `more`'s first:
/// columns are told by what they point at.
fn mistakes(more: &str) -> Vec<String> {
    let text = with(more);
    let errors = Policy::parse(&text).expect_err("mistakes");
    let told = |e: &PolicyError| {
        let line = text.lines().nth(e.line - 1).expect("a line of the file");
        let rest = line.chars().skip(e.column - 1);
        let is_word = |l: &char| l.is_alphanumeric() || "_-.+".contains(*l);
        let word: String = rest.clone().take_while(is_word).collect();
        let there = if word.is_empty() {
            rest.take(1).collect()
        } else {
            word
        };
        format!("{} ‹{there}› {} {:?}", e.line - BEFORE, e.path, e.mistake)
    };
    errors.iter().map(told).collect()
}

/// The one mistake of `more`.
pub(super) fn only(more: &str) -> PolicyError {
    let mut errors = Policy::parse(&with(more)).expect_err("a mistake");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.remove(0)
}

#[test]
fn the_sample_is_read_whole() {
    let policy = policy(SAMPLE);
    assert_eq!(
        (policy.name.as_str(), policy.version),
        ("shop-production", 3)
    );
    assert_eq!(policy.defined_at, Some(1_790_812_800_000_000_000));
    assert_eq!(
        policy.expires,
        reader::date("2027-04-01"),
        "throughout the last day"
    );
    assert_eq!(policy.tiers.listed("order-mailer"), Some(Tier::Low));
    assert_eq!(policy.tiers.listed("search"), None);
    let critical = policy.tiers.demands(Tier::Critical).expect("written");
    assert_eq!(
        (critical.chain_min, critical.soak, critical.min_requests),
        (Level::C4, 86_400, 2000)
    );
    assert_eq!(policy.tiers.escalate.len(), 3);
    assert_eq!(policy.keys[0].sha256.len(), 64);
    let ids: Vec<&str> = policy.gates.iter().map(|gate| gate.id.as_str()).collect();
    assert_eq!(ids, ["G01", "G02", "G03", "G04", "G05"]);
    assert_eq!(
        policy.gates[1].when.as_ref().map(Expression::text),
        Some("commit.ai_lines > 0")
    );
    let GateCheck::Attestation(attestation) = &policy.gates[2].check else {
        panic!("{:?}", policy.gates[2].check);
    };
    assert!(attestation.verified && attestation.kind[0].matches("https://slsa.dev/provenance/v1"));
    assert!(!attestation.kind[0].matches("https://spdx.dev/Document"));
    assert!(matches!(
        policy.gates[3].check,
        GateCheck::Approval(Approval {
            approvals_min: 1,
            ..
        })
    ));
    assert_eq!(policy.runtime.len(), 10);
    let Check::Allow(lists) = &policy.runtime[0].check else {
        panic!("{:?}", policy.runtime[0].check);
    };
    let read = |secret: &'static str, principal: Option<&'static str>| {
        lists.covers(|field| match field {
            Field::Secret => Some(secret),
            Field::Principal => principal,
            _ => None,
        })
    };
    assert_eq!(
        read("secret/data/checkout/db", Some("shop/checkout")),
        Truth::True
    );
    assert_eq!(
        read("secret/data/payments/card", Some("shop/checkout")),
        Truth::False
    );
    assert_eq!(read("secret/data/payments/card", None), Truth::False);
    assert_eq!(read("secret/data/checkout/db", None), Truth::Unknown);
    assert_eq!(policy.runtime[6].check, Check::Presence { where_: None });
    assert_eq!(policy.criteria[1].when.rules(), ["R09"]);
    assert_eq!(policy.criteria[1].within, Some(900));
    assert_eq!(
        policy.criteria[4].tiers,
        [Tier::Low, Tier::Medium, Tier::High, Tier::Critical]
    );
    let exception = &policy.exceptions[0];
    let to = |dst| move |field| (field == Field::Dst).then_some(dst);
    assert!(exception.covers(0, to("status.cardnet.example:443")));
    assert!(!exception.covers(0, to("status.cardnet.example:80")));
    assert!(!exception.covers(exception.expires, to("status.cardnet.example:443")));
    assert_eq!(
        exception.expires,
        reader::date("2026-12-31").expect("a date") + DAY
    );
}

#[test]
fn the_example_of_the_method_is_read_whole() {
    let policy = policy(DOMAIN);
    assert_eq!(
        (
            policy.gates.len(),
            policy.runtime.len(),
            policy.criteria.len()
        ),
        (7, 11, 6)
    );
    let GateCheck::Attestation(bill) = &policy.gates[5].check else {
        panic!("{:?}", policy.gates[5].check);
    };
    let kinds: Vec<&str> = bill.kind.iter().map(Predicate::as_str).collect();
    assert_eq!((kinds, bill.verified), (vec!["cyclonedx", "spdx"], false));
    let families: Vec<_> = policy.runtime.iter().map(|rule| rule.family).collect();
    assert_eq!(families[0], Some(Family::Secret), "told by the list");
    assert_eq!(families[2], Some(Family::Network));
    assert_eq!(families[4], None, "a query brings its own");
    assert!(matches!(
        policy.runtime[9].check,
        Check::Sigma {
            own_levels: true,
            ..
        }
    ));
}

#[test]
fn the_built_in_policy_is_read_whole() {
    let policy = Policy::built_in().expect("no mistakes");
    assert_eq!(
        policy.defined_at, None,
        "nobody decided on it before a release"
    );
    assert_eq!(policy.gates[0].absent, Absent::Note);
    assert!(
        policy
            .tiers
            .levels
            .values()
            .all(|demands| demands.chain_min == Level::C2)
    );
    let requests = |tier| {
        policy
            .tiers
            .demands(tier)
            .map(|demands| demands.min_requests)
    };
    assert_eq!(
        (requests(Tier::Critical), requests(Tier::Low)),
        (Some(20), Some(5))
    );
    let stops = |c: &&Criterion| c.action == Action::KillSwitch;
    let kill = policy.criteria.iter().find(stops).expect("one");
    assert_eq!(kill.when.rules(), ["R03", "R01", "R02"]);
    assert_eq!(
        policy.rule("R03").map(|rule| rule.severity),
        Some(Severity::Critical)
    );
    let commented = |id: &str| {
        let lines: Vec<&str> = DEFAULT.lines().collect();
        let at = lines
            .iter()
            .position(|line| *line == format!("  - id: {id}"))
            .expect(id);
        lines[at - 1].starts_with("  # ")
    };
    let ids = policy.gates.iter().map(|gate| &gate.id);
    let ids = ids.chain(policy.runtime.iter().map(|rule| &rule.id));
    for id in ids.chain(policy.criteria.iter().map(|criterion| &criterion.id)) {
        assert!(commented(id), "{id} has no reason above it");
    }
}

#[test]
fn what_was_written_is_kept_with_its_digest() {
    let policy = policy(SAMPLE);
    let whole = "sha256sum sample-data/policy.yaml";
    assert_eq!(
        policy.digest, "82cae3d2d1f4d2c1a66cd37db95b445b2eb5ccfce2f0721be95121bde355471c",
        "{whole}"
    );
    let rule = &policy.runtime[3].source;
    assert!(
        rule.text.starts_with("id: R04\n") && rule.text.ends_with("'vault.platform.svc:8200']")
    );
    assert_eq!(
        rule.line,
        1 + SAMPLE
            .lines()
            .position(|l| l == "  - id: R04")
            .expect("there")
    );
    let flow = &policy.runtime[2].source;
    assert!(flow.text.starts_with("{id: R03,") && flow.text.ends_with("severity: high}"));
    assert_eq!(flow.digest, sha256_hex(flow.text.as_bytes()));
    let commented = SAMPLE.replace("  - id: R04", "  # why\n  - id: R04");
    let again = self::policy(&commented);
    assert_ne!(again.digest, policy.digest);
    assert_eq!(
        again.runtime[3].source.digest, rule.digest,
        "the comment is above the rule"
    );
    assert_eq!(again.runtime[2].source, *flow);
    let commented = SAMPLE.replace("  - id: R05", "  # about the next\n  - id: R05");
    let again = self::policy(&commented);
    assert_eq!(
        again.runtime[3].source, *rule,
        "the comment is below the rule"
    );
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let found = mistakes(
        "gates:
  - {id: G01, title: t, require: {link: requst, class_min: X}}
  - {id: G02, require: {approvals_min: 0, aprover_not: [agent]}, tiers: [crtical]}
runtime:
  - {id: R01, title: t, channel: policy, severity: hihg, family: secret, alow: {secret: x}}
  - {id: R01, title: t, channel: shift, severity: high, metric: error_rate, direction: up, ratio: '2'}
  - {id: R03, title: t, channel: policy, severity: low, sql: ' '}
rollback:
  - {id: B01, when: R01 and R99, action: rollbak, within: 10 minutes}
exceptions:
  - {id: X01, rule: R9, match: {}, granted_by: me}
",
    );
    assert_eq!(
        found,
        [
            "2 ‹requst› gates[G01].require.link UnknownWord",
            "2 ‹X› gates[G01].require.class_min UnknownWord",
            "3 ‹{› gates[G02] MissingKey",
            "3 ‹0› gates[G02].require.approvals_min OutOfRange",
            "3 ‹aprover_not› gates[G02].require.aprover_not UnknownKey",
            "3 ‹crtical› gates[G02].tiers[#1] UnknownWord",
            "5 ‹hihg› runtime[R01].severity UnknownWord",
            "5 ‹alow› runtime[R01].alow UnknownKey",
            "6 ‹{› runtime[R01] MissingKey",
            "6 ‹R01› runtime[R01].id Duplicate",
            "6 ‹'› runtime[R01].ratio WrongType",
            "7 ‹'› runtime[R03].sql Empty",
            "9 ‹R99› rollback[B01].when UnknownReference",
            "9 ‹rollbak› rollback[B01].action UnknownWord",
            "9 ‹10› rollback[B01].within BadTime",
            "11 ‹{› exceptions[X01] OpenException",
            "11 ‹{› exceptions[X01] OpenException",
            "11 ‹R9› exceptions[X01].rule UnknownReference",
            "11 ‹{› exceptions[X01].match Empty",
        ]
    );
}

#[test]
fn a_mistake_reads_like_help() {
    let error = only(
        "runtime:\n  - {id: R1, title: t, channel: novelty, familly: secret, severity: low, family: secret}\n",
    );
    assert_eq!(
        error.to_string(),
        "10:42: runtime[R1].familly: The key `familly` means nothing here. Write `family`."
    );
    let error = only("defined_at: soon\n");
    assert_eq!(
        error.to_string(),
        "9:13: defined_at: `soon` is not a time. Write a date such as `2026-12-31`, or a time such as \
         `2026-12-31T18:00:00Z`."
    );
    let error = only("gates: {}\n");
    assert_eq!(
        error.to_string(),
        "9:8: gates: This must be a list; found a mapping. Begin each entry with `- `."
    );
}

#[test]
fn an_expression_is_pointed_into() {
    let plain = "rollback:\n  - id: B1\n    action: freeze\n    when: ";
    assert_eq!(
        mistakes(&format!("{plain}cover < 1\n")),
        ["4 ‹cover› rollback[B1].when UnknownReference"]
    );
    assert_eq!(
        mistakes(&format!("{plain}'requests & 1'\n")),
        ["4 ‹&› rollback[B1].when Syntax"]
    );
    let folded = only(&format!("{plain}>\n      requests\n      & 1\n"));
    assert!(folded.problem.starts_with("At character 10: "), "{folded}");
}

#[test]
fn keys_that_do_nothing_together_are_mistakes() {
    let rule = |rest: &str| {
        mistakes(&format!(
            "runtime:\n  - {{id: R1, title: t, severity: low, {rest}}}\n"
        ))
    };
    assert_eq!(
        rule("channel: novelty, family: secret, ratio: 2"),
        ["2 ‹ratio› runtime[R1].ratio Conflict"]
    );
    assert_eq!(
        rule("channel: policy, allow: {secret: a, dst: b}"),
        ["2 ‹dst› runtime[R1].allow.dst Conflict"]
    );
    assert_eq!(
        rule("channel: policy, allow: {dst: a}, deny: {dst: b}"),
        ["2 ‹deny› runtime[R1].deny Conflict"]
    );
    assert_eq!(
        rule(
            "channel: shift, metric: latency_p95, direction: up, rel_shift: 0.2, q: 0.05, prob: 0.9"
        ),
        ["2 ‹prob› runtime[R1].prob Conflict"]
    );
    assert_eq!(
        rule("channel: policy"),
        ["2 ‹{› runtime[R1] MissingKey"],
        "of which family?"
    );
    let gate = |rest: &str| mistakes(&format!("gates:\n  - {{id: G1, title: t, {rest}}}\n"));
    assert_eq!(
        gate("require: {link: request, bound_to: any}"),
        ["2 ‹bound_to› gates[G1].require.bound_to Conflict"]
    );
    assert_eq!(
        gate("sql: SELECT 1, require: {link: request}"),
        ["2 ‹sql› gates[G1].sql Conflict"]
    );
    assert_eq!(gate("tiers: [low]"), ["2 ‹{› gates[G1] MissingKey"]);
}

#[test]
fn numbers_out_of_range_are_mistakes() {
    let rate = |rest: &str| {
        mistakes(&format!(
            "runtime:\n  - {{id: R1, title: t, severity: low, channel: shift, metric: error_rate, direction: up, {rest}}}\n"
        ))
    };
    assert_eq!(
        rate("ratio: 1, prob: 0.9"),
        ["2 ‹1› runtime[R1].ratio OutOfRange"]
    );
    assert_eq!(
        rate("ratio: 2, prob: 95"),
        ["2 ‹95› runtime[R1].prob OutOfRange"]
    );
    assert_eq!(
        rate("ratio: .inf, prob: 0.9"),
        ["2 ‹.inf› runtime[R1].ratio WrongType"]
    );
    assert_eq!(
        rate("ratio: nan, prob: 0.9"),
        ["2 ‹nan› runtime[R1].ratio WrongType"]
    );
}

#[test]
fn what_is_no_policy_is_one_mistake() {
    let parse = |text: &str| Policy::parse(text).expect_err("no policy");
    let kinds = |text: &str| {
        parse(text)
            .iter()
            .map(|e| (e.line, e.mistake))
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("a: [1, 2\nb: }"), [(2, Mistake::NotYaml)]);
    assert_eq!(kinds(""), [(1, Mistake::NotYaml)]);
    assert_eq!(kinds("- 1\n- 2\n"), [(1, Mistake::WrongType)]);
    assert_eq!(
        kinds(&format!("{}---\na: 1\n", with(""))),
        [(9, Mistake::NotYaml)]
    );
    assert_eq!(kinds(&"#".repeat(LARGEST + 1)), [(1, Mistake::TooLarge)]);
    assert_eq!(
        kinds(&with("gates: !!python/object []\n")),
        [(9, Mistake::NotYaml)]
    );
    let version = with("")
        .replace("assurance/v1", "assurance/v2")
        .replace("Policy", "Rules");
    assert_eq!(
        kinds(&version),
        [(1, Mistake::Version), (2, Mistake::Version)]
    );
    let missing: Vec<String> = parse("kind: Policy\n")
        .iter()
        .map(|e| e.problem.clone())
        .collect();
    assert_eq!(
        missing,
        [
            "The key `apiVersion` is missing.",
            "The key `metadata` is missing.",
            "The key `tiers` is missing."
        ]
    );
}

#[test]
fn a_key_written_twice_is_a_mistake() {
    let more = "runtime:\n  - {id: R1, title: t, title: u, channel: novelty, family: secret, severity: low}\n";
    assert_eq!(mistakes(more), ["2 ‹title› runtime[#1].title Duplicate"]);
}

#[test]
fn tiers_are_checked() {
    let text = with("").replacen("tiers:", "tiers:\n  services: {web: hihg, 'pay-*': low}\n  escalate: [{reads_secret: true, autonomy: attended}]", 1);
    let text = text.replacen("low: {chain_min: C2,", "lowest: {chain_min: C6,", 1);
    let found: Vec<(String, Mistake)> = Policy::parse(&text)
        .expect_err("mistakes")
        .into_iter()
        .map(|e| (e.path, e.mistake))
        .collect();
    let told = |path: &str, mistake| (path.to_owned(), mistake);
    assert_eq!(
        found,
        [
            told("tiers", Mistake::MissingKey),
            told("tiers.services.web", Mistake::UnknownWord),
            told("tiers.escalate[#1]", Mistake::Conflict),
            told("tiers.lowest", Mistake::UnknownKey),
        ]
    );
    let listed = with("").replacen(
        "tiers:",
        "tiers:\n  services: {'pay-*': low, pay-in: critical}",
        1,
    );
    let tiers = policy(&listed).tiers;
    assert_eq!(tiers.listed("pay-out"), Some(Tier::Low));
    assert_eq!(
        tiers.listed("pay-in"),
        Some(Tier::Critical),
        "an exact name counts before a glob"
    );
}

#[test]
fn aliases_stand_for_what_they_name() {
    let policy = policy(&with(
        "runtime:
  - {id: R1, title: t, channel: policy, severity: low, allow: {dst: &own ['a:1', 'b:2']}}
  - {id: R2, title: t, channel: policy, severity: low, allow: {dst: *own}, service: web}
",
    ));
    let lists = |rule: &Rule| match &rule.check {
        Check::Allow(lists) => lists.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(lists(&policy.runtime[0]), lists(&policy.runtime[1]));
}

#[test]
fn bombs_are_refused() {
    let level = |n: usize| format!("a{n}: &a{n} [{}x]\n", format!("*a{}, ", n - 1).repeat(9));
    let bomb: String = (1..10).map(level).collect();
    let bomb = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{bomb}");
    let errors = Policy::parse(&with(&bomb)).expect_err("a bomb");
    assert_eq!(errors[0].mistake, Mistake::TooLarge, "{}", errors[0]);
    let nested = format!("a: {}{}\n", "[".repeat(3000), "]".repeat(3000));
    assert!(Policy::parse(&with(&nested)).is_err());
    let itself = Policy::parse(&with("gates: &a [*a]\n")).expect_err("a ring");
    assert_eq!(itself[0].mistake, Mistake::NotYaml, "{}", itself[0]);
    let unknown = mistakes("gates: *nothing\n");
    assert!(
        unknown.contains(&"1 ‹*›  NotYaml".to_owned()),
        "{unknown:?}"
    );
}

#[test]
fn a_hostile_file_has_a_bounded_list_of_mistakes() {
    let criteria = "  - {id: B, when: raquests > covarage + tier.min_requestz, action: x}\n";
    let rules = "  - {id: R%, title: t, channel: novelty, family: secret, severity: low}\n";
    let rules: String = (0..2000)
        .map(|n| rules.replace('%', &n.to_string()))
        .collect();
    let text = with(&format!(
        "runtime:\n{rules}rollback:\n{}",
        criteria.repeat(3000)
    ));
    assert!(text.len() < LARGEST);
    let errors = Policy::parse(&text).expect_err("mistakes");
    assert_eq!(errors.len(), error::MOST + 1);
    let last = errors.last().expect("many");
    assert_eq!(last.mistake, Mistake::TooLarge);
    assert!(last.problem.starts_with("At least "), "{last}");
}

#[test]
fn nothing_of_the_file_reaches_the_terminal_raw() {
    let error = only("gates: \"\\e[31mred \\u202e\"\n");
    let shown = error.to_string();
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    assert!(shown.contains("\\u{1b}[31mred"), "{shown}");
}

#[test]
fn paths_stay_in_the_bundle() {
    for path in ["/etc/passwd", "../key.pub", "a/../../b", "~/key", "C:\\key"] {
        let key = format!(
            "keys:\n  - {{id: k, file: '{path}', sha256: '{}', signs: ['*']}}\n",
            "ab".repeat(32)
        );
        assert_eq!(mistakes(&key), ["2 ‹'› keys[k].file BadText"], "{path}");
    }
}

#[test]
fn ids_that_mean_something_are_refused() {
    for id in ["coverage", "and", "C3", "high", "R-1", "1", "secret"] {
        let rule = format!(
            "runtime:\n  - {{id: {id}, title: t, channel: novelty, family: secret, severity: low}}\n"
        );
        assert_eq!(mistakes(&rule).len(), 1, "{id}");
    }
}

#[test]
fn the_nearest_is_near() {
    let known = ["secret", "network", "privilege"];
    assert_eq!(error::nearest("secert", known), Some("secret"));
    assert_eq!(error::nearest("Network", known), Some("network"));
    assert_eq!(error::nearest("database", known), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A cut or overwritten sample is read or refused, never a panic, and always the same way.
    #[test]
    fn damaged_samples_are_told(at in 0..SAMPLE.len(), cut in 0_usize..40, put in r#"[-:{}\[\]&*!|>'"%@`#, \n\ta0é]{0,6}"#) {
        let mut text = String::from_utf8_lossy(&SAMPLE.as_bytes()[..at]).into_owned();
        text.push_str(&put);
        text.push_str(&String::from_utf8_lossy(&SAMPLE.as_bytes()[(at + cut).min(SAMPLE.len())..]));
        let first = Policy::parse(&text);
        if let Err(errors) = &first {
            prop_assert!(!errors.is_empty());
            prop_assert!(errors.iter().all(|e| e.line >= 1 && e.column >= 1 && !e.hint.is_empty()));
            prop_assert!(errors.is_sorted_by_key(|e| (e.line, e.column)));
        }
        prop_assert_eq!(first, Policy::parse(&text));
    }

    #[test]
    fn any_text_is_told(text in r"[ -~\n\té\u{202e}]{0,120}") {
        prop_assert!(Policy::parse(&text).is_err());
    }
}
