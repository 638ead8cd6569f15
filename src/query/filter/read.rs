//! From text to terms: one function for each rule of the grammar.
//!
//! ```text
//! any  = all { ("or" | "||") all }
//! all  = alt { ["and" | "&&"] alt }
//! alt  = one { "|" one }
//! one  = ("not" | "!" | "-") one | "(" any ")" | term
//! term = [name sign] (value | "(" any ")")
//! ```

use std::ops::Range;

use super::lex::{self, Head};
use super::{
    Expr, Filter, Form, Leaf, Literal, MAX_BYTES, MAX_DEPTH, MAX_TERMS, Mistake, Name, Node, Op,
};

/// Reads a whole filter line.
pub(super) fn filter(text: &str) -> Result<Filter, Mistake> {
    if text.len() > MAX_BYTES {
        let cut = text.floor_char_boundary(MAX_BYTES);
        let sentence = format!("A filter has at most {MAX_BYTES} bytes.");
        return Err(Mistake::new(cut..text.len(), sentence));
    }
    let mut reader = Reader {
        text,
        at: 0,
        terms: 0,
        depth: 0,
        values_of: None,
    };
    reader.skip();
    if reader.at == text.len() {
        return Ok(Filter::default());
    }
    let root = reader.any()?;
    if reader.at < text.len() {
        // Only a closing parenthesis stops the rules.
        return Err(
            Mistake::new(reader.at..reader.at + 1, "This `)` closes nothing.")
                .hint("Quote it to find it as text."),
        );
    }
    Ok(Filter { root: Some(root) })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    terms: usize,
    depth: usize,
    /// Inside `field:( )`: the field and sign of every value there.
    values_of: Option<(Name, Op)>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.at = lex::skip_blanks(self.text, self.at);
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or("")
    }

    fn any(&mut self) -> Result<Expr, Mistake> {
        let mut parts = vec![self.all()?];
        while let Some(end) = lex::disjunction(self.text, self.at) {
            self.operand_after(self.at..end)?;
            parts.push(self.all()?);
        }
        Ok(joined(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Expr, Mistake> {
        let mut parts = vec![self.alt()?];
        loop {
            let ended = self.at == self.text.len()
                || lex::peek(self.text, self.at) == Some(')')
                || lex::disjunction(self.text, self.at).is_some();
            if ended {
                return Ok(joined(parts, Node::All));
            }
            if let Some(end) = lex::conjunction(self.text, self.at) {
                self.operand_after(self.at..end)?;
            }
            parts.push(self.alt()?);
        }
    }

    fn alt(&mut self) -> Result<Expr, Mistake> {
        let mut parts = vec![self.one()?];
        while let Some(end) = lex::alternative(self.text, self.at) {
            self.operand_after(self.at..end)?;
            parts.push(self.one()?);
        }
        Ok(joined(parts, Node::Any))
    }

    /// Goes past a sign; what it works on must follow.
    fn operand_after(&mut self, sign: Range<usize>) -> Result<(), Mistake> {
        self.at = sign.end;
        self.skip();
        if lex::is_border(self.text, self.at) {
            let sentence = format!("Nothing follows `{}`.", self.slice(sign.clone()));
            return Err(Mistake::new(sign, sentence).hint("Quote it to find it as text."));
        }
        Ok(())
    }

    fn one(&mut self) -> Result<Expr, Mistake> {
        let start = self.at;
        let in_values = self.values_of.is_some();
        let sign = lex::disjunction(self.text, start)
            .or_else(|| lex::conjunction(self.text, start))
            .or_else(|| lex::alternative(self.text, start));
        if let Some(end) = sign {
            let sentence = format!("Nothing stands before `{}`.", self.slice(start..end));
            return Err(Mistake::new(start..end, sentence).hint("Quote it to find it as text."));
        }
        if let Some(end) = lex::negation(self.text, start, in_values) {
            self.operand_after(start..end)?;
            self.deeper(start)?;
            let inner = self.one()?;
            self.depth -= 1;
            return Ok(Expr {
                range: start..inner.range.end,
                node: Node::Not(Box::new(inner)),
            });
        }
        let one = match lex::peek(self.text, start) {
            Some('(') => self.group(start),
            _ => self.term(),
        }?;
        self.skip();
        Ok(one)
    }

    fn deeper(&mut self, at: usize) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let sentence = format!("This is nested more than {MAX_DEPTH} deep.");
            let end = at + lex::peek(self.text, at).map_or(0, char::len_utf8);
            return Err(Mistake::new(at..end, sentence));
        }
        Ok(())
    }

    /// A parenthesis at the reader's place; `start` is where its term begins.
    fn group(&mut self, start: usize) -> Result<Expr, Mistake> {
        let open = self.at..self.at + 1;
        self.deeper(self.at)?;
        self.at += 1;
        self.skip();
        if lex::peek(self.text, self.at) == Some(')') {
            return Err(Mistake::new(
                open.start..self.at + 1,
                "Nothing stands in these parentheses.",
            )
            .hint("Quote them to find them as text."));
        }
        if self.at == self.text.len() {
            return Err(unclosed(open));
        }
        let inner = self.any()?;
        if lex::peek(self.text, self.at) != Some(')') {
            return Err(unclosed(open));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Expr {
            range: start..self.at,
            node: Node::Group(Box::new(inner)),
        })
    }

    fn term(&mut self) -> Result<Expr, Mistake> {
        let start = self.at;
        self.terms += 1;
        if self.terms > MAX_TERMS {
            let end = lex::word_end(self.text, start);
            let sentence = format!("A filter has at most {MAX_TERMS} terms.");
            return Err(Mistake::new(start..end, sentence));
        }
        if let Some((field, op)) = self.values_of.clone() {
            let literal = self.literal(op)?;
            return Ok(self.leaf(start, Some(field), op, literal));
        }
        let Some(head) = lex::head(self.text, start) else {
            let literal = self.literal(Op::Has)?;
            if literal.text.is_empty() {
                return Err(Mistake::new(literal.range, "These quotes hold nothing.")
                    .hint("Write what to find."));
            }
            return Ok(self.leaf(start, None, Op::Has, literal));
        };
        let field = Name {
            text: self.slice(start..head.name).to_owned(),
            range: start..head.name,
        };
        self.at = head.value;
        let inner = if lex::is_border(self.text, self.at) {
            return Err(self.no_value(start, head));
        } else if lex::peek(self.text, self.at) == Some('(') {
            if !matches!(head.op, Op::Has | Op::Equal) {
                return Err(
                    Mistake::new(head.name..head.value + 1, "This sign takes one value.")
                        .hint(format!("Write `{}:(1 or 2)`.", field.text)),
                );
            }
            self.values_of = Some((field, head.op));
            let group = self.group(start);
            self.values_of = None;
            group?
        } else {
            let literal = self.literal(head.op)?;
            self.leaf(start, Some(field), head.op, literal)
        };
        Ok(if head.negated {
            Expr {
                range: inner.range.clone(),
                node: Node::Not(Box::new(inner)),
            }
        } else {
            inner
        })
    }

    fn leaf(&self, start: usize, field: Option<Name>, op: Op, literal: Literal) -> Expr {
        Expr {
            range: start..self.at,
            node: Node::Leaf(Leaf { field, op, literal }),
        }
    }

    fn no_value(&self, start: usize, head: Head) -> Mistake {
        let typed = self.slice(start..head.value);
        let name = self.slice(start..head.name);
        Mistake::new(start..head.value, format!("Nothing follows `{typed}`.")).hint(format!(
            "`{name}:*` asks that there is one, `{name}:-` that there is none; `\"{typed}\"` is text."
        ))
    }

    /// A value. Only `:` and plain words know regexes and marks: what follows another sign is taken as it stands.
    fn literal(&mut self, op: Op) -> Result<Literal, Mistake> {
        let start = self.at;
        let (text, form) = match lex::peek(self.text, start) {
            Some('"') => {
                let text = self.quoted()?;
                let suffix = op == Op::Has && lex::peek(self.text, self.at) == Some('$');
                if suffix {
                    self.at += 1;
                    (text, Form::Suffix)
                } else {
                    (text, Form::Quoted)
                }
            }
            Some('/') if op == Op::Has => match lex::regex_end(self.text, start) {
                Some(close) => {
                    self.at = close + 1;
                    (self.slice(start + 1..close).to_owned(), Form::Regex)
                }
                None => self.bare(op),
            },
            Some('\'') if op == Op::Has && !lex::is_border(self.text, start + 1) => {
                self.at += 1;
                let (text, _) = self.marked('\'')?;
                (text, Form::Word)
            }
            Some('^') if op == Op::Has && !lex::is_border(self.text, start + 1) => {
                self.at += 1;
                let (text, ends) = self.marked('$')?;
                (text, if ends { Form::Whole } else { Form::Prefix })
            }
            _ => self.bare(op),
        };
        if !self.ends_here() {
            let next = self.at + lex::peek(self.text, self.at).map_or(0, char::len_utf8);
            return Err(
                Mistake::new(self.at..next, "A blank is missing after the quote.")
                    .hint("Write `\\\"` for a quote within quotes."),
            );
        }
        let range = start..self.at;
        if text.is_empty() && form != Form::Quoted {
            return Err(Mistake::new(range, "This mark has no text."));
        }
        Ok(Literal { text, form, range })
    }

    fn ends_here(&self) -> bool {
        lex::is_border(self.text, self.at)
            || lex::conjunction(self.text, self.at).is_some()
            || lex::disjunction(self.text, self.at).is_some()
    }

    fn bare(&mut self, op: Op) -> (String, Form) {
        let end = lex::word_end(self.text, self.at);
        let word = self.slice(self.at..end);
        let found = match word.strip_suffix('$') {
            Some(text) if op == Op::Has && !text.is_empty() => (text.to_owned(), Form::Suffix),
            _ => match sql_quoted(word) {
                Some(text) => (text.to_owned(), Form::Quoted),
                None => (word.to_owned(), Form::Bare),
            },
        };
        self.at = end;
        found
    }

    /// What a mark stands before, and whether `last` ends it.
    fn marked(&mut self, last: char) -> Result<(String, bool), Mistake> {
        if lex::peek(self.text, self.at) == Some('"') {
            let text = self.quoted()?;
            let ends = lex::peek(self.text, self.at) == Some(last);
            self.at += usize::from(ends);
            return Ok((text, ends));
        }
        let end = lex::word_end(self.text, self.at);
        let word = self.slice(self.at..end);
        let (text, ends) = match word.strip_suffix(last) {
            Some(text) => (text.to_owned(), true),
            None => (word.to_owned(), false),
        };
        self.at = end;
        Ok((text, ends))
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        let Some(close) = lex::quote_end(self.text, start) else {
            return Err(
                Mistake::new(start..self.text.len(), "This quote is not closed.")
                    .hint("Write `\"` at the end of the text."),
            );
        };
        let text = unescape(self.slice(start + 1..close));
        self.at = close + 1;
        Ok(text)
    }
}

/// `field='word'`: who writes SQL all day means the word.
fn sql_quoted(word: &str) -> Option<&str> {
    let inner = word.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.is_empty()).then_some(inner)
}

fn unclosed(open: Range<usize>) -> Mistake {
    Mistake::new(open, "This `(` is not closed.").hint("Write `)`, or quote the text.")
}

/// One part stands for itself.
fn joined(mut parts: Vec<Expr>, node: fn(Vec<Expr>) -> Node) -> Expr {
    let start = parts.first().map_or(0, |part| part.range.start);
    let end = parts.last().map_or(start, |part| part.range.end);
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            Expr {
                range: start..end,
                node: node(parts),
            }
        }
    }
}

/// What stands between quotes. A backslash before anything else is itself: people paste paths.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let (c, left) = match chars.next() {
            Some(c @ ('"' | '\\' | '/')) => (c, chars.as_str()),
            Some('n') => ('\n', chars.as_str()),
            Some('t') => ('\t', chars.as_str()),
            Some('r') => ('\r', chars.as_str()),
            Some('u') => code_point(chars.as_str()).unwrap_or(('\\', after)),
            _ => ('\\', after),
        };
        out.push(c);
        rest = left;
    }
    out.push_str(rest);
    out
}

/// `{1b}` and what follows it.
fn code_point(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.strip_prefix('{')?.split_once('}')?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some((char::from_u32(code)?, rest))
}
