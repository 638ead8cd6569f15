//! Screens of what the load judged: findings, verdicts, and the boards that argue about a release.

use std::sync::LazyLock;

use crate::support::cases::TempCase;
use crate::support::workbench::Bench;
use crate::support::{put, sample_data};

/// The sample incident, loaded once for all screens.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("judged");
    case.load(&[&sample_data()]);
    case
});

fn bench(width: u16, height: u16) -> Bench {
    Bench::open(&CASE, width, height)
}

#[test]
fn findings_stand_worst_first_with_their_numbers_and_places() {
    let mut small = bench(80, 24);
    small.press("f").shows("✗ critical");
    insta::assert_snapshot!("findings_80x24", small.screen());
    small
        .press("enter d")
        .shows("granted Role payments/legacy-gateway-reader")
        .shows("yes: its added lines name it");
    insta::assert_snapshot!("finding_80x24", small.screen());
    let mut large = bench(160, 45);
    large.press("f j").shows("legacy-pay.acme-partners.example");
    insta::assert_snapshot!("findings_160x45", large.screen());
}

#[test]
fn a_finding_leads_to_its_bytes_and_to_the_chain_of_its_release() {
    let mut bench = bench(120, 36);
    bench
        .press("f r")
        .shows("kubernetes/audit.jsonl")
        .press("esc");
    bench
        .press("enter")
        .shows("C3")
        .shows("finding checkout is granted")
        .press("w")
        .shows("release_commit")
        .press("L");
    // From there only what was found about the release is listed.
    bench.press("G").hides("web@v5.1.0");
    bench
        .press("esc ctrl-p")
        .type_in("critical checkout is granted")
        .shows("1 found");
}

#[test]
fn findings_stand_in_the_header_and_in_the_timeline() {
    let mut bench = bench(160, 45);
    bench.shows("✗ 1 critical").shows("findings");
    bench.press("1 enter").shows("●");
}

#[test]
fn a_verdict_is_an_argument() {
    let mut large = bench(160, 45);
    large.press("z 1").shows("✗ fail, 1 critical").press("z");
    large.shows("✗ fail").shows("against (8)");
    insta::assert_snapshot!("verdict_160x45", large.screen());
    large.press("V z").shows("missing (1)").shows("for (");
    insta::assert_snapshot!("verdict_zoomed_160x45", large.screen());
    let mut small = bench(80, 24);
    small.press("V").shows("against (8)");
    insta::assert_snapshot!("verdict_80x24", small.screen());
    small
        .press("/")
        .type_in("kill switch")
        .press("enter")
        .shows("criteria (5)");
    insta::assert_snapshot!("verdict_criteria_80x24", small.screen());
    // From one line of the argument to the finding, and from there back.
    let mut bench = bench(120, 36);
    bench
        .press("V / ")
        .type_in("vault.platform.svc:8200")
        .press("enter n enter")
        .shows("finding checkout calls vault");
}

#[test]
fn behaviour_stands_beside_that_of_other_releases() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = bench(width, height);
        bench
            .press("b")
            .shows("checkout@v2.15.0/production | ")
            .shows("+ new")
            .shows("✗ critical");
        insta::assert_snapshot!(format!("behaviour_{width}x{height}"), bench.screen());
        // The finding is one key away, its bytes another; the way back leads to the board.
        bench.press("r").shows("sha256").press("esc");
        bench.press("enter").shows("finding checkout is granted");
        bench
            .press("[")
            .shows(" other releases")
            .press("esc")
            .shows("Releases");
    }
    // It is about what is selected, and the same key closes it again.
    let mut bench = bench(120, 36);
    bench
        .press("j b")
        .shows("web@v5.2.2/production")
        .press("b")
        .shows("Releases");
}

#[test]
fn log_templates_say_what_is_new_to_the_release() {
    let mut bench = bench(160, 45);
    bench.press("p").shows("legacy gateway").hides("+ new");
    bench
        .press("1 enter p")
        .shows("+ new")
        .shows("legacy gateway");
    insta::assert_snapshot!("templates_160x45", bench.screen());
    bench.press("enter").shows("by checkout@v2.15.0/production");
    bench.press("j j j r").shows("sha256");
    let mut small = self::bench(80, 24);
    small.press("p");
    insta::assert_snapshot!("templates_80x24", small.screen());
}

#[test]
fn the_access_matrix_marks_what_is_new() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = bench(width, height);
        bench.press("A").shows("releases of checkout").shows(" new");
        insta::assert_snapshot!(format!("access_{width}x{height}"), bench.screen());
        bench.press("r").shows("sha256").press("esc");
        bench.press("+").shows("instances of checkout@v2.15.0");
        bench.press("- -").shows("access by every service");
        bench.press("+ l enter").shows("release checkout@v2.14.3");
    }
}

#[test]
fn metrics_stand_beside_what_is_usual() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = bench(width, height);
        bench
            .press("M")
            .shows("/api/checkout")
            .shows("above")
            .shows("±");
        insta::assert_snapshot!(format!("metrics_{width}x{height}"), bench.screen());
        bench
            .press("r")
            .shows("sha256")
            .press("esc esc")
            .shows("Releases");
    }
}

#[test]
fn what_changed_before_is_told_with_reasons() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = bench(width, height);
        bench
            .press("C")
            .shows("what changed before 2026-10-29")
            .shows("for  ");
        insta::assert_snapshot!(format!("changes_{width}x{height}"), bench.screen());
        bench.press("r").shows("sha256").press("esc");
        bench.press("enter").hides("what changed before");
        bench.press("[").shows("what changed before");
    }
}

#[test]
fn boards_of_a_case_without_evidence_say_why_they_are_empty() {
    let case = TempCase::new();
    let folder = case.scratch().join("bundle");
    put(&folder, "notes.txt", "nothing of a kind that is known\n");
    case.load(&[&folder]);
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = Bench::open(&case, width, height);
        bench.press("f").shows("no finding in this scope");
        bench.press("b").shows("no release is known").press("esc");
        bench.press("M").shows("no release is known").press("esc");
        bench.press("A").shows("not collected").press("esc");
        bench.press("C").shows("nothing was found").press("esc");
        bench.press("V").shows("no release is known");
    }
}

#[test]
fn the_gap_matrix_says_what_is_missing_and_how_to_get_it() {
    for (width, height) in [(80, 24), (160, 45)] {
        let mut bench = bench(width, height);
        bench.press("X").shows("what is missing, by release");
        insta::assert_snapshot!(format!("gaps_{width}x{height}"), bench.screen());
        // The signatures of the sample lead to a key that nobody was told to trust.
        bench
            .press("l l l l l l l l l l l")
            .shows("signature")
            .shows("to get it:");
        bench.press("enter").shows("release checkout@v2.15.0");
    }
}

#[test]
fn the_trust_floor_leaves_out_links_and_says_what_that_changes() {
    let mut bench = bench(160, 45);
    bench.press("enter").shows("trust: any").shows("C3");
    bench
        .press("F")
        .shows("trust: matched")
        .shows("verdicts differ");
    bench.press("F").shows("trust: verified").shows("C0");
    insta::assert_snapshot!("floor_160x45", bench.screen());
    bench.press("F").shows("trust: any").shows("C3");
}
