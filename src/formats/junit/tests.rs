use super::*;
use crate::formats::testing::{self, Seen, samples};

const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a <testcase/> in a comment -->
<testsuites name="run" time="3">
  <testsuite name="shop" timestamp="2026-03-01T10:00:00" hostname="ci-1" tests="5">
    <properties><property name="a" value="b"/></properties>
    <testcase classname="shop.pay" name="once &amp; only" time="1,001.25" file="src/pay.py" line="7"/>
    <testcase classname="shop.pay" name="twice" time="0.5">
      <failure message="expected 1 &lt; 2" type="AssertionError">Trace &#x41;
at pay.py:9</failure>
      <failure message="second"/>
      <system-out><![CDATA[<error>not one</error>]]></system-out>
    </testcase>
    <testsuite name="inner">
      <testcase name="gone" time="x"><skipped message="not yet"/></testcase>
      <testcase name="broke" timestamp="2026-03-01T11:00:00+01:00"><error><![CDATA[boom
line]]></error></testcase>
      <testcase name="flaky"><flakyFailure message="once"/></testcase>
    </testsuite>
    <error message="teardown"/>
    <system-err>&unknown; & dangling</system-err>
  </testsuite>
</testsuites>
"#;

fn read(bytes: &[u8]) -> Seen {
    testing::parse(&Junit, "x", bytes)
}

fn told(seen: &Seen) -> Vec<String> {
    seen.told(
        "test_result",
        &["suite", "name", "result", "duration_ns", "message"],
    )
}

#[test]
fn a_report_is_read() {
    assert_eq!(testing::sniff(&Junit, REPORT.as_bytes()), CERTAIN);
    let seen = read(REPORT.as_bytes());
    assert_eq!(
        told(&seen),
        [
            "shop.pay|once & only|passed|1001250000000|",
            "shop.pay|twice|failed|500000000|expected 1 < 2",
            "shop/inner|gone|skipped||not yet",
            "shop/inner|broke|error||boom",
            "shop/inner|flaky|passed||",
            "shop||error||teardown",
        ]
    );
    assert!(seen.rejects.is_empty(), "{:?}", seen.rejects);
    let rows = seen.of("test_result");
    assert_eq!(
        (&*rows[0]["file_path"], &*rows[0]["line"], &*rows[0]["host"]),
        ("src/pay.py", "7", "ci-1")
    );
    assert_eq!(rows[1]["details"], "Trace A\nat pay.py:9");
    let times = seen.times("test_result");
    assert_eq!(
        (&*times[0], &*times[3]),
        (
            "2026-03-01T10:00:00.000000000Z",
            "2026-03-01T10:00:00.000000000Z"
        )
    );
}

#[test]
fn a_case_is_cited_from_tag_to_tag() {
    let seen = read(REPORT.as_bytes());
    let span = seen.rows[1].1.span;
    let start = usize::try_from(span.offset).unwrap();
    let end = start + usize::try_from(span.length).unwrap();
    let text = &REPORT[start..end];
    assert!(
        text.starts_with("<testcase classname=\"shop.pay\" name=\"twice\"")
            && text.ends_with("</testcase>")
    );
}

#[test]
fn odd_bytes_do_not_move_citations() {
    let mut bytes =
        b"\xef\xbb\xbf<testsuite><testcase name=\"a\"><failure>\xff\xfe\x01</failure></testcase>"
            .to_vec();
    let start = bytes.len();
    bytes.extend_from_slice(b"<testcase name=\"b\"/></testsuite>");
    let seen = read(&bytes);
    assert_eq!(told(&seen), ["|a|failed||??\u{1}", "|b|passed||"]);
    assert_eq!(
        seen.rows[1].1.span,
        crate::model::Span::new(start as u64, 20)
    );
}

#[test]
fn what_is_torn_is_told() {
    for (text, kept, why) in [
        (
            "<testsuite><testcase name=\"a\"/><testcase name=\"b\"><fail",
            1,
            "broken XML",
        ),
        (
            "<testsuite><testcase name=\"a\"/><testcase name=\"b\">x",
            1,
            "the test case is cut off",
        ),
        (
            "<testsuite><testcase name=\"a\"/>",
            1,
            "the report is cut off",
        ),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!((seen.kept, seen.rejects.len()), (kept, 1), "{text}");
        assert!(
            seen.rejects[0].1.starts_with(why),
            "{text}: {:?}",
            seen.rejects
        );
    }
}

#[test]
fn suites_may_be_deep_and_entities_many() {
    let deep = "<testsuite name=\"a\">".repeat(50_000) + "<testcase name=\"x\"/>";
    assert_eq!(read(deep.as_bytes()).kept, 1);
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><testsuite><testcase name=\"&b;\"><failure>&b;</failure></testcase></testsuite>";
    assert_eq!(told(&read(bomb.as_bytes())), ["|&b;|failed||"]);
}

#[test]
fn a_file_may_end_anywhere() {
    for end in 0..REPORT.len() {
        let _ = read(&REPORT.as_bytes()[..end]);
    }
    let mut bytes = REPORT.as_bytes().to_vec();
    for at in 0..bytes.len() {
        bytes[at] ^= 0x15;
        let _ = read(&bytes);
        bytes[at] ^= 0x15;
    }
}

#[test]
fn samples_are_read_whole() {
    for (path, bytes) in samples("test-results/junit") {
        let format = crate::formats::sniff(&path, &bytes)
            .format
            .map(Format::name);
        assert_eq!(format, Some("junit"), "{path}");
        let seen = read(&bytes);
        assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
        let text = String::from_utf8(bytes).unwrap();
        let mut plain = text.clone();
        while let Some(start) = plain.find("<!--") {
            let end = plain[start..].find("-->").unwrap() + start + 3;
            plain.replace_range(start..end, "");
        }
        let cases = plain.matches("<testcase ").count() as u64;
        assert_eq!(seen.kept, cases, "{path}");
        let of = |result: &str| {
            seen.of("test_result")
                .iter()
                .filter(|row| row["result"] == result)
                .count()
        };
        let failures = plain.matches("<failure").count()
            + plain.matches("<error ").count()
            + plain.matches("<error>").count();
        assert_eq!(of("failed") + of("error"), failures, "{path}");
    }
}
