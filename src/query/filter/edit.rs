//! Changes to the text of a filter that keep the rest of it as it was typed.

use std::fmt::Write as _;
use std::ops::Range;

use super::{Expr, Filter, Form, Leaf, Node, Op, lex, parse};

/// A term that must hold, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The term.
    pub text: String,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The terms of `filter` that must all hold.
pub(super) fn chips(filter: &Filter, text: &str) -> Vec<Chip> {
    top(filter)
        .iter()
        .map(|expr| Chip {
            text: text.get(expr.range.clone()).unwrap_or("").to_owned(),
            range: expr.range.clone(),
        })
        .collect()
}

fn top(filter: &Filter) -> &[Expr] {
    match &filter.root {
        None => &[],
        Some(Expr {
            node: Node::All(parts),
            ..
        }) => parts,
        Some(one) => std::slice::from_ref(one),
    }
}

/// `text` with a term that holds for rows whose `field` is `value`, or for all others.
///
/// A term that asks for the opposite gives way; one that asks the same is enough. Nothing in a cell is asked for as
/// such. `text` comes back as it is where `field` is no name or the filter would be too long; a text that cannot be
/// read gets the term at its end.
#[must_use]
pub fn with(text: &str, field: &str, value: &str, include: bool) -> String {
    if !lex::is_name(field) {
        return text.to_owned();
    }
    let term = term(field, value, include);
    let Ok(filter) = parse(text) else {
        return format!("{} {term}", text.trim_end());
    };
    let asks = |include: bool| {
        move |expr: &Expr| asked(expr, field, value).is_some_and(|asked| asked == include)
    };
    if top(&filter).iter().any(asks(include)) {
        return text.to_owned();
    }
    let against = |expr: &Expr| asks(!include)(expr) || (include && denies(expr, field, value));
    let opposite = top(&filter).iter().position(against);
    let added = |text: &str| {
        let filter = parse(text).ok()?;
        let mut terms = chips(&filter, text);
        if let Some(at) = opposite {
            let chip = terms.get_mut(at)?;
            let (before, after) = (text.get(..chip.range.start)?, text.get(chip.range.end..)?);
            let new = format!("{before}{term}{after}");
            chip.text.clone_from(&term);
            return holds(new, &terms);
        }
        let mut new = text.trim().to_owned();
        if let Some(Node::Any(_)) = filter.root.as_ref().map(|root| &root.node) {
            let wrapped = format!("({new})");
            // The blank keeps a word that ends in `(` from taking the parenthesis.
            new = match parse(&wrapped) {
                Ok(_) => wrapped,
                Err(_) => format!("({new} )"),
            };
            terms.clear();
            terms.push(Chip {
                text: new.clone(),
                range: 0..new.len(),
            });
        }
        if !new.is_empty() {
            new.push(' ');
        }
        new.push_str(&term);
        terms.push(Chip {
            text: term.clone(),
            range: 0..0,
        });
        holds(new, &terms)
    };
    let new = added(text).or_else(|| added(&pinned(text, &filter)));
    let Some(mut new) = new else {
        return text.to_owned();
    };
    // Any further one would leave no rows.
    while let Some(chip) = chip_where(&new, against) {
        let less = without(&new, &chip);
        if less == new {
            break;
        }
        new = less;
    }
    new
}

fn chip_where(text: &str, wanted: impl Fn(&Expr) -> bool) -> Option<Chip> {
    let filter = parse(text).ok()?;
    let at = top(&filter).iter().position(wanted)?;
    chips(&filter, text).into_iter().nth(at)
}

/// `text` without the chip, and without the `and` that joined it. A chip of another text changes nothing.
#[must_use]
pub fn without(text: &str, chip: &Chip) -> String {
    let Ok(filter) = parse(text) else {
        return text.to_owned();
    };
    let Some(at) = chips(&filter, text).iter().position(|known| known == chip) else {
        return text.to_owned();
    };
    let cut = |text: &str| {
        let mut left = chips(&parse(text).ok()?, text);
        let chip = (at < left.len()).then(|| left.remove(at))?;
        let new = match (at.checked_sub(1).and_then(|at| left.get(at)), left.get(at)) {
            (Some(before), _) => {
                let end = before.range.end;
                format!("{}{}", text.get(..end)?, text.get(chip.range.end..)?)
            }
            (None, Some(next)) => text.get(next.range.start..)?.to_owned(),
            (None, None) => String::new(),
        };
        holds(new, &left)
    };
    cut(text)
        .or_else(|| cut(&pinned(text, &filter)))
        .unwrap_or_else(|| text.to_owned())
}

/// `text` if it means these chips.
fn holds(text: String, expected: &[Chip]) -> Option<String> {
    let found = parse(&text).ok()?.chips(&text);
    let same = found
        .iter()
        .map(|chip| &chip.text)
        .eq(expected.iter().map(|chip| &chip.text));
    same.then_some(text)
}

/// Whether `expr` asks that `field` is `value` (`true`) or that it is not.
fn asked(expr: &Expr, field: &str, value: &str) -> Option<bool> {
    match &expr.node {
        Node::Not(inner) => asked(inner, field, value).map(|asked| !asked),
        Node::Group(inner) => asked(inner, field, value),
        Node::Leaf(leaf) if names(leaf, field) => {
            let literal = &leaf.literal;
            let bare = literal.form == Form::Bare;
            match (leaf.op, value) {
                (Op::Has, "") if bare && literal.text == "*" => Some(false),
                (Op::Has, "") if bare && literal.text == "-" => Some(true),
                (Op::Equal, _) if literal.text == value => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether `expr` is `not field:value`, which `field=value` contradicts in every kind of field.
fn denies(expr: &Expr, field: &str, value: &str) -> bool {
    let Node::Not(inner) = &expr.node else {
        return false;
    };
    let Node::Leaf(leaf) = &inner.node else {
        return false;
    };
    let literal = &leaf.literal;
    let plain = matches!(literal.form, Form::Bare | Form::Quoted);
    let same = plain && !value.is_empty() && literal.text.eq_ignore_ascii_case(value);
    same && leaf.op == Op::Has && names(leaf, field)
}

fn names(leaf: &Leaf, field: &str) -> bool {
    let name = leaf.field.as_ref();
    name.is_some_and(|name| name.text.eq_ignore_ascii_case(field))
}

fn term(field: &str, value: &str, include: bool) -> String {
    match (value, include) {
        ("", true) => format!("{field}:-"),
        ("", false) => format!("{field}:*"),
        (value, true) => format!("{field}={}", quoted(value)),
        (value, false) => format!("{field}!={}", quoted(value)),
    }
}

/// `value` as it can stand behind `=`.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_.-:@+%#,/".contains(c);
    // A slash at a border would close a regex that is text only for want of one.
    if value.chars().all(plain) && !value.is_empty() && !value.ends_with('/') {
        return value.to_owned();
    }
    quote(value)
}

/// `value` between quotes.
fn quote(value: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '/' if chars
                .peek()
                .is_some_and(|next| next.is_whitespace() || *next == ')') =>
            {
                out.push_str("\\/");
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `text` with quotes around what is text only because no slash closes it: an edit behind it might close it.
fn pinned(text: &str, filter: &Filter) -> String {
    let mut places = Vec::new();
    for expr in top(filter) {
        slashed(expr, &mut places);
    }
    let mut out = text.to_owned();
    for (range, value) in places.into_iter().rev() {
        out.replace_range(range, &quote(&value));
    }
    out
}

fn slashed(expr: &Expr, places: &mut Vec<(Range<usize>, String)>) {
    match &expr.node {
        Node::All(parts) | Node::Any(parts) => {
            for part in parts {
                slashed(part, places);
            }
        }
        Node::Not(inner) | Node::Group(inner) => slashed(inner, places),
        Node::Leaf(leaf) => {
            let literal = &leaf.literal;
            let open = literal.form == Form::Bare && literal.text.starts_with('/');
            // Quotes would make a glob a text.
            if open && leaf.op == Op::Has && !literal.text.contains('*') {
                places.push((literal.range.clone(), literal.text.clone()));
            }
        }
    }
}
