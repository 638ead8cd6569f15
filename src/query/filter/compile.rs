//! From terms to SQL, by the fields of one list.

use super::measure::{self, Length, Span, When};
use super::text::{self, Want};
use super::{Expr, Fields, Form, Kind, Leaf, Mistake, Node, Op, Predicate, Value};

/// The predicate that `root` means.
pub(super) fn predicate(root: Option<&Expr>, fields: &Fields) -> Result<Predicate, Mistake> {
    let mut compiler = Compiler {
        fields,
        values: Vec::new(),
    };
    let sql = match root {
        Some(root) => compiler.expr(root)?.under_and(),
        None => "TRUE".to_owned(),
    };
    let named = |(at, value)| (format!("f{at}"), value);
    let params = compiler.values.into_iter().enumerate().map(named).collect();
    Ok(Predicate { sql, params })
}

/// SQL that knows how loosely it binds.
pub(super) enum Sql {
    /// A comparison, a call, a NOT.
    One(String),
    And(String),
    Or(String),
}

impl Sql {
    fn text(self) -> String {
        match self {
            Self::One(sql) | Self::And(sql) | Self::Or(sql) => sql,
        }
    }

    fn under_and(self) -> String {
        match self {
            Self::Or(sql) => format!("({sql})"),
            other => other.text(),
        }
    }

    /// Mixed with OR, an AND is easier to read in parentheses.
    fn under_or(self) -> String {
        match self {
            Self::And(sql) => format!("({sql})"),
            other => other.text(),
        }
    }
}

/// Where a leaf looks.
pub(super) struct Column {
    /// The expression, safe beside an operator.
    pub sql: String,
    /// What its cell shows instead.
    pub cell: Option<String>,
    pub kind: Kind,
    /// What people call it.
    pub name: String,
    /// Whether it is a field of its own; not the words of a row.
    pub is_field: bool,
}

pub(super) struct Compiler<'f> {
    fields: &'f Fields,
    values: Vec<Value>,
}

impl Compiler<'_> {
    /// Takes a value in and gives the parameter that stands for it.
    pub(super) fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("$f{}", self.values.len() - 1)
    }

    fn expr(&mut self, expr: &Expr) -> Result<Sql, Mistake> {
        match &expr.node {
            Node::Group(inner) => self.expr(inner),
            Node::Leaf(leaf) => self.leaf(leaf),
            Node::Not(inner) => {
                let inner = self.expr(inner)?.text();
                Ok(Sql::One(format!("NOT coalesce({inner}, FALSE)")))
            }
            Node::All(parts) => {
                let parts = self.parts(parts, Sql::under_and)?;
                Ok(Sql::And(parts.join(" AND ")))
            }
            Node::Any(parts) => {
                let parts = self.parts(parts, Sql::under_or)?;
                Ok(Sql::Or(parts.join(" OR ")))
            }
        }
    }

    fn parts(&mut self, parts: &[Expr], write: fn(Sql) -> String) -> Result<Vec<String>, Mistake> {
        parts
            .iter()
            .map(|part| self.expr(part).map(write))
            .collect()
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<Sql, Mistake> {
        let column = self.column(leaf)?;
        if let Some(test) = presence(leaf, &column) {
            return Ok(test);
        }
        match column.kind {
            Kind::Text => text::loose(self, leaf, &column),
            Kind::Id => text::whole(self, leaf, &column, Want::Exact),
            Kind::Token => text::whole(self, leaf, &column, Want::AnyCase),
            Kind::Number => self.number(leaf, &column),
            Kind::Duration => self.duration(leaf, &column),
            Kind::Time => self.time(leaf, &column),
            Kind::Flag => self.flag(leaf, &column),
        }
    }

    fn column(&mut self, leaf: &Leaf) -> Result<Column, Mistake> {
        let Some(name) = &leaf.field else {
            if self.fields.words.is_empty() {
                let sentence = "Rows have no words to search here.";
                let hint = "Write a field: `field:value`.";
                return Err(Mistake::new(leaf.literal.range.clone(), sentence).hint(hint));
            }
            return Ok(Column {
                sql: operand(self.fields.words),
                cell: None,
                kind: Kind::Text,
                name: "words".to_owned(),
                is_field: false,
            });
        };
        if let Some(field) = self.fields.get(&name.text) {
            return Ok(Column {
                sql: operand(field.sql),
                cell: field.cell.map(operand),
                kind: field.kind,
                name: field.name.to_owned(),
                is_field: true,
            });
        }
        let Some((column, key)) = self.fields.attribute(&name.text) else {
            return Err(self.fields.unknown(name));
        };
        // Names have neither quotes nor backslashes, so the path cannot be left.
        let path = self.bind(Value::Text(format!("$.\"{key}\"")));
        Ok(Column {
            sql: format!("json_extract_string({column}, {path})"),
            cell: None,
            kind: Kind::Text,
            name: name.text.clone(),
            is_field: true,
        })
    }

    fn number(&mut self, leaf: &Leaf, column: &Column) -> Result<Sql, Mistake> {
        if let Some(test) = self.numeric(leaf, &column.sql) {
            return Ok(test);
        }
        // `status:5*`, `status:/^5/`: a number has digits.
        let is_pattern = !matches!(leaf.literal.form, Form::Bare | Form::Quoted)
            || (leaf.literal.form == Form::Bare && leaf.literal.text.contains('*'));
        if leaf.op == Op::Has && is_pattern {
            return text::whole(self, leaf, column, Want::Exact);
        }
        let example = format!("`{0}>=500`, `{0}<5%`, `{0}:1..5`", column.name);
        Err(not_a(leaf, column, "a number", &example))
    }

    /// A comparison of numbers, if the value is one. What is no number in the column is left out.
    pub(super) fn numeric(&mut self, leaf: &Leaf, column: &str) -> Option<Sql> {
        let column = format!("TRY_CAST({column} AS DOUBLE)");
        if let Some((from, to)) = range(leaf) {
            let from = ends(from, measure::number).ok()?;
            let to = ends(to, measure::number).ok()?;
            let mut tests = Vec::new();
            for (sign, end) in [(">=", from), ("<=", to)] {
                tests.extend(end.map(|end| format!("{column} {sign} {}", self.bind(end))));
            }
            return Some(Sql::And(tests.join(" AND ")));
        }
        if !matches!(leaf.literal.form, Form::Bare | Form::Quoted) {
            return None;
        }
        let value = measure::number(&leaf.literal.text)?;
        let value = self.bind(value);
        Some(Sql::One(format!("{column} {} {value}", sign(leaf.op))))
    }

    fn duration(&mut self, leaf: &Leaf, column: &Column) -> Result<Sql, Mistake> {
        let example = format!("`{0}>=250ms`, `{0}:1s..5s`", column.name);
        let wrong = || not_a(leaf, column, "a duration", &example);
        let at = &column.sql;
        if let Some((from, to)) = range(leaf) {
            let from = ends(from, measure::duration).map_err(|Unread| wrong())?;
            let to = ends(to, measure::duration).map_err(|Unread| wrong())?;
            let mut tests = Vec::new();
            for (sign, end) in [(">=", from), ("<=", to)] {
                let end = end.map(|end| self.bind(Value::Int(end.exact)));
                tests.extend(end.map(|end| format!("{at} {sign} {end}")));
            }
            return Ok(Sql::And(tests.join(" AND ")));
        }
        let Length { exact, like } = plain(leaf).and_then(measure::duration).ok_or_else(wrong)?;
        if matches!(leaf.op, Op::Has | Op::Equal) {
            return Ok(self.within(at, like));
        }
        let value = self.bind(Value::Int(exact));
        Ok(Sql::One(format!("{at} {} {value}", sign(leaf.op))))
    }

    fn time(&mut self, leaf: &Leaf, column: &Column) -> Result<Sql, Mistake> {
        let example = format!(
            "`{0}>=14:02`, `{0}:14:00..14:30`, `{0}:2026-03-03`, `{0}<2026-03-03T14:02:07Z`",
            column.name
        );
        let wrong = || not_a(leaf, column, "a time", &example);
        if let Some((from, to)) = range(leaf) {
            let from = ends(from, measure::when).map_err(|Unread| wrong())?;
            let to = ends(to, measure::when).map_err(|Unread| wrong())?;
            return match (from, to) {
                (Some(When::Daily(from)), Some(When::Daily(to))) => {
                    Ok(self.daily(column, from, to))
                }
                (Some(When::Once(from)), Some(When::Once(to))) => {
                    let (from, until) = (from.from, to.until);
                    Ok(self.within(&column.sql, Span { from, until }))
                }
                (Some(from), None) => Ok(self.moment(column, Op::AtLeast, from)),
                (None, Some(to)) => Ok(self.moment(column, Op::AtMost, to)),
                _ => Err(Mistake::new(
                    leaf.literal.range.clone(),
                    "One end is a time of the day and the other is not.",
                )
                .hint(format!("Write both alike, as in {example}."))),
            };
        }
        let when = plain(leaf).and_then(measure::when).ok_or_else(wrong)?;
        Ok(self.moment(column, leaf.op, when))
    }

    fn moment(&mut self, column: &Column, op: Op, when: When) -> Sql {
        let (at, span) = match when {
            When::Once(span) => (column.sql.clone(), span),
            When::Daily(span) => (of_day(&column.sql), span),
        };
        // A minute is before another if all of it is, so that `<=` is `<` or `:`.
        let (sign, end) = match op {
            Op::Has | Op::Equal => return self.within(&at, span),
            Op::Less => ("<", span.from),
            Op::AtMost => ("<", span.until),
            Op::More => (">=", span.until),
            Op::AtLeast => (">=", span.from),
        };
        let end = self.bind(Value::Int(end));
        Sql::One(format!("{at} {sign} {end}"))
    }

    /// From one time of the day to another, which may lie behind midnight.
    fn daily(&mut self, column: &Column, from: Span, to: Span) -> Sql {
        let at = of_day(&column.sql);
        let wraps = to.from < from.from;
        let from = self.bind(Value::Int(from.from));
        let until = self.bind(Value::Int(to.until));
        if wraps {
            return Sql::Or(format!("{at} >= {from} OR {at} < {until}"));
        }
        Sql::And(format!("{at} >= {from} AND {at} < {until}"))
    }

    fn within(&mut self, at: &str, span: Span) -> Sql {
        let from = self.bind(Value::Int(span.from));
        let until = self.bind(Value::Int(span.until));
        Sql::And(format!("{at} >= {from} AND {at} < {until}"))
    }

    fn flag(&mut self, leaf: &Leaf, column: &Column) -> Result<Sql, Mistake> {
        let word = plain(leaf).unwrap_or("").to_ascii_lowercase();
        let value = match word.as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        };
        if let Some(value) = value.filter(|_| matches!(leaf.op, Op::Has | Op::Equal)) {
            let value = self.bind(Value::Flag(value));
            Ok(Sql::One(format!("{} = {value}", column.sql)))
        } else {
            let example = format!("`{0}:yes`, `{0}:no`", column.name);
            Err(not_a(leaf, column, "yes or no", &example))
        }
    }
}

/// `*` and `-`: whether there is a value. Lists show NULL and empty text alike, so both are none.
fn presence(leaf: &Leaf, column: &Column) -> Option<Sql> {
    let literal = &leaf.literal;
    let present = match (literal.form, literal.text.as_str()) {
        (Form::Bare, "*") => true,
        (Form::Bare, "-") | (Form::Quoted, "") => false,
        _ => return None,
    };
    let asked = leaf.op == Op::Has || (leaf.op == Op::Equal && literal.form == Form::Quoted);
    (column.is_field && asked).then_some(())?;
    let at = &column.sql;
    let sql = match column.kind {
        Kind::Text | Kind::Id | Kind::Token => {
            let sign = if present { "<>" } else { "=" };
            format!("coalesce(CAST({at} AS VARCHAR), '') {sign} ''")
        }
        _ if present => format!("{at} IS NOT NULL"),
        _ => format!("{at} IS NULL"),
    };
    Some(Sql::One(sql))
}

/// Nanoseconds since midnight, before 1970 too.
fn of_day(column: &str) -> String {
    let day = measure::DAY;
    format!("(({column} % {day} + {day}) % {day})")
}

/// The two ends of `a..b`, one of which may be missing.
fn range(leaf: &Leaf) -> Option<(&str, &str)> {
    let ranged = leaf.op == Op::Has && leaf.literal.form == Form::Bare;
    let (from, to) = ranged.then(|| leaf.literal.text.split_once(".."))??;
    (!from.is_empty() || !to.is_empty()).then_some((from, to))
}

/// That an end of a range is none of its field's.
struct Unread;

/// One end of a range; `None` if it is open.
fn ends<T>(end: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Unread> {
    if end.is_empty() {
        return Ok(None);
    }
    read(end).map(Some).ok_or(Unread)
}

/// The value where it has no mark.
fn plain(leaf: &Leaf) -> Option<&str> {
    matches!(leaf.literal.form, Form::Bare | Form::Quoted).then_some(leaf.literal.text.as_str())
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::Has | Op::Equal => "=",
        Op::Less => "<",
        Op::AtMost => "<=",
        Op::More => ">",
        Op::AtLeast => ">=",
    }
}

/// That the value is none that the field can have.
pub(super) fn not_a(leaf: &Leaf, column: &Column, what: &str, example: &str) -> Mistake {
    let shown: String = leaf.literal.text.chars().take(40).collect();
    let sentence = format!("`{}` is {what}, and `{shown}` is not.", column.name);
    Mistake::new(leaf.literal.range.clone(), sentence).hint(format!("Write {example}."))
}

/// `sql` in parentheses, unless it is one column or one call.
fn operand(sql: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"');
    let end = sql.find(|c: char| !word(c)).unwrap_or(sql.len());
    let tail = sql.get(end..).unwrap_or("");
    if tail.is_empty() || (end > 0 && closes_at_end(tail)) {
        sql.to_owned()
    } else {
        format!("({sql})")
    }
}

/// Whether the parenthesis that `tail` begins with is closed by its last character.
fn closes_at_end(tail: &str) -> bool {
    let mut open = 0_usize;
    let mut in_text = false;
    for (at, c) in tail.char_indices() {
        match c {
            '\'' => in_text = !in_text,
            '(' if !in_text => open += 1,
            ')' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return at > 0 && at + 1 == tail.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::operand;

    #[test]
    fn what_stands_beside_an_operator_is_one_thing() {
        for (sql, safe) in [
            ("l.service_name", "l.service_name"),
            ("l.\"offset\"", "l.\"offset\""),
            ("lower(a || ')')", "lower(a || ')')"),
            ("a || b", "(a || b)"),
            ("f(a) || g(b)", "(f(a) || g(b))"),
            ("(a + b)", "((a + b))"),
            ("CASE WHEN a THEN b END", "(CASE WHEN a THEN b END)"),
        ] {
            assert_eq!(operand(sql), safe, "{sql}");
        }
    }
}
