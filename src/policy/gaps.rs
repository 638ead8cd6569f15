//! The gap ledger: what the evidence of a release should hold and does not.
//!
//! Absence has reasons, and they differ in what to do about them: what was never made cannot be fetched,
//! what was not exported can, what began too late is gone. Each gap says how its reason is known, which
//! claims it blocks, and the command that would close it. What cannot be told apart is called by the
//! weaker word: a record that nobody exported may also never have been made. What is there and cannot be
//! tied is named with what it was compared with: it may be the one that is missing.

use super::dossier::Dossier;
use super::reach::Absence;
use crate::behaviour::observation::Observation;
use crate::model::gap::Gap;
use crate::model::time;

/// How to get the records of each hop.
const HOW: &[(&str, &str)] = &[
    (
        "request",
        "export the tracker's issues, such as `gh api --paginate repos/OWNER/REPO/issues?state=all`",
    ),
    (
        "session",
        "copy the agent's transcripts (`~/.claude/projects/**/*.jsonl`), or `git log --notes=ai` for its notes",
    ),
    (
        "commit",
        "`git log --format=raw --numstat --all`, or `git bundle create repo.bundle --all`",
    ),
    (
        "review",
        "`gh pr list --state all --json number,author,reviews,headRefOid,mergeCommit,state,url`",
    ),
    (
        "build",
        "`gh run list --json databaseId,headSha,event,status,conclusion,workflowName,url`",
    ),
    (
        "artifact",
        "the build's own list of what it pushed, or its provenance",
    ),
    (
        "attestation",
        "`gh attestation download oci://IMAGE@DIGEST`, or `cosign download attestation IMAGE@DIGEST`",
    ),
    (
        "gate_decision",
        "the deliveries of the webhook `deployment_review`, or the gate's decision log",
    ),
    (
        "deployment",
        "`gh api --paginate repos/OWNER/REPO/deployments`, and their statuses",
    ),
    (
        "instance",
        "`kubectl get pods -A -o json`, taken while it runs, or the cluster's audit log",
    ),
    (
        "behaviour",
        "the Collector's `file` exporter for traces, logs and metrics",
    ),
];

/// The gaps of one release, in the order of the chain.
#[must_use]
pub fn of(dossier: &Dossier) -> Vec<Gap> {
    let release = &dossier.comparison.release;
    let mut gaps: Vec<Gap> = dossier
        .chain
        .missing
        .iter()
        .map(|missing| {
            let (state, why) = reason(dossier, &missing.hop);
            Gap {
                expected: missing.hop.clone(),
                state: state.to_owned(),
                why,
                blocks: missing.blocks.clone(),
                how_to_get: how(&missing.hop).to_owned(),
                ..Gap::default()
            }
        })
        .collect();
    gaps.extend(sessions(dossier));
    gaps.extend(unlinked(dossier));
    gaps.extend(sampled(dossier));
    gaps.extend(dossier.seen.iter().filter_map(silence));
    gaps.extend(dossier.signatures.iter().filter_map(|signature| {
        let state = match signature.result.as_str() {
            "absent" => "never_produced",
            "not_checkable" | "untrusted_root" | "not_checked" => "not_exported",
            _ => return None,
        };
        Some(Gap {
            expected: "signature".to_owned(),
            state: state.to_owned(),
            why: format!("{}: {}", signature.result.replace('_', " "), signature.detail),
            blocks: vec![match signature.kind.as_str() {
                "git_commit" => "that the commit was made by whom it names",
                _ => "that the statement was made by whom it names",
            }
            .to_owned()],
            how_to_get: "give the key with `--key`, the root with `--trust-root`, or pin the key in the policy (`keys:`)".to_owned(),
            citations: signature.citations.clone(),
            ..Gap::default()
        })
    }));
    for gap in &mut gaps {
        gap.release.clone_from(&release.id);
        if gap.citations.is_empty() {
            gap.citations.extend(release.citation.clone());
        }
    }
    gaps
}

fn how(hop: &str) -> &'static str {
    HOW.iter()
        .find(|(name, _)| *name == hop)
        .map_or("", |(_, how)| how)
}

/// Why a hop is missing, and how that is known.
fn reason(dossier: &Dossier, hop: &str) -> (&'static str, String) {
    // Notes about a commit that a squash or rebase replaced are there and lead nowhere.
    if hop == "session" && !dossier.trail.written.is_empty() {
        return (
            "not_exported",
            "a note on a commit of the release names a session whose transcript is not here"
                .to_owned(),
        );
    }
    let candidates = dossier.trail.unlinked.len();
    if hop == "session" && candidates > 0 {
        return (
            "unlinkable",
            format!(
                "{candidates} notes or sessions here may be its author's, and none of them can be tied to it"
            ),
        );
    }
    match dossier.absence(hop) {
        Absence::Telling => (
            "never_produced",
            format!(
                "its repository or service has {} records since before it, and none of them is tied to it",
                word(hop)
            ),
        ),
        Absence::TooEarly => (
            "expired",
            format!("the {} records here begin after it", word(hop)),
        ),
        Absence::NotCollected => (
            "not_exported",
            format!(
                "no {} record about its service or repository is in the evidence",
                word(hop)
            ),
        ),
    }
}

fn word(hop: &str) -> String {
    hop.replace('_', " ")
}

/// Sessions that notes name, where the release has others.
fn sessions(dossier: &Dossier) -> Vec<Gap> {
    let has = dossier
        .chain
        .nodes
        .iter()
        .any(|node| node.kind == "session");
    let written = dossier.trail.written.iter().filter(|_| has);
    written
        .map(|said| Gap {
            expected: "session".to_owned(),
            state: "not_exported".to_owned(),
            why: format!(
                "{} names session {}, whose transcript is not here",
                said.source, said.value
            ),
            blocks: vec!["which prompt led to those lines".to_owned()],
            how_to_get: how("session").to_owned(),
            citations: said.citation.clone().into_iter().collect(),
            ..Gap::default()
        })
        .collect()
}

/// Notes and sessions that may be of the release's commits, and why nothing ties them.
fn unlinked(dossier: &Dossier) -> Vec<Gap> {
    let candidates = dossier.trail.unlinked.iter();
    candidates
        .map(|said| Gap {
            expected: "session".to_owned(),
            state: "unlinkable".to_owned(),
            why: format!("{} (session {})", said.source, said.value),
            blocks: vec!["which prompt led to those lines".to_owned()],
            how_to_get: "the commits that a rebase or squash replaced: `git log --all --reflog -p --format=fuller`, \
                         or the change request with its commits, `gh pr view N --json number,url,headRefOid,mergeCommit,commits`"
                .to_owned(),
            citations: said.citation.clone().into_iter().collect(),
            ..Gap::default()
        })
        .collect()
}

fn sampled(dossier: &Dossier) -> Option<Gap> {
    let share = dossier.comparison.sampling().0?;
    Some(Gap {
        expected: "traces".to_owned(),
        state: "sampled_out".to_owned(),
        why: format!(
            "spans hold {:.1} % of the requests that metrics count",
            100.0 * share
        ),
        blocks: vec!["that what only spans tell of never happened".to_owned()],
        how_to_get: "raise the sampler's ratio, or keep errors and rare routes by tail sampling"
            .to_owned(),
        ..Gap::default()
    })
}

fn silence(seen: &Observation) -> Option<Gap> {
    (seen.detector == "silence").then(|| Gap {
        expected: "telemetry".to_owned(),
        state: "removed".to_owned(),
        why: format!(
            "{} from {} on, while its neighbours spoke",
            seen.title,
            seen.first_ns.map(time::short).unwrap_or_default()
        ),
        blocks: vec![format!("what {} did in that time", seen.subject)],
        how_to_get: "the node's own container logs (`/var/log/pods`), before they are rotated"
            .to_owned(),
        citations: seen.citations.clone(),
        ..Gap::default()
    })
}
