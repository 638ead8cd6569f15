//! Findings in AWS's format (ASFF): what GuardDuty, Inspector, Macie and others reported to Security
//! Hub. Source: the ASFF syntax page of the AWS manual, schema 2018-10-08.
//!
//! Met as `{"Findings": […]}` of `aws securityhub get-findings`, as EventBridge's `detail.findings`,
//! as an array and as JSON lines. The unit is the finding, which is an alert: each becomes an
//! `incident`. A finding is updated under the same id, so the newest row is its present state. Checks
//! of configuration that passed are no alerts and are ignored by rule, and so are archived findings.
//!
//! What it is not: OCSF, in which Security Hub writes since 2025, nor the events behind a finding.

use std::borrow::Cow;

use serde_json::Value;

use super::read::Holders;
use super::read::event::{Event, events, likely};
use super::read::json::Outcome;
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, Peek, has};
use crate::model::record::Text;
use crate::model::runtime::Incident;
use crate::model::{EvidenceClass, Sink};

/// Findings of AWS Security Hub.
pub struct Asff;

impl Format for Asff {
    fn name(&self) -> &'static str {
        "asff"
    }

    fn about(&self) -> &'static str {
        "AWS Security Hub findings (ASFF): aws securityhub get-findings"
    }

    fn unit(&self) -> &'static str {
        "finding"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["incident"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn signs(&self) -> &'static str {
        "`ProductArn`, `GeneratorId` and `AwsAccountId`"
    }

    fn example(&self) -> &'static [u8] {
        br#"{"SchemaVersion":"2018-10-08","Id":"f-1","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/guardduty",
 "GeneratorId":"g-1","AwsAccountId":"123456789012","CreatedAt":"2026-03-03T14:02:07Z",
 "Severity":{"Label":"HIGH"},"Title":"Unusual call","Workflow":{"Status":"NEW"},"RecordState":"ACTIVE"}"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        likely(peek, &["Findings"], |value| {
            value
                .pointer("/detail/findings/0")
                .map_or_else(|| judge(value), judge)
        })
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        events(
            chunk,
            &Holders::of(&["Findings", "findings", "detail"]),
            sink,
            unit,
        );
    }
}

fn judge(value: &Value) -> Likelihood {
    let is_finding = has(value, &["ProductArn", "GeneratorId", "AwsAccountId"]);
    match (is_finding, has(value, &["SchemaVersion", "Title"])) {
        (true, true) => CERTAIN,
        (true, false) => LIKELY,
        _ => NO,
    }
}

fn unit(event: &Event<'_>, sink: &mut dyn Sink) -> Outcome {
    let Some(id) = event.cell("/Id") else {
        return Outcome::Rejected("not a finding: it has no Id".to_owned());
    };
    if event.text("/RecordState") == Some("ARCHIVED") {
        return Outcome::Ignored("archived finding");
    }
    if event.text("/Compliance/Status") == Some("PASSED") {
        return Outcome::Ignored("check that passed");
    }
    let updated = event.instant(&["/UpdatedAt", "/LastObservedAt"]);
    let seen = event.instant(&["/FirstObservedAt", "/CreatedAt"]);
    let state = match event.any(&["/Workflow/Status", "/WorkflowState"]) {
        Some("RESOLVED") => "resolved",
        Some("NOTIFIED" | "ASSIGNED" | "IN_PROGRESS" | "SUPPRESSED") => "acknowledged",
        _ => "triggered",
    };
    let row = Incident {
        provider: Some("aws_security_hub".into()),
        incident_id: Some(id),
        title: event.cell("/Title"),
        severity: severity(event),
        state: Some(state.into()),
        service: service(event),
        resolved_ns: updated.filter(|_| state == "resolved"),
        description: event.cell("/Description"),
        ..Default::default()
    };
    sink.record(event.stamp(seen.or(updated)), &row);
    Outcome::Kept
}

/// The label in lower case, or where it is missing what AWS's normalised number stands for.
fn severity(event: &Event<'_>) -> Text<'static> {
    let label = event.any(&["/Severity/Label", "/FindingProviderFields/Severity/Label"]);
    if let Some(label) = label {
        return Some(label.to_ascii_lowercase().into());
    }
    Some(
        match event.int("/Severity/Normalized")? {
            90.. => "critical",
            70..=89 => "high",
            40..=69 => "medium",
            1..=39 => "low",
            _ => "informational",
        }
        .into(),
    )
}

/// The workload that a resource of the finding names.
fn service<'a>(event: &Event<'a>) -> Text<'a> {
    const TAGS: [&str; 3] = ["app", "service", "app.kubernetes.io~1name"];
    let tag = |name: &&str| event.text(&format!("/Resources/0/Tags/{name}"));
    TAGS.iter().find_map(tag).map(Cow::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff, torn_and_flipped};

    fn finding(change: impl FnOnce(&mut Value)) -> Value {
        let mut finding = json!({"SchemaVersion": "2018-10-08", "Id": "f-1", "ProductArn": "arn:aws:securityhub:x", "GeneratorId": "g", "AwsAccountId": "123456789012",
            "CreatedAt": "2026-11-03T14:00:00.000Z", "UpdatedAt": "2026-11-03T15:00:00.000Z", "Severity": {"Label": "HIGH", "Normalized": 70}, "Title": "Odd call", "Description": "from afar",
            "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE", "Resources": [{"Id": "x", "Tags": {"app": "till"}}]});
        change(&mut finding);
        finding
    }

    fn read(finding: &Value) -> Seen {
        parse(&Asff, "findings.json", finding.to_string().as_bytes())
    }

    #[test]
    fn a_finding_is_an_incident() {
        let seen = read(&finding(|_| {}));
        let row = seen.of("incident")[0];
        for (column, expected) in [
            ("provider", "aws_security_hub"),
            ("incident_id", "f-1"),
            ("title", "Odd call"),
            ("severity", "high"),
            ("state", "triggered"),
            ("service", "till"),
            ("description", "from afar"),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
        assert_eq!(seen.times("incident"), ["2026-11-03T14:00:00.000000000Z"]);
        let seen = read(&finding(|finding| {
            finding["Workflow"]["Status"] = json!("RESOLVED");
            finding["Severity"] = json!({"Normalized": 95});
        }));
        let row = seen.of("incident")[0];
        assert_eq!(
            (row["state"].as_str(), row["severity"].as_str()),
            ("resolved", "critical")
        );
        assert!(row.contains_key("resolved_ns"));
    }

    #[test]
    fn what_is_no_alert_is_passed_over() {
        for change in [
            (|finding: &mut Value| finding["Compliance"] = json!({"Status": "PASSED"}))
                as fn(&mut Value),
            |finding| finding["RecordState"] = json!("ARCHIVED"),
        ] {
            assert_eq!(read(&finding(change)).ignored.values().sum::<u64>(), 1);
        }
    }

    #[test]
    fn every_wrapping_is_opened() {
        let plain = finding(|_| {});
        for wrapped in [
            json!({"Findings": [plain]}),
            json!({"detail-type": "Security Hub Findings - Imported", "detail": {"findings": [plain]}}),
            json!([plain]),
        ] {
            let bytes = wrapped.to_string();
            assert_eq!(sniff(&Asff, bytes.as_bytes()), CERTAIN, "{bytes}");
            assert_eq!(parse(&Asff, "x", bytes.as_bytes()).kept, 1, "{bytes}");
        }
        assert_eq!(read(&json!({"x": 1})).rejects.len(), 1);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        torn_and_flipped(&Asff, finding(|_| {}).to_string().as_bytes());
    }

    #[test]
    fn real_samples_are_read() {
        for (path, bytes) in samples("ocsf-asff") {
            assert_eq!(sniff(&Asff, &bytes), CERTAIN, "{path}");
            let seen = parse(&Asff, &path, &bytes);
            assert_eq!((seen.read, seen.kept), (10, 10), "{path}");
            assert!(
                seen.of("incident")
                    .iter()
                    .all(|row| row["severity"] == "high")
            );
        }
    }
}
