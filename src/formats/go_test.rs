//! `go test -json`: test events, one JSON object a line.
//!
//! Source: `go doc test2json` and `go help buildjson` (Go 1.10 to 1.25). A test starts (`run`), prints
//! (`output`), may wait (`pause`, `cont`) and ends (`pass`, `fail`, `skip`); each end becomes a row. A
//! failed test has what it printed since the start of the chunk, without go's own lines. A package
//! ends too: that repeats its tests, so it has a row only where it failed and none of its tests did, as
//! when it panics or does not compile (`build-fail`). A test with subtests fails with them and is told
//! as well, as go tells it.
//!
//! Lines that are no JSON occur, where a tool or a test wrote past the harness: they are counted and
//! rejected one by one. What it is not: coverage, or the output of `gotestsum --junitfile`.

use std::collections::{HashMap, HashSet};

use serde::de::IgnoredAny;
use serde_json::Value;

use super::read::json::{self, Outcome};
use super::read::{self, Item, TEXT_LIMIT, cut, field};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek};
use crate::model::delivery::TestResult;
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// What running tests may have printed, all together.
const OUTPUT_LIMIT: usize = 64 << 20;

/// `go test -json`.
pub struct GoTest;

impl Format for GoTest {
    fn name(&self) -> &'static str {
        "go_test"
    }

    fn about(&self) -> &'static str {
        "Go test events: go test -json ./... > tests.json"
    }

    fn unit(&self) -> &'static str {
        "event"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["test_result"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`Action` such as `run` or `pass`, with `Package` or `ImportPath`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"Time":"2026-03-03T14:02:07Z","Action":"run","Package":"acme.example/shop/pay","Test":"TestOnce"}
{"Time":"2026-03-03T14:02:08Z","Action":"pass","Package":"acme.example/shop/pay","Test":"TestOnce","Elapsed":1}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        let event = |value: &Value| {
            let action = field::text(value, "/Action").unwrap_or_default();
            let known = [
                "start",
                "run",
                "pause",
                "cont",
                "pass",
                "bench",
                "fail",
                "output",
                "skip",
                "attr",
                "build-output",
                "build-fail",
                "artifacts",
            ];
            let of = value.get("Package").or_else(|| value.get("ImportPath"));
            known.contains(&action) && of.is_some_and(Value::is_string)
        };
        match (peek.share(event), peek.values.len()) {
            (share, 3..) if share >= 80 => CERTAIN,
            (share, _) if share >= 50 => LIKELY,
            _ => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut run = Run::default();
        for item in read::values::<IgnoredAny>(chunk) {
            sink.read(1);
            match item {
                Item::Value(_, span, bytes) => {
                    let outcome = match json::value(bytes) {
                        Ok(value) => run.event(&value, span, sink),
                        Err(why) => Outcome::Rejected(why),
                    };
                    outcome.tally(span, sink);
                }
                Item::Broken(span, why) => sink.reject(span, &why),
            }
        }
    }
}

/// Package and test; a package itself has no test.
type Key = (String, String);

/// What the events of a chunk have told so far.
#[derive(Default)]
struct Run {
    output: HashMap<Key, String>,
    printed: usize,
    /// Packages in which a test failed.
    failed: HashSet<String>,
}

impl Run {
    fn event(&mut self, value: &Value, span: Span, sink: &mut dyn Sink) -> Outcome {
        let Some(action) = field::text(value, "/Action") else {
            return Outcome::Rejected("no `Action`".to_owned());
        };
        let package = field::text(value, "/Package").or_else(|| field::text(value, "/ImportPath"));
        let (package, test) = (
            package.unwrap_or_default(),
            field::text(value, "/Test").unwrap_or_default(),
        );
        let key = || (package.to_owned(), test.to_owned());
        let result = match action {
            "output" | "build-output" => {
                self.print(key(), field::text(value, "/Output").unwrap_or_default());
                return Outcome::Ignored("output");
            }
            "start" | "run" | "pause" | "cont" => return Outcome::Ignored("start or pause"),
            "pass" | "bench" => "passed",
            "skip" => "skipped",
            "fail" => "failed",
            "build-fail" => "error",
            _ => return Outcome::Ignored("unknown action"),
        };
        let output = self.output.remove(&key());
        self.printed -= output.as_ref().map_or(0, String::len);
        if test.is_empty() && result != "error" {
            let told = value.get("FailedBuild").is_some() || self.failed.contains(package);
            if result != "failed" || told {
                return Outcome::Ignored("package as a whole");
            }
        } else if result == "failed" || result == "error" {
            self.failed.insert(package.to_owned());
        }
        let output = output.filter(|_| result != "passed").unwrap_or_default();
        let said: Vec<&str> = output.lines().filter(|line| !is_own(line)).collect();
        let place = said.iter().find_map(|line| place(line));
        let details = said.join("\n");
        let message = said
            .iter()
            .map(|line| line.trim())
            .find(|line| !line.is_empty());
        let seconds = value.get("Elapsed").and_then(Value::as_f64);
        let row = TestResult {
            tool: Some("go".into()),
            suite: Some(package.into()),
            name: (!test.is_empty()).then(|| test.into()),
            result: Some(result.into()),
            duration_ns: seconds.and_then(time::seconds_float),
            message: message.map(Into::into),
            details: message.map(|_| details.as_str().into()),
            file_path: place.map(|(file, _)| file.into()),
            line: place.map(|(_, line)| line),
            ..TestResult::default()
        };
        let ts_ns = field::text(value, "/Time").and_then(time::parse);
        sink.record(Stamp::new(span, ts_ns), &row);
        Outcome::Kept
    }

    fn print(&mut self, key: Key, text: &str) {
        let output = self.output.entry(key).or_default();
        let room = TEXT_LIMIT
            .saturating_sub(output.len())
            .min(OUTPUT_LIMIT.saturating_sub(self.printed));
        let text = cut(text, room);
        output.push_str(text);
        self.printed += text.len();
    }
}

/// True for a line that go itself prints around a test's own.
fn is_own(line: &str) -> bool {
    let line = line.trim_start();
    ["=== ", "--- ", "FAIL\t", "ok  \t"]
        .iter()
        .any(|start| line.starts_with(start))
        || matches!(line, "FAIL" | "PASS")
}

/// File and line that a line of output opens with: `pay_test.go:19: …`.
fn place(line: &str) -> Option<(&str, i64)> {
    let (file, rest) = line.trim_start().split_once(':')?;
    let (number, _) = rest.split_once(':')?;
    let is_go = file
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "go");
    is_go.then_some((file, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{self, Seen, samples};

    const EVENTS: &str = r#"{"Time":"2026-03-01T10:00:00.5+01:00","Action":"start","Package":"shop/pay"}
{"Time":"2026-03-01T10:00:00.5+01:00","Action":"run","Package":"shop/pay","Test":"TestOnce"}
{"Time":"2026-03-01T10:00:01+01:00","Action":"output","Package":"shop/pay","Test":"TestOnce","Output":"=== RUN   TestOnce\n"}
{"Time":"2026-03-01T10:00:01+01:00","Action":"output","Package":"shop/pay","Test":"TestOnce","Output":"    pay_test.go:19: charged twice\n"}
{"Time":"2026-03-01T10:00:01+01:00","Action":"output","Package":"shop/pay","Test":"TestOnce","Output":"--- FAIL: TestOnce (0.25s)\n"}
{"Time":"2026-03-01T10:00:01+01:00","Action":"fail","Package":"shop/pay","Test":"TestOnce","Elapsed":0.25}
{"Action":"output","Package":"shop/pay","Test":"TestOk","Output":"fine\n"}
{"Action":"pass","Package":"shop/pay","Test":"TestOk","Elapsed":0}
{"Action":"skip","Package":"shop/pay","Test":"TestLater"}
{"Action":"fail","Package":"shop/pay","Elapsed":0.3}
{"ImportPath":"shop/cart","Action":"build-output","Output":"cart.go:3:1: syntax error\n"}
{"ImportPath":"shop/cart","Action":"build-fail"}
{"Action":"fail","Package":"shop/cart","Elapsed":0,"FailedBuild":"shop/cart"}
{"Action":"output","Package":"shop/mail","Output":"panic: no\n"}
{"Action":"fail","Package":"shop/mail"}
{"Action":"pass","Package":"shop/ok"}
stray line
{"Action":"later","Package":"x"}
{"Package":"x"}
"#;

    fn told(seen: &Seen) -> Vec<String> {
        seen.told(
            "test_result",
            &[
                "suite",
                "name",
                "result",
                "duration_ns",
                "message",
                "file_path",
                "line",
            ],
        )
    }

    #[test]
    fn ends_become_rows() {
        assert_eq!(testing::sniff(&GoTest, EVENTS.as_bytes()), CERTAIN);
        let seen = testing::parse(&GoTest, "x", EVENTS.as_bytes());
        assert_eq!(
            told(&seen),
            [
                "shop/pay|TestOnce|failed|250000000|pay_test.go:19: charged twice|pay_test.go|19",
                "shop/pay|TestOk|passed|0|||",
                "shop/pay|TestLater|skipped||||",
                "shop/cart||error||cart.go:3:1: syntax error|cart.go|3",
                "shop/mail||failed||panic: no||",
            ]
        );
        assert_eq!((seen.read, seen.rejects.len()), (19, 2));
        assert_eq!(seen.ignored["package as a whole"], 3);
        assert_eq!(
            seen.times("test_result")[0],
            "2026-03-01T09:00:01.000000000Z"
        );
    }

    #[test]
    fn a_file_may_end_anywhere() {
        for end in 0..EVENTS.len() {
            let _ = testing::parse(&GoTest, "x", &EVENTS.as_bytes()[..end]);
        }
        let mut bytes = EVENTS.as_bytes().to_vec();
        for at in 0..bytes.len() {
            bytes[at] ^= 0x15;
            let _ = testing::parse(&GoTest, "x", &bytes);
            bytes[at] ^= 0x15;
        }
    }

    #[test]
    fn the_sample_is_read_whole() {
        for (path, bytes) in samples("test-results") {
            if !path.ends_with("golang-json.json") {
                continue;
            }
            let format = crate::formats::sniff(&path, &bytes)
                .format
                .map(Format::name);
            assert_eq!(format, Some("go_test"));
            let seen = testing::parse(&GoTest, &path, &bytes);
            assert!(seen.rejects.is_empty());
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(seen.read, text.lines().count() as u64);
            for (action, result) in [("pass", "passed"), ("fail", "failed"), ("skip", "skipped")] {
                let action = format!("\"Action\":\"{action}\"");
                let lines = text
                    .lines()
                    .filter(|line| line.contains(&action) && line.contains("\"Test\":"));
                let rows = seen
                    .of("test_result")
                    .into_iter()
                    .filter(|row| row["result"] == result);
                assert_eq!(rows.count(), lines.count(), "{result}");
            }
        }
    }
}
