//! JUnit XML test reports: `pytest --junitxml`, Surefire, Gradle, Jest, `gotestsum --junitfile`, PHPUnit.
//!
//! There is no standard, only what Ant wrote first and everybody varied: root `testsuites` or
//! `testsuite`, suites in suites, `testcase` with `failure`, `error` or `skipped` inside. A report
//! names no commit and no CI run; those come from where the file was found. A suite may fail outside
//! its cases (`error` as its own child); then it has a row without a case.
//!
//! Quirks: times of suites mostly have no zone and are read as UTC, a case has none of its own and
//! takes its suite's; durations are seconds with a decimal point, some with commas between thousands;
//! retries (`rerunFailure`, `flakyFailure`) do not fail a case; several failures of a case are one
//! outcome, the first is told; bytes that are no UTF-8 and control characters occur in outputs.
//! Entities other than XML's own five are not expanded. Output (`system-out`) is passed over.
//!
//! What it is not: NUnit, xUnit v2 or TRX, which look alike.

mod report;
#[cfg(test)]
mod tests;

use self::report::Report;
use super::{CERTAIN, Chunk, Format, Framing, Likelihood, NO, Peek};
use crate::model::{EvidenceClass, Sink};

/// JUnit XML test reports.
pub struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn about(&self) -> &'static str {
        "JUnit XML test reports: pytest --junitxml=report.xml, target/surefire-reports/TEST-*.xml, jest-junit"
    }

    fn unit(&self) -> &'static str {
        "test case"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["test_result"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn signs(&self) -> &'static str {
        "XML whose root is `testsuites` or `testsuite`"
    }

    fn example(&self) -> &'static [u8] {
        br#"<testsuite name="pay" timestamp="2026-03-03T14:02:07Z" tests="1">
  <testcase classname="pay" name="charges_once" time="0.02"/>
</testsuite>
"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        match root(peek.head) {
            Some(b"testsuites" | b"testsuite") => CERTAIN,
            _ => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        Report::new(chunk).read(sink);
    }
}

/// The name of the first element, past declarations and comments.
fn root(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    loop {
        let close: &[u8] = if rest.starts_with(b"<!--") {
            b"-->"
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            b">"
        } else {
            break;
        };
        let end = memchr::memmem::find(rest, close)?;
        rest = rest.get(end + close.len()..)?.trim_ascii_start();
    }
    let name = rest.strip_prefix(b"<")?;
    let length = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    name.get(..length)
}
