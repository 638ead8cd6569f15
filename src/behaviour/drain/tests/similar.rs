use proptest::prelude::*;

use super::super::*;
use super::template;

/// Textbook dynamic programming over the words as they stand, for templates whose words are bare
/// and lower case.
fn slow_similarity(a: &Template, b: &Template) -> f64 {
    let words = |template: &Template| -> Vec<String> {
        let literal = |token: &Token| match token {
            Token::Literal(word) => Some(word.clone()),
            Token::Any => None,
        };
        template
            .tokens
            .iter()
            .take(64)
            .filter_map(literal)
            .collect()
    };
    let (left, right) = (words(a), words(b));
    if left.is_empty() && right.is_empty() {
        return f64::from(u8::from(a.tokens.len() == b.tokens.len()));
    }
    let mut table = vec![vec![0_u8; right.len() + 1]; left.len() + 1];
    for (i, one) in left.iter().enumerate() {
        for (j, other) in right.iter().enumerate() {
            table[i + 1][j + 1] = if one == other {
                table[i][j] + 1
            } else {
                table[i][j + 1].max(table[i + 1][j])
            };
        }
    }
    let longer = u8::try_from(left.len().max(right.len())).unwrap();
    f64::from(table[left.len()][right.len()]) / f64::from(longer)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[track_caller]
fn check(a: &str, b: &str, expected: f64) {
    let found = similarity(&template(a), &template(b));
    assert!(close(found, expected), "{found} instead of {expected}");
}

#[test]
fn similarity_is_the_share_of_common_wording() {
    check(
        "payment declined for user <*>",
        "payment declined for user <*>",
        1.0,
    );
    check(
        "payment declined for user",
        "payment was declined for user <*>",
        4.0 / 5.0,
    );
    check("payment declined", "cart emptied", 0.0);
    check("a b c d", "d c b a", 1.0 / 4.0);
    check("Connection closed.", "connection <*> closed", 1.0);
    check("-> out", "<- out", 1.0 / 2.0);
    check("<*> <*> <*> saved", "<*> <*> <*> lost", 0.0);
    check("<*> <*>", "<*> <*>", 1.0);
    check("<*> <*>", "<*>", 0.0);
    check("<*>", "lost", 0.0);
    check("", "", 1.0);
    check("", "lost", 0.0);
}

#[test]
fn only_the_first_64_tokens_are_compared() {
    let head: Vec<String> = (0..64_u8)
        .map(|at| format!("w{}", "x".repeat(at.into())))
        .collect();
    let head = head.join(" ");
    check(&format!("{head} one"), &format!("{head} other thing"), 1.0);
    check(&head, &head, 1.0);
}

#[test]
fn an_edited_text_is_reworded() {
    let baseline = [
        template("cache is warm now"),
        template("payment declined for customer <*> reason <*>"),
        template("payment declined for customer <*> because of <*>"),
    ];
    let kind = |body: &str| classify(&template(body), &baseline);
    assert_eq!(
        kind("payment was declined for customer <*> because of <*>"),
        Kind::Reworded(2, 6.0 / 7.0)
    );
    // Exactly .7 would be 7 of 10; three of four is above, two of three below.
    assert_eq!(kind("cache was warm now"), Kind::Reworded(0, 0.75));
    assert_eq!(kind("cache warm"), Kind::New);
    assert_eq!(kind("stock is negative for item <*>"), Kind::New);
    assert_eq!(kind("<*> <*>"), Kind::New);
    assert_eq!(kind(""), Kind::New);
    assert_eq!(classify(&baseline[0], &[]), Kind::New);
}

#[test]
fn seven_of_ten_is_reworded_and_the_first_of_equals_is_named() {
    let old = template("a b c d e f g h i j");
    let baseline = [template("x"), old.clone(), old];
    let new = template("a b c d e f g k l m");
    assert_eq!(classify(&new, &baseline), Kind::Reworded(1, 0.7));
    let new = template("a b c d e f n k l m");
    assert_eq!(classify(&new, &baseline), Kind::New);
}

fn words() -> impl Strategy<Value = Template> {
    let token = prop::sample::select(vec!["<*>", "a", "b", "c", "d", "e", "f", "g"]);
    prop::collection::vec(token, 0..80).prop_map(|tokens| template(&tokens.join(" ")))
}

/// Edits of a few sentences, so that many are similar.
fn edited() -> impl Strategy<Value = Template> {
    let edit = (
        any::<prop::sample::Index>(),
        prop::sample::select(vec!["x", "y", "<*>", ""]),
    );
    (0..3_usize, prop::collection::vec(edit, 0..4)).prop_map(|(sentence, edits)| {
        let sentence = ["a b c d e f g h", "b a d c", "h g f e d c b a i j k"][sentence];
        let mut tokens: Vec<&str> = sentence.split(' ').collect();
        for (at, word) in edits {
            let at = at.index(tokens.len());
            tokens[at] = word;
        }
        template(&tokens.join(" "))
    })
}

proptest! {
    #[test]
    fn similarity_is_that_of_the_textbook(a in words(), b in words()) {
        let found = similarity(&a, &b);
        prop_assert!(close(found, slow_similarity(&a, &b)));
        prop_assert!(close(found, similarity(&b, &a)));
        prop_assert!(close(similarity(&a, &a), 1.0));
    }

    #[test]
    fn the_prepared_baseline_answers_as_comparing_with_all_does(
        new in edited(),
        baseline in prop::collection::vec(edited(), 0..30),
    ) {
        let mut expected = Kind::New;
        let mut best = 0.0;
        for (index, old) in baseline.iter().enumerate() {
            let found = slow_similarity(&new, old);
            if found >= 0.7 && found > best {
                best = found;
                expected = Kind::Reworded(index, found);
            }
        }
        prop_assert_eq!(classify(&new, &baseline), expected);
    }
}
