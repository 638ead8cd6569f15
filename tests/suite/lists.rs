//! Lists: every field of every list can be asked for, and a long list is the same from whichever end its
//! pages are asked for.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::Value;
use shipwake::app::{Keymap, action};
use shipwake::query::filter::{self, Fields, Kind};
use shipwake::query::listing::{self, Ask, From, Key, List, PAGE, Page};
use shipwake::ui::table;

use crate::support::cases::TempCase;
use crate::support::workbench::Bench;
use crate::support::{put, sample_data};

/// The sample incident.
static SAMPLE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("lists");
    case.load(&[&sample_data()]);
    case
});

/// More log records than two pages hold.
const RECORDS: usize = 2 * PAGE + 1_234;

/// Many log lines: every thousandth is an error, every seven hundredth of one trace, two share a moment.
static LONG: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("long-list");
    let mut text = String::new();
    for at in 0..RECORDS {
        let level = if at % 1_000 == 999 { "error" } else { "info" };
        let trace = if at % 700 == 0 {
            "4bf92f3577b34da6a3ce929d0e0e4736"
        } else {
            ""
        };
        let (seconds, service) = (at / 2, if at % 3 == 0 { "till" } else { "shop" });
        let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
        let _ = writeln!(
            text,
            r#"{{"time":"2026-03-03T{hours:02}:{minutes:02}:{:02}Z","level":"{level}","service":"{service}","trace_id":"{trace}","msg":"step {at} done"}}"#,
            seconds % 60
        );
    }
    let folder = case.scratch().join("evidence");
    put(&folder, "app.log", text.as_bytes());
    case.load(&[&folder]);
    case
});

fn list(name: &str) -> &'static List {
    listing::ALL.iter().find(|list| list.name == name).unwrap()
}

fn page(case: &TempCase, list: &List, filter: &str, from: From) -> Page {
    let filter = filter.to_owned();
    let ask = Ask {
        filter,
        ..Ask::default()
    };
    listing::page(&case.reader(), list, &ask, from)
        .unwrap_or_else(|error| panic!("{}: {error}", list.name))
}

/// Where the cursor stands, as the frame says it: counted from one.
fn place(row: usize, total: usize) -> String {
    table::position(row - 1, Some(total))
}

fn bodies(page: &Page) -> Vec<&str> {
    page.rows
        .rows
        .iter()
        .map(|row| row[5].as_str().unwrap())
        .collect()
}

#[test]
fn every_field_of_every_list_can_be_asked_for() {
    for list in listing::ALL {
        let all = page(&SAMPLE, list, "", From::Start);
        let fields = Fields::of(list.sql);
        assert!(
            !fields.words.is_empty() && !fields.all.is_empty(),
            "{}",
            list.name
        );
        for field in &fields.all {
            let terms = match field.kind {
                Kind::Number => vec!["1..5"],
                Kind::Duration => vec![">=1ms"],
                Kind::Time => vec![">=2026-01-01T00:00:00Z", "<14:30"],
                Kind::Flag => vec!["true"],
                Kind::Text | Kind::Id | Kind::Token => {
                    vec![":a", ":/a.*b/", ":-"]
                }
            };
            for term in terms {
                let colon = if term.starts_with([':', '>', '<', '!']) {
                    ""
                } else {
                    ":"
                };
                let filter = format!("{}{colon}{term}", field.name);
                let some = page(&SAMPLE, list, &filter, From::Start);
                let others = page(&SAMPLE, list, &format!("not ({filter})"), From::Start);
                // Traces are chosen by their spans: one trace may be on both sides.
                if list.name != "traces" && list.name != "access" {
                    assert_eq!(
                        some.total + others.total,
                        all.total,
                        "{} by {filter}",
                        list.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_count_is_what_the_filter_finds() {
    let reader = SAMPLE.store().reader().unwrap();
    let counted = |list: &List, field: &str, rarest: bool| {
        let counts = listing::counts(&reader, list, &Ask::default(), field, rarest, 12);
        counts.unwrap_or_else(|error| panic!("{} by {field}: {error}", list.name))
    };
    for list in listing::ALL {
        let fields = Fields::of(list.sql);
        let countable = fields
            .all
            .iter()
            .filter(|field| !matches!(field.kind, Kind::Time | Kind::Duration));
        for field in countable {
            for (value, rows) in counted(list, field.name, false).values {
                let filter = filter::with("", field.name, &value, true);
                let found = page(&SAMPLE, list, &filter, From::Start).total;
                // A cell that shows less than its field is found by what it shows too.
                if field.cell.is_none() {
                    assert_eq!(found, rows, "{} by {filter}", list.name);
                }
            }
        }
        for (alias, field) in &fields.aliases {
            let (one, other) = (counted(list, alias, false), counted(list, field, false));
            assert_eq!(one, other, "{alias}");
        }
        assert!(listing::counts(&reader, list, &Ask::default(), "nonsense", false, 1).is_err());
    }
    let methods = counted(list("traces"), "http.request.method", false);
    assert!(methods.distinct > 1, "{methods:?}");
    let paths = counted(list("traces"), "url.path", false);
    assert!(paths.distinct > 1, "{paths:?}");
    let (common, rare) = (
        counted(list("logs"), "service", false),
        counted(list("logs"), "service", true),
    );
    assert_eq!(
        common.rows,
        page(&SAMPLE, list("logs"), "", From::Start).total
    );
    assert_eq!(common.values.first(), rare.values.last());
    assert_eq!(
        common.values.iter().map(|(_, n)| n).sum::<usize>(),
        common.rows
    );
}

#[test]
fn every_column_is_a_field() {
    for list in listing::ALL {
        let fields = Fields::of(list.sql);
        let missing: Vec<&str> = list
            .columns()
            .map(|(title, _)| title)
            .filter(|title| fields.get(&title.replace(' ', "_")).is_none())
            .collect();
        // What traces add up is not a field of their spans.
        let expected: &[&str] = if list.name == "traces" {
            &["errors", "spans", "root"]
        } else {
            &[]
        };
        assert_eq!(missing, expected, "{}", list.name);
    }
}

#[test]
fn a_long_list_is_the_same_from_both_ends() {
    let logs = list("logs");
    let start = page(&LONG, logs, "", From::Start);
    assert_eq!(
        (start.first, start.total, start.rows.rows.len()),
        (0, RECORDS, PAGE)
    );
    assert_eq!(
        bodies(&start)[..3],
        ["step 0 done", "step 1 done", "step 2 done"]
    );
    let end = page(&LONG, logs, "", From::End);
    assert_eq!((end.first, end.at), (RECORDS - PAGE, Some(RECORDS - 1)));
    for row in [
        0,
        1,
        PAGE / 2,
        PAGE,
        RECORDS / 2,
        RECORDS / 2 + 1,
        RECORDS - 2,
    ] {
        let middle = page(&LONG, logs, "", From::Row(row));
        for (at, body) in (middle.first..).zip(bodies(&middle)) {
            assert_eq!(body, format!("step {at} done"));
        }
        assert!((middle.first..middle.first + middle.rows.rows.len()).contains(&row));
    }
}

#[test]
fn errors_traces_and_records_are_found_across_pages() {
    let logs = list("logs");
    let key = |at: usize| {
        let around = page(&LONG, logs, "", From::Row(at));
        Key::of(&around.rows.rows[at - around.first]).unwrap()
    };
    let at = |from: From| page(&LONG, logs, "", from).at;
    assert_eq!(at(From::Loud(key(0), true)), Some(999));
    assert_eq!(at(From::Loud(key(999), true)), Some(1_999));
    assert_eq!(at(From::Loud(key(9_500), false)), Some(8_999));
    assert_eq!(at(From::Loud(key(10), false)), None);
    assert_eq!(at(From::Same(key(700), true)), Some(1_400));
    assert_eq!(at(From::Same(key(7_000), false)), Some(6_300));
    // What has no trace has nothing in common.
    assert_eq!(at(From::Same(key(1), true)), None);
    assert_eq!(at(From::Record(key(7_777))), Some(7_777));
    let loud = page(
        &LONG,
        logs,
        "severity:error and service:till",
        From::Record(key(5_000)),
    );
    assert_eq!(
        loud.total,
        (0..RECORDS)
            .filter(|at| at % 1_000 == 999 && at % 3 == 0)
            .count()
    );
}

#[test]
fn the_end_of_a_long_log_is_one_key_away() {
    let mut bench = Bench::open(&LONG, 120, 36);
    bench.press("9 G").shows(&place(RECORDS, RECORDS));
    bench.shows(&format!("step {} done", RECORDS - 1));
    bench
        .press("E")
        .shows("step 10999 done")
        .press("E")
        .shows("step 9999 done");
    bench
        .press("g")
        .shows("step 0 done")
        .shows(&place(1, RECORDS));
    bench.press("> >").shows(&place(1_401, RECORDS));
}

#[test]
fn a_filter_is_typed_shown_and_taken_away() {
    let mut bench = Bench::open(&LONG, 120, 36);
    bench
        .press("9 /")
        .type_in("service:till severity:error")
        .shows("fields: time severity");
    let wanted = (0..RECORDS)
        .filter(|at| at % 1_000 == 999 && at % 3 == 0)
        .count();
    bench.shows(&place(1, wanted));
    bench.press("enter").shows("where ").shows("service_name");
    bench
        .press("/")
        .type_in(" and (")
        .shows("service:till severity:error and (");
    bench.press("esc").shows(&place(1, RECORDS));
}

#[test]
fn a_mistake_names_what_there_is_and_keeps_the_rows() {
    let mut bench = Bench::open(&LONG, 200, 50);
    bench
        .press("9 /")
        .type_in("till sevrity:error")
        .shows("severity");
    // A word that is not finished is a word; what cannot be read leaves the rows as they were.
    bench.shows("no row is as the filter says");
    let till = (0..RECORDS).filter(|at| at % 3 == 0).count();
    bench
        .press("ctrl-u")
        .type_in("till (")
        .shows(&place(1, till));
}

#[test]
fn rows_are_chosen_by_the_cell_under_the_cursor() {
    let mut bench = Bench::open(&LONG, 120, 36);
    // Time, severity, service.
    bench.press("9 l l @").shows("/service=till");
    let till = (0..RECORDS).filter(|at| at % 3 == 0).count();
    bench.shows(&place(1, till));
    bench
        .press("!")
        .shows("/service!=till")
        .shows(&place(1, RECORDS - till));
    bench
        .press("esc h h @")
        .shows("rows cannot be chosen by time");
}

#[test]
fn a_record_stays_selected_among_all_rows() {
    let mut bench = Bench::open(&LONG, 200, 60);
    bench
        .press("9 /")
        .type_in("severity:error")
        .press("enter j j");
    bench
        .shows(&place(3, 11))
        .press(".")
        .shows(&place(3_000, RECORDS));
    bench.shows("step 2998 done").shows("step 3000 done");
}

#[test]
fn values_never_stand_in_the_sql() {
    let page = page(&SAMPLE, list("logs"), "body:\"x') OR 1=1 --\"", From::Start);
    assert_eq!(page.total, 0);
    let rows = SAMPLE.rows("SELECT count(*) FROM base.log").rows;
    assert_ne!(rows[0][0], Value::from(0));
}

#[test]
fn a_cell_that_is_filtered_by_finds_its_own_row() {
    let mut wrong = Vec::new();
    for (place, list) in listing::ALL.iter().enumerate() {
        let entry = action::ALL
            .iter()
            .find(|it| it.action.list() == Some(place));
        let keys = Keymap::builtin().unwrap().keys(entry.unwrap().action);
        for column in 0..list.columns().count() {
            let mut bench = Bench::open(&SAMPLE, 200, 45);
            bench.press(&keys[0]).press(&"l ".repeat(column)).press("@");
            if bench.screen().contains("no row is as the filter says") {
                wrong.push(format!(
                    "{} column {column}:\n{}",
                    list.name,
                    bench.screen()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
