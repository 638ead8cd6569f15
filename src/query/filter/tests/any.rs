//! What holds for every text.

use proptest::prelude::*;

use super::*;

/// Text that is mostly grammar.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("service"),
        Just("code"),
        Just("took:"),
        Just("time>="),
        Just("attributes.a.b"),
        Just("severity="),
        Just("sampled!="),
        Just("trace:"),
        Just(":"),
        Just("="),
        Just("!="),
        Just(">"),
        Just("("),
        Just(")"),
        Just(" "),
        Just(" "),
        Just(" "),
        Just("\""),
        Just("'"),
        Just("^"),
        Just("$"),
        Just("/"),
        Just("\\"),
        Just("!"),
        Just("-"),
        Just("not "),
        Just(" and "),
        Just(" or "),
        Just("&&"),
        Just("||"),
        Just(" | "),
        Just("*"),
        Just(".."),
        Just("14:02"),
        Just("250ms"),
        Just("5"),
        Just("zqx"),
        Just("é"),
        Just("\u{0}"),
        Just("{2}"),
        Just("[a"),
        Just("]"),
        Just("2026-03-03"),
        Just("%"),
        Just("_"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![3 => line(), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_panics(text in any_line(), cursor in 0_usize..80) {
        let fields = fields();
        let mistake = match parse(&text) {
            Ok(filter) => {
                for chip in filter.chips(&text) {
                    let left = without(&text, &chip);
                    prop_assert!(parse(&left).is_ok());
                    prop_assert!(left.len() <= text.len() + 4 * text.matches('/').count());
                }
                filter.compile(&fields).err()
            }
            Err(mistake) => Some(mistake),
        };
        if let Some(mistake) = mistake {
            prop_assert!(text.get(mistake.range.clone()).is_some(), "{mistake:?}");
        }
        let found = complete(&text, cursor, &fields);
        prop_assert!(text.get(found.range).is_some());
    }

    #[test]
    fn sql_has_no_text_of_the_user(text in line()) {
        let compiled = parse(&text).and_then(|filter| filter.compile(&fields()));
        if let Ok(predicate) = compiled {
            for foreign in ["zqx", "é", "\u{0}", "2026", "250", "a.b", "\\\\", "{2}"] {
                prop_assert!(!predicate.sql.contains(foreign), "{}", predicate.sql);
            }
            let nul = predicate.shown().contains('\u{0}');
            prop_assert!(!nul);
            for (at, (name, _)) in predicate.params.iter().enumerate() {
                prop_assert_eq!(name, &format!("f{at}"));
                let placeholder = format!("${name}");
                prop_assert!(predicate.sql.contains(&placeholder));
            }
        }
    }

    #[test]
    fn what_is_added_can_be_read(text in any_line(), field in "[a-z][a-z.]{0,7}", value in any_line(), include: bool) {
        let Ok(before) = parse(&text) else { return Ok(()) };
        let new = with(&text, &field, &value, include);
        let after = parse(&new);
        prop_assert!(after.is_ok(), "{new:?} {after:?}");
        // Added once, it is there.
        prop_assert_eq!(with(&new, &field, &value, include), new.clone());
        // The other sign takes its place, and the first one comes back.
        let chips = after.map(|filter| filter.chips(&new).len()).unwrap_or_default();
        let other = with(&new, &field, &value, !include);
        let others = parse(&other).map(|filter| filter.chips(&other).len()).unwrap_or_default();
        prop_assert!(others > 0 && others <= chips, "{new:?} {other:?}");
        prop_assert!(chips > 0 || before.is_empty());
    }

    #[test]
    fn what_is_added_means_the_value(value in any_line()) {
        let new = with("", "service", &value, true);
        let predicate = parse(&new).and_then(|filter| filter.compile(&fields()));
        let params = predicate.map(|predicate| predicate.params);
        let expected = if value.is_empty() {
            vec![]
        } else {
            vec![("f0".to_owned(), Value::Text(value))]
        };
        prop_assert_eq!(params, Ok(expected), "{}", new);
    }
}
