//! Tests of text: parts, words, ends, globs and regexes.

use super::compile::{Column, Compiler, Sql, not_a};
use super::{Form, Leaf, Mistake, Op, Value, pattern};

/// What `=` takes for equal in a column of whole words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Exact,
    AnyCase,
}

/// A test of text of which a part is enough.
pub(super) fn loose(
    compiler: &mut Compiler<'_>,
    leaf: &Leaf,
    column: &Column,
) -> Result<Sql, Mistake> {
    let literal = &leaf.literal;
    let at = &column.sql;
    match leaf.op {
        Op::Has => {}
        Op::Equal => {
            let value = compiler.bind(Value::Text(literal.text.clone()));
            return Ok(Sql::One(equal(column, at, &value)));
        }
        _ => {
            return compiler.numeric(leaf, at).ok_or_else(|| {
                let example = format!("`{0}>=500`, or `{0}:text`", column.name);
                not_a(leaf, column, "compared as a number", &example)
            });
        }
    }
    if let Some(test) = marked(compiler, leaf, at)? {
        return Ok(test);
    }
    if literal.form == Form::Bare {
        let ranged = column.is_field && literal.text.contains("..");
        if let Some(test) = ranged.then(|| compiler.numeric(leaf, at)).flatten() {
            return Ok(test);
        }
        if literal.text.contains('*') {
            let glob = pattern::like(&literal.text);
            // A field is matched whole, as a path is; the words of a row are never one word.
            let glob = if column.is_field {
                glob
            } else {
                format!("%{glob}%")
            };
            return Ok(like(compiler, at, glob));
        }
    }
    let value = compiler.bind(Value::Text(literal.text.clone()));
    Ok(Sql::One(format!("contains(lower({at}), lower({value}))")))
}

/// That the value is this, or that its cell is told so.
fn equal(column: &Column, at: &str, value: &str) -> String {
    match &column.cell {
        Some(cell) => format!("({at} = {value} OR CAST({cell} AS VARCHAR) = {value})"),
        None => format!("{at} = {value}"),
    }
}

/// A test of text that means something only as a whole.
pub(super) fn whole(
    compiler: &mut Compiler<'_>,
    leaf: &Leaf,
    column: &Column,
    want: Want,
) -> Result<Sql, Mistake> {
    let literal = &leaf.literal;
    // Ids are numbers in places.
    let at = format!("CAST({} AS VARCHAR)", column.sql);
    if !matches!(leaf.op, Op::Has | Op::Equal) {
        let example = format!("`{0}:value`, `{0}:start*`", column.name);
        let mistake = not_a(leaf, column, "a name", &example);
        return Err(Mistake {
            sentence: format!("`{}` is a name, and names have no order.", column.name),
            ..mistake
        });
    }
    if leaf.op == Op::Has {
        if let Some(test) = marked(compiler, leaf, &at)? {
            return Ok(test);
        }
        if literal.form == Form::Bare && literal.text.contains('*') {
            return Ok(like(compiler, &at, pattern::like(&literal.text)));
        }
    }
    let value = compiler.bind(Value::Text(literal.text.clone()));
    let sql = if leaf.op == Op::Equal && want == Want::Exact {
        equal(column, &at, &value)
    } else if leaf.op == Op::Equal && column.cell.is_some() {
        equal(column, &format!("lower({at})"), &format!("lower({value})"))
    } else {
        format!("lower({at}) = lower({value})")
    };
    Ok(Sql::One(sql))
}

/// What a mark or slashes ask for, if there are any.
fn marked(compiler: &mut Compiler<'_>, leaf: &Leaf, at: &str) -> Result<Option<Sql>, Mistake> {
    let literal = &leaf.literal;
    let call = match literal.form {
        Form::Bare | Form::Quoted => return Ok(None),
        Form::Regex | Form::Word => {
            let regex = if literal.form == Form::Regex {
                pattern::check(literal)?;
                literal.text.clone()
            } else {
                pattern::whole_word(&literal.text)
            };
            let regex = compiler.bind(Value::Text(regex));
            return Ok(Some(Sql::One(format!(
                "regexp_matches({at}, {regex}, 'i')"
            ))));
        }
        Form::Prefix => "starts_with",
        Form::Suffix => "ends_with",
        Form::Whole => {
            let value = compiler.bind(Value::Text(literal.text.clone()));
            return Ok(Some(Sql::One(format!("lower({at}) = lower({value})"))));
        }
    };
    let value = compiler.bind(Value::Text(literal.text.clone()));
    Ok(Some(Sql::One(format!(
        "{call}(lower({at}), lower({value}))"
    ))))
}

fn like(compiler: &mut Compiler<'_>, at: &str, glob: String) -> Sql {
    let glob = compiler.bind(Value::Text(glob));
    Sql::One(format!("lower({at}) LIKE lower({glob}) ESCAPE '\\'"))
}
