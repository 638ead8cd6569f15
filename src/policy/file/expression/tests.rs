//! Values by hand, and Kleene's tables against an oracle that tries both truths of every unknown.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::words::{Channel, Family, Level, Severity};
use super::*;

const SECOND: i64 = 1_000_000_000;

fn ids() -> Ids {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Ids {
        rules: set(&["R01", "R02", "R07", "R09"]),
        gates: set(&["G03"]),
    }
}

fn read(text: &str) -> Expression {
    parse(text, Scope::Criterion, &ids()).expect(text)
}

/// The faults of `text` as `byte kind`.
fn faults(text: &str, scope: Scope) -> Vec<(usize, Mistake)> {
    let faults = parse(text, scope, &ids()).expect_err(text);
    faults
        .iter()
        .map(|fault| (fault.at, fault.mistake))
        .collect()
}

#[derive(Default)]
struct Known {
    names: BTreeMap<&'static str, Value>,
    rules: BTreeMap<String, Truth>,
    sustained: Vec<(Vec<String>, i64)>,
    findings: Vec<(Severity, Option<bool>)>,
}

impl Facts for Known {
    fn name(&self, path: &str) -> Value {
        self.names.get(path).cloned().unwrap_or(Value::Unknown)
    }

    fn rule(&self, id: &str) -> Truth {
        self.rules.get(id).copied().unwrap_or(Truth::Unknown)
    }

    fn gate(&self, id: &str) -> Truth {
        self.rule(id)
    }

    fn sustained(&self, rules: &[&str], seconds: i64) -> Truth {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        self.sustained.contains(&(rules, seconds)).into()
    }

    fn count(&self, filter: &CountFilter) -> Value {
        let passes = |(severity, explained): &&(Severity, Option<bool>)| {
            let finding = Counted {
                severity: *severity,
                family: Family::Secret,
                channel: Channel::Novelty,
                rule: "R01",
                explained: *explained,
            };
            filter.accepts(&finding) == Truth::True
        };
        let count = self.findings.iter().filter(passes).count();
        Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

fn known(names: &[(&'static str, Value)]) -> Known {
    Known {
        names: names.iter().cloned().collect(),
        ..Known::default()
    }
}

#[test]
fn the_left_behind_instance_of_the_sample() {
    let condition = read("instance_digest_mixed and deploy.finished + 15m < as_of");
    let mut facts = known(&[
        ("instance_digest_mixed", Value::Bool(true)),
        ("deploy.finished", Value::Time(1_000 * SECOND)),
        ("as_of", Value::Time(1_900 * SECOND)),
    ]);
    let at_the_edge = condition.evaluate(&facts);
    assert_eq!(
        at_the_edge.truth,
        Truth::False,
        "not before the fifteen minutes are over"
    );
    let margin = at_the_edge.margin().expect("the times decided");
    assert_eq!((margin.distance, margin.unit), (0.0, Unit::Seconds));

    facts.names.insert("as_of", Value::Time(2_500 * SECOND));
    let later = condition.evaluate(&facts);
    assert_eq!(later.truth, Truth::True);
    let margin = later.margin().expect("the times decided");
    assert_eq!(margin.text, "deploy.finished + 15m < as_of");
    assert_eq!(
        (margin.left, margin.right, margin.distance),
        (1_900.0, 2_500.0, 600.0)
    );

    facts.names.remove("deploy.finished");
    let blind = condition.evaluate(&facts);
    assert_eq!(blind.truth, Truth::Unknown);
    assert_eq!(blind.unknown, ["deploy.finished"]);
    assert!(blind.margins.is_empty());

    facts
        .names
        .insert("instance_digest_mixed", Value::Bool(false));
    assert_eq!(
        condition.evaluate(&facts).truth,
        Truth::False,
        "false and unknown is false"
    );
}

#[test]
fn a_margin_is_negative_by_what_is_missing() {
    let condition = read("coverage < tier.instance_coverage");
    let facts = known(&[
        ("coverage", Value::Float(0.99)),
        ("tier.instance_coverage", Value::Float(0.95)),
    ]);
    let outcome = condition.evaluate(&facts);
    assert_eq!(outcome.truth, Truth::False);
    let distance = outcome.margin().expect("decided by numbers").distance;
    assert!((distance + 0.04).abs() < 1e-12, "{distance}");
}

#[test]
fn only_what_decided_has_a_margin() {
    let facts = known(&[
        ("requests", Value::Int(10)),
        ("coverage", Value::Float(0.5)),
    ]);
    let margins = |text: &str| -> Vec<(String, f64)> {
        let outcome = read(text).evaluate(&facts);
        outcome
            .margins
            .into_iter()
            .map(|m| (m.text, m.distance))
            .collect()
    };
    let one = |text: &str, distance: f64| vec![(text.to_owned(), distance)];
    assert_eq!(
        margins("requests > 4 and coverage > 0.75"),
        one("coverage > 0.75", -0.25)
    );
    assert_eq!(
        margins("requests > 4 or coverage > 0.75"),
        one("requests > 4", 6.0)
    );
    assert_eq!(margins("not requests > 4"), one("requests > 4", 6.0));
    assert_eq!(margins("requests == 10"), [], "equality has no margin");
    let both = read("requests >= 7 and requests < 11 and coverage < 0.6").evaluate(&facts);
    assert_eq!(both.margins.len(), 3);
    assert_eq!(both.margin().expect("three").text, "requests < 11");
}

#[test]
fn sustained_is_about_the_rules_that_are_named() {
    let condition = read("(R09 or R07 or R09) and sustained(10m)");
    assert_eq!(condition.rules(), ["R09", "R07"]);
    let mut facts = Known::default();
    facts.rules.insert("R09".to_owned(), Truth::True);
    assert_eq!(condition.evaluate(&facts).truth, Truth::False);
    let named = vec!["R09".to_owned(), "R07".to_owned()];
    facts.sustained.push((named, 600));
    assert_eq!(condition.evaluate(&facts).truth, Truth::True);
}

#[test]
fn findings_are_counted() {
    let condition = read("count(severity>=high, unexplained) >= 2");
    let mut facts = Known {
        findings: vec![
            (Severity::Critical, Some(false)),
            (Severity::High, Some(true)),
            (Severity::Medium, Some(false)),
            (Severity::High, None),
        ],
        ..Known::default()
    };
    let outcome = condition.evaluate(&facts);
    assert_eq!(outcome.truth, Truth::False);
    assert_eq!(
        outcome.margin().map(|m| (m.left, m.distance)),
        Some((1.0, -1.0))
    );
    facts.findings.push((Severity::High, Some(false)));
    assert_eq!(condition.evaluate(&facts).truth, Truth::True);
    assert_eq!(read("count() == 5").evaluate(&facts).truth, Truth::True);
    assert_eq!(
        read("count(rule!=R01) == 0").evaluate(&facts).truth,
        Truth::True
    );
}

#[test]
fn and_binds_more_than_or_and_not_more_than_and() {
    let mut facts = Known::default();
    for (rule, truth) in [("R01", true), ("R02", false), ("R07", false)] {
        facts.rules.insert(rule.to_owned(), truth.into());
    }
    let truth = |text: &str| read(text).evaluate(&facts).truth;
    assert_eq!(truth("R01 or R02 and R07"), Truth::True);
    assert_eq!(truth("(R01 or R02) and R07"), Truth::False);
    assert_eq!(truth("not R02 and R07"), Truth::False);
    assert_eq!(truth("NOT (R02 AND R07)"), Truth::True);
}

#[test]
fn levels_severities_and_texts_compare() {
    let facts = known(&[
        ("chain_level", Value::Level(Level::C2)),
        ("tier.chain_min", Value::Level(Level::C4)),
        ("worst_severity", Value::Severity(Severity::High)),
        ("tier", Value::Text("critical".to_owned())),
    ]);
    let outcome = |text: &str| read(text).evaluate(&facts);
    let level = outcome("chain_level < tier.chain_min");
    assert_eq!(level.truth, Truth::True);
    assert_eq!(
        level.margin().map(|m| (m.distance, m.unit)),
        Some((2.0, Unit::Levels))
    );
    assert_eq!(outcome("worst_severity >= medium").truth, Truth::True);
    assert_eq!(outcome("tier == 'critical'").truth, Truth::True);
    assert_eq!(outcome("chain_level >= C3").truth, Truth::False);
}

#[test]
fn facts_that_are_no_numbers_are_unknown_not_verdicts() {
    for value in [
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
        Value::Text("9".to_owned()),
    ] {
        let outcome = read("requests < 10").evaluate(&known(&[("requests", value)]));
        assert_eq!(outcome.truth, Truth::Unknown);
        assert_eq!(outcome.unknown, ["requests"]);
    }
    let late = known(&[("as_of", Value::Time(i64::MAX))]);
    assert_eq!(
        read("as_of + 1s > deploy.started").evaluate(&late).truth,
        Truth::Unknown
    );
}

#[test]
fn large_whole_numbers_are_compared_exactly() {
    let facts = known(&[("requests", Value::Int(9_007_199_254_740_993))]);
    assert_eq!(
        read("requests > 9007199254740992").evaluate(&facts).truth,
        Truth::True
    );
}

#[test]
fn times_and_durations_are_read() {
    let facts = known(&[
        ("deploy.started", Value::Time(1_790_812_800 * SECOND)),
        ("as_of", Value::Time(1_790_812_809 * SECOND + SECOND / 2)),
    ]);
    let truth = |text: &str| read(text).evaluate(&facts).truth;
    // 2026-10-01T00:00:00Z by `date -u -d @1790812800`.
    assert_eq!(truth("deploy.started == 2026-10-01"), Truth::True);
    assert_eq!(
        truth("deploy.started == 2026-10-01T02:00:00+02:00"),
        Truth::True
    );
    assert_eq!(
        truth("deploy.started == 2026-10-01T00:00:10Z-10s"),
        Truth::True
    );
    assert_eq!(
        truth("as_of - deploy.started >= 10s"),
        Truth::False,
        "9.5 s are not 10 s"
    );
}

#[test]
fn faults_know_their_place() {
    use Mistake::{BadTime, Syntax, TooLarge, Types, UnknownReference, UnknownWord};
    let criterion = |text: &str| faults(text, Scope::Criterion);
    assert_eq!(
        criterion("R01 or R99 and covrage < 1"),
        [(7, UnknownReference), (15, UnknownReference)]
    );
    assert_eq!(criterion("R01 R02"), [(4, Syntax)]);
    assert_eq!(criterion("R01 and"), [(7, Syntax)]);
    assert_eq!(criterion("(R01"), [(4, Syntax)]);
    assert_eq!(criterion("R01 && R02"), [(4, Syntax)]);
    assert_eq!(criterion("requests = 3"), [(9, Syntax)]);
    assert_eq!(criterion("0 < requests < 3"), [(13, Syntax)]);
    assert_eq!(criterion("requests"), [(0, Types)]);
    assert_eq!(criterion("R01 and requests"), [(8, Types)]);
    assert_eq!(criterion("as_of < 3"), [(6, Types)]);
    assert_eq!(criterion("as_of + deploy.started < as_of"), [(6, Types)]);
    assert_eq!(criterion("tier == critical"), [(5, Types)]);
    assert_eq!(criterion("tier < 'high'"), [(5, Types)]);
    assert_eq!(criterion("sustained(10m)"), [(0, Syntax)], "of which rule?");
    assert_eq!(criterion("R01 and sustained(10)"), [(18, Syntax)]);
    assert_eq!(criterion("R01 and sustained(10min)"), [(18, BadTime)]);
    assert_eq!(criterion("count(severity>=hihg) > 1"), [(16, UnknownWord)]);
    assert_eq!(criterion("count(rule==R98) > 1"), [(12, UnknownReference)]);
    assert_eq!(criterion("as_of > 2026-10-01T99:00:00Z"), [(8, BadTime)]);
    assert_eq!(criterion("'open"), [(0, Syntax)]);
    assert_eq!(criterion(""), [(0, Syntax)]);
    assert_eq!(
        criterion(&format!("{}R01", "not ".repeat(40))),
        [(132, TooLarge)]
    );
    assert_eq!(
        criterion(&format!("{}R01", "(".repeat(40))),
        [(33, TooLarge)]
    );
    assert_eq!(criterion(&"R01 or ".repeat(300)), [(512 / 2 * 7, TooLarge)]);
    assert_eq!(criterion(&"x".repeat(LONGEST + 1)), [(0, TooLarge)]);
    assert_eq!(
        faults("R01", Scope::Gate),
        [(0, UnknownReference)],
        "gates come before rules"
    );
    assert_eq!(faults("severity >= high", Scope::Behaviour), [(9, Types)]);
}

#[test]
fn the_nearest_name_is_offered() {
    let faults = parse("covrage < 1", Scope::Criterion, &ids()).expect_err("misspelt");
    assert_eq!(
        faults[0].hint,
        "Write `coverage`, if that is what is meant."
    );
}

#[test]
fn names_are_sorted_out() {
    let mut paths: Vec<_> = NAMES.iter().map(|name| name.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), NAMES.len());
}

/// A condition over R01, R02, R07, R09 as text.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["R01", "R02", "R07", "R09"]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("not ({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) or ({b})")),
        ]
    })
}

fn truths() -> impl Strategy<Value = Vec<Truth>> {
    prop::collection::vec(
        prop::sample::select(vec![Truth::True, Truth::False, Truth::Unknown]),
        4,
    )
}

fn with(truths: &[Truth]) -> Known {
    let rules = ["R01", "R02", "R07", "R09"].map(str::to_owned);
    Known {
        rules: rules.into_iter().zip(truths.iter().copied()).collect(),
        ..Known::default()
    }
}

proptest! {
    /// Kleene: a known answer stays, however the unknown truths turn out.
    #[test]
    fn a_known_answer_holds_whatever_is_learnt(text in condition(), truths in truths(), bits in 0_u8..16) {
        let condition = read(&text);
        let outcome = condition.evaluate(&with(&truths));
        let learnt: Vec<Truth> = truths
            .iter()
            .enumerate()
            .map(|(i, truth)| match truth {
                Truth::Unknown => (bits >> i & 1 == 1).into(),
                known => *known,
            })
            .collect();
        let later = condition.evaluate(&with(&learnt)).truth;
        prop_assert_ne!(later, Truth::Unknown);
        prop_assert!(outcome.truth == Truth::Unknown || outcome.truth == later);
        prop_assert_eq!(outcome.truth == Truth::Unknown, !outcome.unknown.is_empty());
    }

    /// De Morgan holds in Kleene's logic.
    #[test]
    fn not_turns_and_into_or(a in condition(), b in condition(), truths in truths()) {
        let facts = with(&truths);
        let left = read(&format!("not (({a}) and ({b}))")).evaluate(&facts).truth;
        let right = read(&format!("not ({a}) or not ({b})")).evaluate(&facts).truth;
        prop_assert_eq!(left, right);
    }

    #[test]
    fn no_text_panics(text in r"[ -~éß\u{202e}]{0,60}", scope in 0_usize..3) {
        let scope = [Scope::Criterion, Scope::Gate, Scope::Behaviour][scope];
        if let Err(faults) = parse(&text, scope, &ids()) {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| text.is_char_boundary(fault.at)));
        }
    }

    #[test]
    fn no_words_panic(words in prop::collection::vec(prop::sample::select(vec![
        "R01", "and", "or", "not", "(", ")", "<", "==", "-", "+", "3", "10m", "as_of", "requests",
        "count(", "sustained(", "severity", "high", ",", "'x'", "2026-10-01", "C3", "unexplained",
    ]), 0..24)) {
        let text = words.join(" ");
        if let Ok(expression) = parse(&text, Scope::Criterion, &ids()) {
            let _ = expression.evaluate(&Known::default());
        }
    }
}
