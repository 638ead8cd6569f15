//! Recursive descent over the tokens, with types.

use std::ops::Range;

use super::super::error::nearest;
use super::super::words::{Channel, Family, Level, Severity, Word};
use super::lexer::{Token, tokens};
use super::{
    Comparison, CountFilter, DEEPEST, Fault, Filter, Ids, Mistake, Part, Scope, Type, Value, names,
    quote,
};

/// Unknown names that are reported of one expression.
const MOST_FAULTS: usize = 16;

/// A part and its type; no type where a mistake in it was noted already.
type Typed = (Part, Option<Type>);

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    scope: Scope,
    ids: &'t Ids,
    rules: Vec<String>,
    sustained: Option<usize>,
    faults: Vec<Fault>,
}

/// The parsed condition and the rules that it names.
pub(super) fn parse(
    text: &str,
    scope: Scope,
    ids: &Ids,
) -> Result<(Part, Vec<String>), Vec<Fault>> {
    let tokens = tokens(text).map_err(|fault| vec![fault])?;
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        scope,
        ids,
        rules: Vec::new(),
        sustained: None,
        faults: Vec::new(),
    };
    let root = parser.whole();
    if let (Some(at), true) = (parser.sustained, parser.rules.is_empty()) {
        let problem = "`sustained` is about the rules of its expression, and there is none.";
        parser.note(
            Mistake::Syntax,
            at,
            problem,
            "Name a rule: `R09 and sustained(10m)`.",
        );
    }
    match root {
        Ok(root) if parser.faults.is_empty() => Ok((root, parser.rules)),
        Ok(_) => Err(parser.faults),
        Err(fault) => {
            parser.faults.push(fault);
            Err(parser.faults)
        }
    }
}

impl Parser<'_> {
    fn note(
        &mut self,
        mistake: Mistake,
        at: usize,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.faults.push(Fault {
            mistake,
            at,
            problem: problem.into(),
            hint: hint.into(),
        });
    }

    fn syntax<T>(&self, problem: impl Into<String>, hint: &str) -> Result<T, Fault> {
        let (mistake, at, problem) = (Mistake::Syntax, self.place(), problem.into());
        Err(Fault {
            mistake,
            at,
            problem,
            hint: hint.to_owned(),
        })
    }

    fn place(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.text.len(), |(_, bytes)| bytes.start)
    }

    /// Where the last token that was taken ends.
    fn end(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0, |(_, bytes)| bytes.end)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    /// Keywords are taken in any case: people come from SQL.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn shown(&self) -> String {
        let bytes = self.tokens.get(self.at).map(|(_, bytes)| bytes.clone());
        bytes.map_or_else(
            || "the end".to_owned(),
            |bytes| quote(self.text.get(bytes).unwrap_or("")),
        )
    }

    fn whole(&mut self) -> Result<Part, Fault> {
        if self.tokens.is_empty() {
            return self.syntax(
                "The expression is empty.",
                "Write a condition, or leave the key out.",
            );
        }
        let start = self.place();
        let root = self.or()?;
        if self.at < self.tokens.len() {
            let shown = self.shown();
            let is_comparison =
                matches!(self.peek(), Some(Token::Sign(s)) if Comparison::of(s).is_some());
            let hint = if is_comparison {
                "Join two comparisons with `and`."
            } else {
                "Join conditions with `and` or `or`."
            };
            return self.syntax(format!("Nothing is expected before {shown}."), hint);
        }
        Ok(self.truth(root, start))
    }

    /// Notes where a part is no condition.
    fn truth(&mut self, (part, kind): Typed, at: usize) -> Part {
        if let Some(kind) = kind.filter(|kind| *kind != Type::Truth) {
            let problem = format!("This is {} where a condition is needed.", kind.what());
            self.note(Mistake::Types, at, problem, "Compare it with something.");
        }
        part
    }

    fn or(&mut self) -> Result<Typed, Fault> {
        self.chain("or", Self::and, Part::Or)
    }

    fn and(&mut self) -> Result<Typed, Fault> {
        self.chain("and", Self::not, Part::And)
    }

    fn chain(
        &mut self,
        keyword: &str,
        part: impl Fn(&mut Self) -> Result<Typed, Fault>,
        join: impl Fn(Vec<Part>) -> Part,
    ) -> Result<Typed, Fault> {
        let start = self.place();
        let first = part(self)?;
        if !self.keyword(keyword) {
            return Ok(first);
        }
        let mut parts = vec![self.truth(first, start)];
        loop {
            let start = self.place();
            let next = part(self)?;
            parts.push(self.truth(next, start));
            if !self.keyword(keyword) {
                return Ok((join(parts), Some(Type::Truth)));
            }
        }
    }

    fn not(&mut self) -> Result<Typed, Fault> {
        if !self.keyword("not") {
            return self.comparison();
        }
        let start = self.place();
        let inner = self.deeper(Self::not)?;
        let inner = self.truth(inner, start);
        Ok((Part::Not(Box::new(inner)), Some(Type::Truth)))
    }

    fn deeper<T>(&mut self, part: impl Fn(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= DEEPEST {
            let problem = format!("The expression is nested deeper than {DEEPEST} levels.");
            let hint = "Take parentheses out.".to_owned();
            return Err(Fault {
                mistake: Mistake::TooLarge,
                at: self.place(),
                problem,
                hint,
            });
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn compare_sign(&mut self) -> Option<Comparison> {
        let Some(Token::Sign(sign)) = self.peek() else {
            return None;
        };
        let comparison = Comparison::of(sign)?;
        self.at += 1;
        Some(comparison)
    }

    fn comparison(&mut self) -> Result<Typed, Fault> {
        let start = self.place();
        let (left, left_kind) = self.sum()?;
        let sign = self.place();
        let Some(comparison) = self.compare_sign() else {
            return Ok((left, left_kind));
        };
        let (right, right_kind) = self.sum()?;
        if let (Some(left), Some(right)) = (left_kind, right_kind) {
            let is_ordered = !matches!(left, Type::Truth | Type::Text);
            let needs_order = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
            if left != right {
                let problem = format!("This compares {} with {}.", left.what(), right.what());
                self.note(Mistake::Types, sign, problem, mixed(left, right));
            } else if needs_order && !is_ordered {
                let problem = format!("{} has no order.", capital(left.what()));
                self.note(
                    Mistake::Types,
                    sign,
                    problem,
                    "Compare it with `==` or `!=`.",
                );
            }
        }
        let part = Part::Compare {
            left: Box::new(left),
            comparison,
            right: Box::new(right),
            bytes: start..self.end(),
        };
        Ok((part, Some(Type::Truth)))
    }

    fn sum(&mut self) -> Result<Typed, Fault> {
        let (mut left, mut kind) = self.term()?;
        loop {
            let sign = self.place();
            let is_minus = match (self.sign("+"), self.sign("-")) {
                (true, _) => false,
                (_, true) => true,
                _ => return Ok((left, kind)),
            };
            let (right, right_kind) = self.term()?;
            kind = match (kind, right_kind) {
                (Some(left), Some(right)) => self.sum_type(left, is_minus, right, sign),
                _ => None,
            };
            left = Part::Sum {
                left: Box::new(left),
                is_minus,
                right: Box::new(right),
            };
        }
    }

    fn sum_type(&mut self, left: Type, is_minus: bool, right: Type, at: usize) -> Option<Type> {
        use Type::{Duration, Number, Time};
        match (left, right) {
            (Number, Number) => Some(Number),
            (Duration, Duration) => Some(Duration),
            (Time, Duration) => Some(Time),
            (Duration, Time) if !is_minus => Some(Time),
            (Time, Time) if is_minus => Some(Duration),
            _ => {
                let (verb, word) = if is_minus {
                    ("subtracted from", "subtract")
                } else {
                    ("added to", "add")
                };
                let problem = format!(
                    "{} cannot be {verb} {}.",
                    capital(right.what()),
                    left.what()
                );
                let hint = format!("Only {word} numbers, durations, and durations with times.");
                self.note(Mistake::Types, at, problem, hint);
                None
            }
        }
    }

    fn term(&mut self) -> Result<Typed, Fault> {
        let at = self.place();
        let Some(token) = self.peek().cloned() else {
            return self.syntax(
                "The expression ends where a value is needed.",
                "Complete it.",
            );
        };
        self.at += 1;
        Ok(match token {
            Token::Int(n) => (Part::Literal(Value::Int(n)), Some(Type::Number)),
            Token::Float(n) => (Part::Literal(Value::Float(n)), Some(Type::Number)),
            Token::Duration(s) => (Part::Literal(Value::Duration(s)), Some(Type::Duration)),
            Token::Time(ns) => (Part::Literal(Value::Time(ns)), Some(Type::Time)),
            Token::Text(text) => (Part::Literal(Value::Text(text)), Some(Type::Text)),
            Token::Sign("-") => match self.peek() {
                Some(Token::Int(n)) => {
                    let value = Value::Int(-*n);
                    self.at += 1;
                    (Part::Literal(value), Some(Type::Number))
                }
                Some(Token::Float(n)) => {
                    let value = Value::Float(-*n);
                    self.at += 1;
                    (Part::Literal(value), Some(Type::Number))
                }
                _ => return self.syntax("Only a number can follow this `-`.", "Write `a - b`."),
            },
            Token::Sign("(") => {
                let inner = self.deeper(Self::or)?;
                if !self.sign(")") {
                    let problem = format!("A `)` is missing before {}.", self.shown());
                    return self.syntax(problem, "Close the parenthesis.");
                }
                inner
            }
            Token::Sign(sign) => {
                self.at -= 1;
                return self.syntax(
                    format!("A value is needed where `{sign}` stands."),
                    "Write a name, a number or a rule here.",
                );
            }
            Token::Word(word) if self.sign("(") => self.call(&word, at)?,
            Token::Word(word) => self.word(&word, at)?,
        })
    }

    fn word(&mut self, word: &str, at: usize) -> Result<Typed, Fault> {
        if let Some(name) = names::find(word, self.scope) {
            return Ok((Part::Name(name.path, name.kind), Some(name.kind)));
        }
        if let Some(part) = self.reference(word) {
            return Ok((part, Some(Type::Truth)));
        }
        let literal = match word {
            "true" => Some((Value::Bool(true), Type::Truth)),
            "false" => Some((Value::Bool(false), Type::Truth)),
            _ => Severity::of(word)
                .map(|severity| (Value::Severity(severity), Type::Severity))
                .or_else(|| Level::of(word).map(|level| (Value::Level(level), Type::Level))),
        };
        if let Some((value, kind)) = literal {
            return Ok((Part::Literal(value), Some(kind)));
        }
        if ["and", "or", "not"]
            .iter()
            .any(|k| word.eq_ignore_ascii_case(k))
        {
            self.at -= 1;
            let problem = format!("A value is needed where {} stands.", quote(word));
            return self.syntax(
                problem,
                "Write a condition on both sides of `and` and `or`.",
            );
        }
        self.unknown(word, at);
        Ok((Part::Literal(Value::Unknown), None))
    }

    fn reference(&mut self, word: &str) -> Option<Part> {
        if self.scope != Scope::Criterion {
            return None;
        }
        if self.ids.rules.contains(word) {
            if !self.rules.iter().any(|rule| rule == word) {
                self.rules.push(word.to_owned());
            }
            return Some(Part::Rule(word.to_owned()));
        }
        self.ids
            .gates
            .contains(word)
            .then(|| Part::Gate(word.to_owned()))
    }

    fn unknown(&mut self, word: &str, at: usize) {
        // Looking for near names is the one costly thing here.
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        let elsewhere = names::NAMES.iter().any(|name| name.path == word)
            || self.ids.rules.contains(word)
            || self.ids.gates.contains(word);
        let problem = if elsewhere {
            format!("{} is not known in this kind of expression.", quote(word))
        } else {
            format!("There is no rule, gate or name {}.", quote(word))
        };
        let ids = self
            .ids
            .rules
            .iter()
            .chain(&self.ids.gates)
            .map(String::as_str);
        let ids = ids.filter(|_| self.scope == Scope::Criterion);
        let near = nearest(word, names::known(self.scope).chain(ids));
        let hint = if let Some(near) = near.filter(|near| *near != word) {
            format!("Write {}, if that is what is meant.", quote(near))
        } else {
            let names: Vec<_> = names::known(self.scope).map(|n| format!("`{n}`")).collect();
            let ids = match self.scope {
                Scope::Criterion => "the id of a rule or gate of this file, or ",
                Scope::Gate | Scope::Behaviour => "",
            };
            format!("Write {ids}one of {}.", names.join(", "))
        };
        self.note(Mistake::UnknownReference, at, problem, hint);
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Typed, Fault> {
        let is_known = matches!(name, "sustained" | "count") && self.scope == Scope::Criterion;
        if !is_known {
            let near = nearest(name, ["sustained", "count"]).unwrap_or("sustained");
            return Err(Fault {
                mistake: Mistake::UnknownReference,
                at,
                problem: format!("There is no call {} here.", quote(name)),
                hint: format!("Write `{near}(…)`; calls are for `rollback:` only."),
            });
        }
        let typed = if name == "sustained" {
            let Some(Token::Duration(seconds)) = self.peek().cloned() else {
                return self.syntax("`sustained` needs a duration.", "Write `sustained(10m)`.");
            };
            self.at += 1;
            self.sustained = Some(at);
            (Part::Sustained(seconds), Some(Type::Truth))
        } else {
            let mut filter = CountFilter::default();
            while !matches!(self.peek(), Some(Token::Sign(")"))) {
                let term = self.filter()?;
                filter.filters.push(term);
                if !self.sign(",") {
                    break;
                }
            }
            (Part::Count(filter), Some(Type::Number))
        };
        if !self.sign(")") {
            let problem = format!("A `)` is missing before {}.", self.shown());
            return self.syntax(problem, "Close the parenthesis.");
        }
        Ok(typed)
    }

    fn filter(&mut self) -> Result<Filter, Fault> {
        const HINT: &str = "Write conditions such as `severity>=high`, `family==secret`, `rule==R01`, `unexplained`.";
        let is_not = self.keyword("not");
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return self.syntax("A condition of `count` is needed here.", HINT);
        };
        if let Some(explained) = match word.as_str() {
            "unexplained" => Some(false),
            "explained_by_diff" => Some(true),
            _ => None,
        } {
            self.at += 1;
            return Ok(Filter::Explained(explained != is_not));
        }
        if is_not || !matches!(word.as_str(), "severity" | "family" | "channel" | "rule") {
            let problem = format!("{} is no condition of `count`.", quote(&word));
            return self.syntax(problem, HINT);
        }
        self.at += 1;
        let sign = self.place();
        let Some(comparison) = self.compare_sign() else {
            return self.syntax(format!("`{word}` must be compared."), HINT);
        };
        let at = self.place();
        let value = match self.peek() {
            Some(Token::Word(value) | Token::Text(value)) => value.clone(),
            _ => return self.syntax(format!("`{word}` must be compared with a word."), HINT),
        };
        self.at += 1;
        let is_equal = comparison == Comparison::Equal;
        if word != "severity" && !is_equal && comparison != Comparison::Unequal {
            let problem = format!("`{word}` has no order.");
            self.note(
                Mistake::Types,
                sign,
                problem,
                "Compare it with `==` or `!=`.",
            );
        }
        Ok(match word.as_str() {
            "severity" => Filter::Severity(comparison, self.listed(&value, at, Severity::Info)),
            "family" => Filter::Family(is_equal, self.listed(&value, at, Family::Secret)),
            "channel" => Filter::Channel(is_equal, self.listed(&value, at, Channel::Policy)),
            _ => {
                if !self.ids.rules.contains(&value) {
                    self.unknown(&value, at);
                }
                Filter::Rule(is_equal, value)
            }
        })
    }

    /// The word of a closed list; `instead` where it is none, which is noted.
    fn listed<W: Word>(&mut self, word: &str, at: usize, instead: W) -> W {
        if let Some((_, value)) = W::ALL.iter().find(|(known, _)| *known == word) {
            return *value;
        }
        let known: Vec<&str> = W::ALL.iter().map(|(known, _)| *known).collect();
        let near = nearest(word, known.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("`{near}`, or "));
        let hint = format!("Write {near}one of {}.", known.join(", "));
        self.note(
            Mistake::UnknownWord,
            at,
            format!("{} is not {}.", quote(word), W::WHAT),
            hint,
        );
        instead
    }
}

fn mixed(left: Type, right: Type) -> &'static str {
    match (left, right) {
        (Type::Text, Type::Severity) | (Type::Severity, Type::Text) => {
            "Put the word in quotes: `tier == 'critical'`."
        }
        (Type::Number, Type::Severity) => {
            "Write OpenTelemetry's number: `severity >= 17` is ERROR and worse."
        }
        (Type::Duration, Type::Number) | (Type::Number, Type::Duration) => {
            "Give the number a unit: `10m`."
        }
        _ => "Compare two values of one kind.",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|l| l.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
