//! What people come to do, key by key: a responder at night, an auditor, an engineer who looks at what they
//! shipped. Each reads as prose: what is pressed, and what must then stand on the screen.

use std::sync::LazyLock;

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

/// The sample incident.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("tasks");
    case.load(&[&sample_data()]);
    case
});

fn at(width: u16, height: u16) -> Bench {
    Bench::open(&CASE, width, height)
}

#[test]
fn a_responder_finds_what_a_failing_request_waited_for() {
    let mut bench = at(160, 45);
    // The traces that failed come first; the waterfall marks who was waited for.
    bench.press("8").shows("Traces").press("enter d g");
    bench.shows("on the critical path");
    // The root folds, and says how much it hides.
    let before = bench.screen();
    bench.press("enter").shows(" spans").press("enter");
    assert_eq!(bench.screen(), before);
}

#[test]
fn a_responder_reads_the_logs_of_one_call_and_all_below_it() {
    let mut bench = at(160, 45);
    bench.press("8 enter d g O").shows("Logs").shows("span:(");
    bench.press("esc").hides("span:(");
}

#[test]
fn a_responder_goes_from_error_to_error() {
    let mut bench = at(160, 45);
    bench.press("9 a e").shows("error").press("e E");
    bench.press("8 e").shows("Traces");
}

#[test]
fn a_responder_sees_who_calls_whom_and_goes_to_the_traces_of_one() {
    let mut bench = at(160, 45);
    bench
        .press("S")
        .shows("services, by who calls whom")
        .shows("checkout")
        .shows("payments");
    bench.press("enter").shows("Traces").shows("/service=");
    let mut narrow = at(80, 24);
    narrow
        .press("S")
        .shows("services, by who calls whom")
        .shows("checkout")
        .press("esc")
        .shows("Releases");
}

#[test]
fn an_engineer_narrows_a_list_by_what_is_under_the_cursor() {
    let mut bench = at(160, 45);
    bench
        .press("1 @")
        .shows("/service=")
        .press("!")
        .shows("/service!=")
        .press("esc")
        .hides("/service");
}

#[test]
fn an_auditor_finds_commits_by_an_agent_that_touched_a_path() {
    let mut bench = at(160, 45);
    bench
        .press("2 /")
        .type_in("by:agent path:checkout")
        .press("enter")
        .shows("where ")
        .shows("agent");
}
