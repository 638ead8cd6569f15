use super::super::*;
use super::template;

fn reason(body: &str, added: &[&str]) -> Option<Reason> {
    explained_by(&template(body), added.iter().copied())
}

fn how(body: &str, line: &str) -> Option<How> {
    reason(body, &[line]).map(|reason| reason.how)
}

#[test]
fn three_literals_in_a_row_explain() {
    let added = [
        "fn charge(card: &Card) {",
        r#"    warn!("payment declined for {}: {}", card.owner, reason);"#,
        r#"    warn!("payment declined for {} again after retry", card.owner);"#,
    ];
    let expected = Reason {
        line: 1,
        words: 3,
        of: 4,
        how: How::Run,
    };
    assert_eq!(
        reason("payment declined for <*> timeout", &added),
        Some(expected)
    );
    // Two words of it are not enough, nor are three that a value separates.
    assert_eq!(reason("payment declined", &added), None);
    assert_eq!(reason("payment <*> declined for", &added), None);
    assert_eq!(reason("declined payment for customer", &added), None);
}

#[test]
fn the_line_with_most_words_is_named() {
    let added = [
        r#"log.Errorf("cannot open file")"#,
        r#"log.Errorf("cannot open filter for tenant %s in region %s", t, r)"#,
    ];
    let found = reason("cannot open filter for tenant <*> in region <*>", &added).unwrap();
    assert_eq!((found.line, found.words, found.of), (1, 5, 7));
}

#[test]
fn every_language_writes_placeholders_its_own_way() {
    for line in [
        r#"info!("user {} not found", id)"#,
        r#"info!("user {id:?} not found")"#,
        r#"log.info("user {:>8} not found".format(id))"#,
        r#"log.info(f"user {user.id!r} not found")"#,
        r#"log.info("user %s not found", id)"#,
        r#"log.info("user %(id)s not found", d)"#,
        r#"printf("user %-5.2lf not found\n", id)"#,
        r#"String.format("user %1$s not found", id)"#,
        "console.log(`user ${a.b(c)} not found`)",
        r#"puts "user #{id} not found""#,
        r#"echo "user $id not found""#,
        "t = 'user {{ id }} not found'",
        r#"log("user '{}' not found", id)"#,
        r#"log("user [id={}] not found", id)"#,
        r#"log("user 17 not found")"#,
    ] {
        assert_eq!(how("user <*> not found", line), Some(How::Whole), "{line}");
    }
    for line in [
        r#"log("user not found")"#,
        r#"log("user {} not found here", id)"#,
        r#"log("user {} {} found", id, not)"#,
        r#"log("{} {} {} {}", user, id, not, found)"#,
        "// user {} not found",
    ] {
        assert_eq!(how("user <*> not found", line), None, "{line}");
    }
}

#[test]
fn several_values_may_come_from_one_placeholder() {
    assert_eq!(
        how("user <*> <*> <*> not found", r#"l("user {} not found")"#),
        Some(How::Whole)
    );
    assert_eq!(
        how("user <*> not found", r#"l("user {} {} not found")"#),
        Some(How::Whole)
    );
}

#[test]
fn values_at_the_ends_may_be_concatenated() {
    assert_eq!(
        how("cache miss: <*>", r#"log("cache miss: " + key)"#),
        Some(How::Whole)
    );
    assert_eq!(
        how("<*> cache miss", r#"log(key + " cache miss")"#),
        Some(How::Whole)
    );
    assert_eq!(how("cache <*> miss", r#"log("cache miss: " + key)"#), None);
}

#[test]
fn one_word_must_be_the_whole_string() {
    assert_eq!(how("started", r#"log.info("started")"#), Some(How::Whole));
    assert_eq!(
        how("error: <*>", r#"log.info("error: {}", e)"#),
        Some(How::Whole)
    );
    assert_eq!(how("error: <*>", r#"return {"error": e}"#), None);
    assert_eq!(how("started", "let started = true;"), None);
    assert_eq!(how("started", r#"log.info("not started")"#), None);
    // Short words prove nothing.
    assert_eq!(how("ok", r#"log.info("ok")"#), None);
    assert_eq!(how("is not in", r#"log.info("is not in")"#), None);
    assert_eq!(
        how("it is not in it", r#"log.info("it is not in it")"#),
        None
    );
}

#[test]
fn what_has_no_words_is_never_explained() {
    for body in ["", "<*>", "<*> <*> <*>", "-> = +"] {
        assert_eq!(
            how(body, r#"log("{} {} {}", a, "", "-> = +")"#),
            None,
            "{body:?}"
        );
    }
    let mut miner = Miner::new(Settings {
        templates: 1,
        ..Settings::default()
    });
    miner.train("first one", 1);
    let other = miner.train("other messages: too many templates", 1);
    let added = ["// other messages: too many templates"];
    assert_eq!(explained_by(miner.template(other), added), None);
}

#[test]
fn an_apostrophe_swallows_no_string() {
    let line = r#"fn f<'a>(x: &'a str) { log("cache miss"); log("don't \"panic\" now") }"#;
    assert_eq!(how("cache miss", line), Some(How::Whole));
    assert_eq!(how("don't \"panic\" now", line), Some(How::Run));
    assert_eq!(
        how("ключ кэша потерян <*>", r#"l("ключ кэша потерян: %s", k)"#),
        Some(How::Run)
    );
}

#[test]
fn one_index_serves_many_templates() {
    let lines = ["l(\"cache miss\")", "l(\"queue is full now\")"];
    let index = Index::new(lines);
    assert!(!index.truncated());
    let line = |body: &str| index.explain(&template(body)).map(|reason| reason.line);
    assert_eq!(line("cache miss"), Some(0));
    assert_eq!(line("queue is full now"), Some(1));
    assert_eq!(line("queue is empty"), None);
}

#[test]
fn an_index_is_bounded_and_says_so() {
    let lines = ["alpha beta gamma", "delta epsilon zeta", "more than fits"];
    // Three words and one run a line.
    let index = Index::within(8, lines);
    assert!(index.truncated());
    assert!(index.explain(&template(lines[1])).is_some());
    assert!(index.explain(&template(lines[2])).is_none());
    assert!(!Index::within(9, lines).truncated());
    // Of one line 4 KiB count.
    let line = format!("{} payment declined for", "x ".repeat(4_096));
    assert_eq!(reason("payment declined for", &[&line]), None);
}
