//! Writes a judgement into the case.

use super::judge::Judgement;
use crate::model::{EvidenceClass, Span, Stamp, judgement};
use crate::store::Batch;

/// The judgement as rows. Each finding is cited to its first citation.
#[must_use]
pub fn rows(judged: &Judgement) -> Batch {
    let floor = judged.floor.word();
    let mut batch = Batch::new();
    for finding in &judged.findings {
        let (file, span) = place(finding.citations.first());
        let document = serde_json::to_string(finding).unwrap_or_default();
        batch.begin(file, EvidenceClass::Observed);
        batch.push(
            Stamp::new(span, finding.first_ns),
            &judgement::Finding {
                floor: Some(floor.into()),
                id: Some(finding.id.as_str().into()),
                release: Some(finding.release.id.as_str().into()),
                rule: Some(finding.rule.as_str().into()),
                channel: Some(finding.channel.word().into()),
                family: Some(finding.family.as_str().into()),
                severity: Some(finding.severity.word().into()),
                rank: Some(finding.severity as i64),
                state: Some(finding.state.as_str().into()),
                subject: Some(finding.subject.as_str().into()),
                title: Some(finding.title.as_str().into()),
                last_ns: finding.last_ns,
                document: Some(document.into()),
                ..judgement::Finding::default()
            },
        );
    }
    for gap in &judged.gaps {
        let (file, span) = place(gap.citations.first());
        let document = serde_json::to_string(gap).unwrap_or_default();
        batch.begin(file, EvidenceClass::Observed);
        batch.push(
            Stamp::new(span, None),
            &judgement::Gap {
                floor: Some(floor.into()),
                release: Some(gap.release.as_str().into()),
                expected: Some(gap.expected.as_str().into()),
                state: Some(gap.state.as_str().into()),
                why: Some(gap.why.as_str().into()),
                document: Some(document.into()),
                ..judgement::Gap::default()
            },
        );
    }
    for verdict in &judged.verdicts {
        let document = serde_json::to_string(verdict).unwrap_or_default();
        let (file, span) = place(verdict.citations.first());
        batch.begin(file, EvidenceClass::Observed);
        batch.push(
            Stamp::new(span, None),
            &judgement::Verdict {
                floor: Some(floor.into()),
                release: Some(verdict.release.as_str().into()),
                verdict: Some(verdict.verdict.word().into()),
                policy: Some(format!("{} {}", verdict.policy.name, verdict.policy.version).into()),
                policy_digest: Some(verdict.policy.digest.as_str().into()),
                document: Some(document.into()),
                ..judgement::Verdict::default()
            },
        );
    }
    batch
}

/// The file and place that a citation names.
fn place(cited: Option<&serde_json::Value>) -> (i64, Span) {
    let number = |name: &str| cited.and_then(|cited| cited[name].as_u64()).unwrap_or(0);
    let file = cited
        .and_then(|cited| cited["sha256"].as_str())
        .map_or(0, crate::model::id::file_id);
    (file, Span::new(number("offset"), number("length")))
}
