//! Modules as teams write them, and as somebody writes them who means harm.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn asked_with(modules: &[&str], package: Option<&str>, query: Option<&str>) -> Ruling {
    let input = json!({
        "level": "C2",
        "nodes": [{"kind": "review", "label": "approved by ines"}, {"kind": "build", "label": "run 7"}],
        "missing": [],
    });
    let facts = json!({"as_of_ns": 1_790_812_800_000_000_000_i64});
    let modules: Vec<Module<'_>> = modules
        .iter()
        .zip(["gate.rego", "lib.rego"])
        .map(|(text, name)| Module {
            name,
            text,
            before: 0,
        })
        .collect();
    let question = Question {
        modules: &modules,
        package,
        query,
        input: &input,
        facts: &facts,
    };
    ask(&question, Limits::default())
}

fn asked(text: &str) -> Ruling {
    asked_with(&[text], None, None)
}

fn allowed(text: &str) {
    let ruling = asked(text);
    assert!(
        matches!(ruling, Ruling::Allowed(_)),
        "{text:?} gives {ruling:?}"
    );
}

#[track_caller]
fn denied(text: &str, told: &str) {
    assert_eq!(asked(text), Ruling::Denied(told.to_owned()), "{text:?}");
}

#[track_caller]
fn unknown(text: &str, told: &str) {
    match asked(text) {
        Ruling::Unknown(why) => assert!(why.contains(told), "{text:?} gives {why:?}"),
        ruling => panic!("{text:?} gives {ruling:?}"),
    }
}

#[test]
fn allow_deny_and_violations_are_read_in_every_shape() {
    allowed("package p\nallow if input.level == \"C2\"");
    denied(
        "package p\nallow if input.level == \"C3\"",
        "`allow` is undefined",
    );
    denied(
        "package p\ndefault allow := false\nallow if input.level == \"C3\"",
        "`allow` is false",
    );
    unknown("package p\nallow := \"yes\"", "neither true nor false");
    let set = "package p\ndeny contains msg if { some n in input.nodes; msg := sprintf(\"no %s\", [n.kind]) }";
    denied(set, "no build; no review");
    allowed("package p\ndeny contains msg if { some n in input.missing; msg := n.hop }");
    denied(
        "package p\nviolation[{\"msg\": msg}] { n := input.nodes[_]; n.kind == \"build\"; msg := n.label }",
        "run 7",
    );
    denied(
        "package p\nviolations[k] := v if { some n in input.nodes; k := n.kind; v := {\"reason\": n.label} }",
        "build: run 7; review: approved by ines",
    );
    denied("package p\ndeny := true", "`deny` is true");
    denied("package p\nallow := true\ndeny := \"why\"", "why");
    // What is declared and never holds forbids nothing; what is not declared says nothing.
    allowed("package p\ndeny := \"why\" if input.level == \"C9\"");
    unknown("package p\nother := true", "data.p declares none of allow");
}

#[test]
fn the_grammar_before_opa_1_is_read_too() {
    allowed("package p\nallow { input.level == \"C2\" }");
    denied(
        "package p\ndeny[msg] { n := input.nodes[_]; n.kind == \"build\"; sprintf(\"%v!\", [n.kind], msg) }",
        "build!",
    );
}

#[test]
fn packages_queries_and_several_modules_are_told_apart() {
    let (gate, lib) = (
        "package gate\nallow if data.lib.fits(input.level)\nworst := [] if input.level",
        "package lib\nfits(level) if level in {\"C2\", \"C3\"}\nallow := false",
    );
    // The engine does not follow an import to a function; it says so.
    let imported = "package gate\nimport data.lib\nallow if lib.fits(input.level)";
    let ruling = asked_with(&[imported, lib], None, None);
    assert!(
        matches!(&ruling, Ruling::Unknown(why) if why.contains("lib.fits")),
        "{ruling:?}"
    );
    let by = |package, query| asked_with(&[gate, lib], package, query);
    assert!(matches!(by(None, None), Ruling::Allowed(_)));
    assert!(matches!(by(Some("gate"), None), Ruling::Allowed(_)));
    assert!(matches!(by(Some("data.lib"), None), Ruling::Denied(_)));
    assert!(matches!(by(Some("lib"), Some("allow")), Ruling::Denied(_)));
    assert!(matches!(
        by(None, Some("data.gate.worst")),
        Ruling::Allowed(_)
    ));
    let Ruling::Unknown(why) = by(Some("gat"), None) else {
        panic!("a package that is not there was asked");
    };
    assert!(why.contains("data.gate, data.lib"), "{why}");
    assert!(matches!(
        by(None, Some("data.gate.none")),
        Ruling::Unknown(_)
    ));
}

#[test]
fn what_is_not_in_the_evidence_is_refused_by_name() {
    for (name, call) in [
        ("http.send", "http.send({\"url\": \"http://x\"})"),
        ("http.send", "http[\"send\"]({\"url\": \"http://x\"})"),
        ("time.now_ns", "time.now_ns ()"),
        ("rand.intn", "rand.intn(\"a\", 5)"),
        ("opa.runtime", "opa.runtime()"),
        ("uuid.rfc4122", "uuid.rfc4122(\"a\")"),
        ("net.lookup_ip_addr", "net.lookup_ip_addr(\"x\")"),
    ] {
        // Even where the evidence never leads to it.
        let text =
            format!("package p\n# a\ndeny contains 1 if {{ input.level == \"C9\"; {call} }}");
        unknown(&text, &format!("gate.rego:3: {name} is refused"));
    }
    allowed("package p\n# http.send(x)\nallow if \"time.now_ns()\" != `rand.intn(1, 2)`");
    // The engine's own guard, for what words do not show.
    unknown(
        "package p\nallow if { f(\"a\") with f as http.send }\nf(x) := true",
        "http",
    );
    unknown("package p\nallow if io.jwt.decode(\"a\")", "gate.rego:2");
}

#[test]
fn documents_that_nobody_gave_are_not_silently_undefined() {
    for text in [
        "package p\ndeny contains 1 if data.exceptions.x",
        "package p\nimport data.lib\ndeny contains 1 if lib.x",
        "package p\ndeny contains 1 if data[\"lib\"].x",
        "package p\ndeny contains 1 if { some x in data; x }",
    ] {
        unknown(text, "which was not given");
    }
    allowed("package p\nallow if { data.p.x; not input.a[0].data.b }\nx := true");
    allowed(
        "package p\nallow if time.parse_rfc3339_ns(\"2026-10-01T00:00:00Z\") <= data.shipwake.as_of_ns",
    );
}

#[test]
fn a_release_does_not_pass_by_a_failed_call() {
    let text = "package p\ndeny contains 1 if time.parse_rfc3339_ns(input.level) > 5";
    unknown(text, "passes only because of a failed call");
    // It fails whether or not another call failed too.
    denied(
        &format!("{text}\ndeny contains \"bad\" if input.level"),
        "bad",
    );
}

#[test]
fn faults_have_the_line_of_the_file_that_was_written() {
    unknown(
        "package p\n\nallow if {\n  nope(1)\n}",
        "gate.rego:4: could not find function nope",
    );
    unknown("package p\nallow if {\n  ( 1\n}", "gate.rego:");
    unknown("allow := true", "no line `package");
    let (input, facts) = (json!({}), json!({}));
    let module = Module {
        name: "policy",
        text: "package p\nallow if nope(1)",
        before: 40,
    };
    let question = Question {
        modules: &[module],
        package: None,
        query: None,
        input: &input,
        facts: &facts,
    };
    let Ruling::Unknown(why) = ask(&question, Limits::default()) else {
        panic!("an unknown function was called");
    };
    assert!(why.starts_with("policy:42: "), "{why}");
}

#[test]
fn loops_and_bombs_end() {
    let loops = "package p\nr := numbers.range(1, 100000)\ndeny contains 1 if { some i in r; some j in r; i * j == -3 }";
    let began = std::time::Instant::now();
    unknown(loops, "longer than 2000 ms");
    assert!(began.elapsed() < Duration::from_secs(6));
    for bomb in [
        "allow if count(numbers.range(0, 9000000000000000000)) > 3",
        "allow if count(sprintf(\"%900000000d\", [1])) > 3",
        "allow if bits.lsh(1, 4000000000) > 3",
        "r := numbers.range(1, 100000)\ns := concat(\"\", [\"aaaaaaaaaa\" | some i in r])\nallow if count([t | some i in r; t := replace(s, \"a\", \"bbbb\")]) > 3",
        "allow if count(graph.reachable_paths({\"a\": [\"a\"]}, [\"a\"])) > 3",
    ] {
        unknown(
            &format!("package p\n{bomb}"),
            "more than this evaluation may hold",
        );
    }
    unknown(
        &format!("package p\n#{}", " ".repeat(LARGEST)),
        "larger than is read",
    );
    let mut many = "package p\n".to_owned();
    for rule in 0..3_000 {
        let _ = writeln!(many, "x{rule} := 1");
    }
    unknown(&many, "rules");
    // Doubling without a call: the value is shared in memory, and endless as text.
    let mut shared = "package p\nx0 := [1]\n".to_owned();
    for at in 1..40 {
        let _ = writeln!(shared, "x{at} := [x{0}, x{0}]", at - 1);
    }
    unknown(&format!("{shared}deny := x39"), "larger than is read");
}

#[test]
fn rules_that_hang_on_one_another_do_not_exhaust_the_stack() {
    let mut text = "package p\nf0(x) := x\n".to_owned();
    for at in 1..1_900 {
        let _ = writeln!(text, "f{at}(x) := y if {{ y := f{}(x) }}", at - 1);
    }
    allowed(&format!("{text}allow if f1899(1) == 1"));
}

#[test]
fn messages_are_bounded_and_harmless() {
    denied(
        "package p\ndeny := \"a\\u001b[31mb\\nc\\u202e\"",
        "a\\u{1b}[31mb\\nc\\u{202e}",
    );
    let Ruling::Denied(told) =
        asked("package p\ndeny contains x if some x in numbers.range(1, 99)")
    else {
        panic!("nothing was denied");
    };
    assert!(told.ends_with("; and 89 more"), "{told}");
    let Ruling::Denied(told) =
        asked("package p\ndeny := concat(\"\", [\"long \" | some _ in numbers.range(1, 999)])")
    else {
        panic!("nothing was denied");
    };
    assert_eq!(told.chars().count(), LONGEST_MESSAGE + 1);
}

#[test]
fn bounded_calls_give_what_the_engine_gives() {
    allowed(
        "package p\nallow if {\n  count(json.marshal(input)) > 3\n  lower(\"ABC\") == \"abc\"\n  \
         base64.decode(base64.encode(\"a\")) == \"a\"\n  replace(\"aba\", \"a\", \"c\") == \"cbc\"\n  \
         split(\"a.b\", \".\") == [\"a\", \"b\"]\n  concat(\",\", {\"a\", \"b\"}) == \"a,b\"\n  \
         sprintf(\"%d-%s-%v\", [1, \"x\", [true]]) == \"1-x-[true]\"\n  \
         numbers.range(3, 1) == [3, 2, 1]\n  numbers.range_step(0, 4, 2) == [0, 2, 4]\n  \
         array.concat([1], [2]) == [1, 2]\n  object.union({\"a\": 1}, {\"b\": 2}) == {\"a\": 1, \"b\": 2}\n  \
         bits.lsh(1, 4) == 16\n  regex.replace(\"aab\", \"a+\", \"c\") == \"cb\"\n  \
         strings.replace_n({\"a\": \"b\"}, \"aa\") == \"bb\"\n  trim_prefix(\"v1\", \"v\") == \"1\"\n  \
         substring(\"abc\", 1, -1) == \"bc\"\n  walk(input, [_, \"review\"])\n}",
    );
}

#[test]
fn rules_of_a_module_are_named() {
    let text = "# c\npackage a.b\n\nimport rego.v1\n\ndefault allow := false\n\nallow if {\n  helper(1)\n}\n\nhelper(x) if x\n\ndeny contains 1 if true\n";
    assert_eq!(package(text).as_deref(), Some("data.a.b"));
    assert_eq!(rules(text), ["allow", "helper", "deny"]);
    assert_eq!(package("allow := true"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_without_end_or_panic(text in "(package p\n)?([a-z\\[\\]{}()\"`#.:= \n|\\\\]|data|http\\.send|é){0,200}") {
        let seen = scan::read(&text);
        let _ = (seen.refused(), seen.foreign(&["data.p"]), rules(&text));
        prop_assert!(!matches!(asked(&text), Ruling::Allowed(_)) || text.contains("allow") || text.contains("deny") || text.contains("violation"));
    }
}
