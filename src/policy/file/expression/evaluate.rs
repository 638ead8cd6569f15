//! Three-valued evaluation, with what decided and what was not known.

use std::cmp::Ordering;

use super::super::words::{Channel, Family, Level, Severity};
use super::{Comparison, CountFilter, Expression, Filter, Part, Type};

/// True, false, or not known from the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// The evidence does not say.
    Unknown,
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(truth: Option<bool>) -> Self {
        truth.map_or(Self::Unknown, Self::from)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// A value as facts give it. Numbers may come as `Int` or `Float`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The evidence does not say.
    Unknown,
    /// A truth.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number; one that is not finite counts as unknown.
    Float(f64),
    /// A text.
    Text(String),
    /// Nanoseconds since 1970, UTC.
    Time(i64),
    /// Seconds.
    Duration(i64),
    /// A finding's severity.
    Severity(Severity),
    /// A chain level.
    Level(Level),
}

/// What an expression asks the evidence.
pub trait Facts {
    /// The value of a name of [`super::NAMES`]. A value of another type than the table says counts
    /// as unknown.
    fn name(&self, path: &str) -> Value;

    /// True where runtime rule `id` is violated.
    fn rule(&self, id: &str) -> Truth;

    /// True where gate `id` failed.
    fn gate(&self, id: &str) -> Truth;

    /// True where one and the same of `rules` was violated throughout some stretch of `seconds`.
    fn sustained(&self, rules: &[&str], seconds: i64) -> Truth;

    /// How many findings of the release pass `filter`.
    fn count(&self, filter: &CountFilter) -> Value;
}

/// What a margin counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// What the name counts.
    Number,
    /// Seconds; of two times, the seconds between them.
    Seconds,
    /// Chain levels.
    Levels,
    /// Steps of severity.
    Severities,
}

/// A comparison that decided, with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The comparison as written: `coverage < tier.instance_coverage`.
    pub text: String,
    /// The left side; a time in seconds since 1970.
    pub left: f64,
    /// The right side.
    pub right: f64,
    /// How far the left side is on the asked-for side of the right one: not negative where the
    /// comparison holds, not positive where it does not; 0 is the edge. `not` around it changes
    /// nothing here.
    pub distance: f64,
    /// What the three count.
    pub unit: Unit,
}

impl Margin {
    fn tightness(&self) -> f64 {
        let larger = self.left.abs().max(self.right.abs());
        let distance = self.distance.abs();
        match self.unit {
            Unit::Seconds => distance,
            _ if larger > 0.0 => distance / larger,
            _ => 0.0,
        }
    }
}

/// The answer of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The answer.
    pub truth: Truth,
    /// The comparisons of numbers that decided, in the order in which they stand: of a false `and`
    /// the false parts, of a true `or` the true ones. Empty where truths alone decided, and where
    /// the answer is unknown.
    pub margins: Vec<Margin>,
    /// What would have to be known, as written: names, rules, gates and calls. Empty unless the
    /// answer is unknown. Each once, in the order in which they stand.
    pub unknown: Vec<String>,
}

impl Outcome {
    /// The margin to show where there is room for one: the tightest of those that count the same
    /// as the first, because distances in different units have no order. Tightest is the smallest
    /// share of the larger side, so that 1 request of 10 is tighter than 0.1 of a coverage of 0.5;
    /// of seconds the fewest, because a time has no share.
    #[must_use]
    pub fn margin(&self) -> Option<&Margin> {
        let unit = self.margins.first()?.unit;
        let of_unit = self.margins.iter().filter(|margin| margin.unit == unit);
        of_unit.min_by(|a, b| a.tightness().total_cmp(&b.tightness()))
    }

    fn plain(truth: Truth, unknown: impl FnOnce() -> String) -> Self {
        let unknown = (truth == Truth::Unknown)
            .then(unknown)
            .into_iter()
            .collect();
        Self {
            truth,
            margins: Vec::new(),
            unknown,
        }
    }
}

impl Expression {
    /// The answer from `facts`, by Kleene's strong logic: `and` is false where one part is, true
    /// where all are, and unknown otherwise; `or` likewise the other way round.
    #[must_use]
    pub fn evaluate(&self, facts: &dyn Facts) -> Outcome {
        Judge {
            expression: self,
            facts,
        }
        .truth(&self.root)
    }
}

struct Judge<'e> {
    expression: &'e Expression,
    facts: &'e dyn Facts,
}

impl Judge<'_> {
    fn truth(&self, part: &Part) -> Outcome {
        match part {
            Part::Rule(id) => Outcome::plain(self.facts.rule(id), || id.clone()),
            Part::Gate(id) => Outcome::plain(self.facts.gate(id), || id.clone()),
            Part::Sustained(seconds) => {
                let rules: Vec<&str> = self.expression.rules.iter().map(String::as_str).collect();
                let truth = self.facts.sustained(&rules, *seconds);
                Outcome::plain(truth, || format!("sustained({seconds}s)"))
            }
            Part::Not(inner) => {
                let outcome = self.truth(inner);
                Outcome {
                    truth: !outcome.truth,
                    ..outcome
                }
            }
            Part::And(parts) => self.all(parts, Truth::False),
            Part::Or(parts) => self.all(parts, Truth::True),
            Part::Compare {
                left,
                comparison,
                right,
                bytes,
            } => {
                let text = self.expression.text.get(bytes.clone()).unwrap_or("");
                self.compare(left, *comparison, right, text)
            }
            Part::Literal(_) | Part::Name(..) | Part::Count(_) | Part::Sum { .. } => {
                let mut unknown = Vec::new();
                let truth = match self.value(part, &mut unknown) {
                    Value::Bool(truth) => truth.into(),
                    _ => Truth::Unknown,
                };
                Outcome {
                    truth,
                    margins: Vec::new(),
                    unknown,
                }
            }
        }
    }

    /// `and` (where `decides` is false) or `or` (where it is true).
    fn all(&self, parts: &[Part], decides: Truth) -> Outcome {
        let outcomes: Vec<Outcome> = parts.iter().map(|part| self.truth(part)).collect();
        let has = |truth| outcomes.iter().any(|outcome| outcome.truth == truth);
        let truth = if has(decides) {
            decides
        } else if has(Truth::Unknown) {
            Truth::Unknown
        } else {
            !decides
        };
        let mut whole = Outcome {
            truth,
            margins: Vec::new(),
            unknown: Vec::new(),
        };
        for outcome in outcomes
            .into_iter()
            .filter(|outcome| outcome.truth == truth)
        {
            whole.margins.extend(outcome.margins);
            for name in outcome.unknown {
                if !whole.unknown.contains(&name) {
                    whole.unknown.push(name);
                }
            }
        }
        whole
    }

    fn compare(&self, left: &Part, comparison: Comparison, right: &Part, text: &str) -> Outcome {
        let mut unknown = Vec::new();
        let (left, right) = (
            self.value(left, &mut unknown),
            self.value(right, &mut unknown),
        );
        let Some(order) = order(&left, &right) else {
            return Outcome {
                truth: Truth::Unknown,
                margins: Vec::new(),
                unknown,
            };
        };
        let margins = margin(&left, comparison, &right, text);
        Outcome {
            truth: comparison.holds(order).into(),
            margins: margins.into_iter().collect(),
            unknown: Vec::new(),
        }
    }

    fn value(&self, part: &Part, unknown: &mut Vec<String>) -> Value {
        let value = match part {
            Part::Literal(value) => value.clone(),
            Part::Name(path, kind) => fitting(self.facts.name(path), *kind),
            Part::Count(filter) => fitting(self.facts.count(filter), Type::Number),
            Part::Sum {
                left,
                is_minus,
                right,
            } => {
                let left = self.value(left, unknown);
                let right = self.value(right, unknown);
                return sum(&left, *is_minus, &right);
            }
            condition => {
                let outcome = self.truth(condition);
                unknown.extend(outcome.unknown);
                return match outcome.truth {
                    Truth::True => Value::Bool(true),
                    Truth::False => Value::Bool(false),
                    Truth::Unknown => Value::Unknown,
                };
            }
        };
        if value == Value::Unknown {
            let name = match part {
                Part::Name(path, _) => (*path).to_owned(),
                _ => "count".to_owned(),
            };
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        value
    }
}

/// The value where it is of the type that the table promises; facts that break the promise must not
/// turn into a verdict.
fn fitting(value: Value, kind: Type) -> Value {
    let fits = match &value {
        Value::Unknown => true,
        Value::Bool(_) => kind == Type::Truth,
        Value::Int(_) => kind == Type::Number,
        Value::Float(number) => kind == Type::Number && number.is_finite(),
        Value::Text(_) => kind == Type::Text,
        Value::Time(_) => kind == Type::Time,
        Value::Duration(_) => kind == Type::Duration,
        Value::Severity(_) => kind == Type::Severity,
        Value::Level(_) => kind == Type::Level,
    };
    if fits { value } else { Value::Unknown }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Severity(a), Value::Severity(b)) => Some(a.cmp(b)),
        (Value::Level(a), Value::Level(b)) => Some(a.cmp(b)),
        _ => float(left)?.partial_cmp(&float(right)?),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "compared with a fraction, or shown as a margin"
)]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a margin is shown with a few digits"
)]
fn margin(left: &Value, comparison: Comparison, right: &Value, text: &str) -> Option<Margin> {
    let (left, right, unit) = match (left, right) {
        (Value::Time(a), Value::Time(b)) => (*a as f64 / 1e9, *b as f64 / 1e9, Unit::Seconds),
        (Value::Duration(a), Value::Duration(b)) => (*a as f64, *b as f64, Unit::Seconds),
        (Value::Level(a), Value::Level(b)) => {
            (f64::from(*a as u8), f64::from(*b as u8), Unit::Levels)
        }
        (Value::Severity(a), Value::Severity(b)) => {
            (f64::from(*a as u8), f64::from(*b as u8), Unit::Severities)
        }
        _ => (float(left)?, float(right)?, Unit::Number),
    };
    let distance = match comparison {
        Comparison::Less | Comparison::AtMost => right - left,
        Comparison::Greater | Comparison::AtLeast => left - right,
        Comparison::Equal | Comparison::Unequal => return None,
    };
    Some(Margin {
        text: text.to_owned(),
        left,
        right,
        distance,
        unit,
    })
}

fn sum(left: &Value, is_minus: bool, right: &Value) -> Value {
    const SECOND: i64 = 1_000_000_000;
    let plus = |a: i64, b: i64| {
        if is_minus {
            a.checked_sub(b)
        } else {
            a.checked_add(b)
        }
    };
    let result = match (left, right) {
        (Value::Int(a), Value::Int(b)) => plus(*a, *b).map(Value::Int),
        (Value::Duration(a), Value::Duration(b)) => plus(*a, *b).map(Value::Duration),
        (Value::Time(time), Value::Duration(seconds)) => seconds
            .checked_mul(SECOND)
            .and_then(|ns| plus(*time, ns))
            .map(Value::Time),
        (Value::Duration(seconds), Value::Time(time)) if !is_minus => seconds
            .checked_mul(SECOND)
            .and_then(|ns| time.checked_add(ns))
            .map(Value::Time),
        // Whole seconds, towards the earlier: what lasted 9.5 s has not lasted 10 s.
        (Value::Time(a), Value::Time(b)) if is_minus => a
            .checked_sub(*b)
            .map(|ns| Value::Duration(ns.div_euclid(SECOND))),
        _ => match (float(left), float(right)) {
            (Some(a), Some(b)) => {
                let sum = if is_minus { a - b } else { a + b };
                sum.is_finite().then_some(Value::Float(sum))
            }
            _ => None,
        },
    };
    result.unwrap_or(Value::Unknown)
}

/// What `count` asks of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'f> {
    /// Its severity.
    pub severity: Severity,
    /// Its family.
    pub family: Family,
    /// Its channel.
    pub channel: Channel,
    /// Id of the rule that made it.
    pub rule: &'f str,
    /// Whether the release's diff explains it; `None` where there is no diff.
    pub explained: Option<bool>,
}

impl CountFilter {
    /// Whether a finding counts; unknown where only a missing diff stands in the way.
    #[must_use]
    pub fn accepts(&self, finding: &Counted<'_>) -> Truth {
        let mut answer = Truth::True;
        for filter in &self.filters {
            let truth = match filter {
                Filter::Severity(comparison, severity) => {
                    comparison.holds(finding.severity.cmp(severity)).into()
                }
                Filter::Family(equal, family) => ((finding.family == *family) == *equal).into(),
                Filter::Channel(equal, channel) => ((finding.channel == *channel) == *equal).into(),
                Filter::Rule(equal, rule) => ((finding.rule == rule) == *equal).into(),
                Filter::Explained(wanted) => finding.explained.map(|is| is == *wanted).into(),
            };
            match truth {
                Truth::False => return Truth::False,
                Truth::Unknown => answer = Truth::Unknown,
                Truth::True => {}
            }
        }
        answer
    }
}
