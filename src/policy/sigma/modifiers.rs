//! What stands behind the field name: `CommandLine|base64offset|contains`.
//!
//! Specification 2.1, appendix "Modifiers". Each modifier is taken, or refused by name; two that say
//! different things about the same comparison are refused, not ranked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::{Reason, Refusal, Result};
use super::regex::Flags;

/// How a value is compared with the text of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operator {
    /// The whole text.
    #[default]
    Equals,
    /// A part of it.
    Contains,
    /// Its beginning.
    StartsWith,
    /// Its end.
    EndsWith,
    /// A regular expression, found anywhere.
    Regex,
    /// An address inside a network.
    Cidr,
    /// Whether the field is there.
    Exists,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// A part of a date, as DuckDB's `date_part` names it.
    DatePart(&'static str),
}

/// How text becomes bytes before it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    /// UTF-16, low byte first.
    Little,
    /// UTF-16, high byte first.
    Big,
    /// UTF-16 with a byte order mark, low byte first.
    Marked,
}

/// The base64 forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The value alone.
    Base64,
    /// The value at any place of a longer text.
    Base64Offset,
}

/// All modifiers of one item.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of the language, and none excludes another"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// The comparison.
    pub operator: Operator,
    /// All values must match, not any.
    pub all: bool,
    /// Upper and lower case differ.
    pub cased: bool,
    /// The field is there and none of the values matches.
    pub negated: bool,
    /// The value names another field.
    pub field_reference: bool,
    /// Any dash for any other.
    pub any_dash: bool,
    /// UTF-16 before base64.
    pub wide: Option<Wide>,
    /// Base64.
    pub encoding: Option<Encoding>,
    /// Flags of a regular expression.
    pub flags: Flags,
}

/// Reads the names behind the field.
///
/// # Errors
///
/// When a name is unknown or not supported (`expand`), or names contradict each other.
pub fn read<'n>(names: impl Iterator<Item = &'n str>) -> Result<Modifiers> {
    let mut modifiers = Modifiers::default();
    let mut operators: Vec<&str> = Vec::new();
    let mut has_flags = false;
    for name in names {
        let operator = match name {
            "contains" => Operator::Contains,
            "startswith" => Operator::StartsWith,
            "endswith" => Operator::EndsWith,
            "re" => Operator::Regex,
            "cidr" => Operator::Cidr,
            "exists" => Operator::Exists,
            "gt" => Operator::Greater,
            "gte" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "lte" => Operator::LessOrEqual,
            "minute" => Operator::DatePart("minute"),
            "hour" => Operator::DatePart("hour"),
            "day" => Operator::DatePart("day"),
            "week" => Operator::DatePart("week"),
            "month" => Operator::DatePart("month"),
            "year" => Operator::DatePart("year"),
            _ => {
                modifiers.set(name)?;
                has_flags |= matches!(name, "i" | "m" | "s");
                continue;
            }
        };
        operators.push(name);
        modifiers.operator = operator;
    }
    modifiers.check(&operators, has_flags)?;
    Ok(modifiers)
}

impl Modifiers {
    fn set(&mut self, name: &str) -> Result<()> {
        match name {
            "all" => self.all = true,
            "cased" => self.cased = true,
            "neq" => self.negated = true,
            "fieldref" => self.field_reference = true,
            "windash" => self.any_dash = true,
            "i" => self.flags.insensitive = true,
            "m" => self.flags.multiline = true,
            "s" => self.flags.dotall = true,
            "base64" | "base64offset" => {
                if self.encoding.is_some() {
                    return Err(conflict("base64 twice"));
                }
                self.encoding = Some(if name == "base64" {
                    Encoding::Base64
                } else {
                    Encoding::Base64Offset
                });
            }
            "wide" | "utf16le" | "utf16be" | "utf16" => {
                if self.wide.is_some() || self.encoding.is_some() {
                    return Err(conflict(format!("{name} comes once, and before base64")));
                }
                self.wide = Some(match name {
                    "utf16be" => Wide::Big,
                    "utf16" => Wide::Marked,
                    _ => Wide::Little,
                });
            }
            "expand" => {
                let why = "expand (placeholders need a pipeline, and there is none)";
                return Err(Refusal::new(Reason::Modifier(why.into()), ""));
            }
            _ => return Err(Refusal::new(Reason::Modifier(name.into()), "")),
        }
        Ok(())
    }

    fn check(&self, operators: &[&str], has_flags: bool) -> Result<()> {
        if operators.len() > 1 {
            return Err(conflict(operators.join(" and ")));
        }
        let is_regex = self.operator == Operator::Regex;
        if has_flags && !is_regex {
            return Err(conflict("i, m and s belong to re"));
        }
        let on_text = matches!(
            self.operator,
            Operator::Equals | Operator::Contains | Operator::StartsWith | Operator::EndsWith
        );
        if !on_text && (self.encoding.is_some() || self.any_dash || self.field_reference) {
            return Err(conflict(format!(
                "{} and a transformation of text",
                operators.join("")
            )));
        }
        if self.field_reference && (self.encoding.is_some() || self.any_dash) {
            return Err(conflict("fieldref and a transformation of text"));
        }
        if self.wide.is_some() && self.encoding.is_none() {
            let why = "UTF-16 without base64 (text in an event is never raw UTF-16)";
            return Err(Refusal::new(Reason::Modifier(why.into()), ""));
        }
        if self.any_dash && self.encoding.is_some() {
            return Err(conflict("windash and base64"));
        }
        if self.operator == Operator::Exists && (self.all || self.negated || self.cased) {
            return Err(conflict("exists stands alone"));
        }
        let is_order = matches!(
            self.operator,
            Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
        );
        if is_order && self.negated {
            return Err(conflict("neq and an order"));
        }
        Ok(())
    }

    /// The texts that `value` may stand for in an event, once encoded.
    ///
    /// For `base64offset` these are the parts that stay the same at the three alignments: the first
    /// and the last character depend on the neighbours and are left out, as in pySigma.
    #[must_use]
    pub fn encoded(&self, encoding: Encoding, value: &str) -> Vec<String> {
        let bytes = match self.wide {
            None => value.as_bytes().to_vec(),
            Some(Wide::Little) => value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Some(Wide::Big) => value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some(Wide::Marked) => [0xFEFF]
                .into_iter()
                .chain(value.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
        };
        if encoding == Encoding::Base64 {
            return vec![STANDARD.encode(bytes)];
        }
        let mut forms: Vec<String> = Vec::new();
        for (offset, skipped) in [(0, 0), (1, 2), (2, 3)] {
            let mut shifted = vec![0; offset];
            shifted.extend_from_slice(&bytes);
            let dropped = [0, 3, 2][shifted.len() % 3];
            let text = STANDARD.encode(&shifted);
            let form = text.get(skipped..text.len() - dropped).unwrap_or_default();
            if !form.is_empty() {
                forms.push(form.to_owned());
            }
        }
        forms
    }
}

fn conflict(what: impl Into<String>) -> Refusal {
    Refusal::new(Reason::Conflict(what.into()), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(names: &str) -> String {
        read(names.split('|')).map_or_else(
            |refusal| refusal.to_string(),
            |modifiers| format!("{modifiers:?}"),
        )
    }

    #[test]
    fn contradictions_and_strangers_are_refused_by_name() {
        for (names, what) in [
            ("contains|startswith", "contains and startswith"),
            ("cidr|contains", "cidr and contains"),
            ("i", "belong to re"),
            ("re|base64", "re and a transformation"),
            ("expand", "placeholders need a pipeline"),
            ("wide", "UTF-16 without base64"),
            ("base64|wide", "before base64"),
            ("gt|neq", "neq and an order"),
            ("exists|all", "stands alone"),
            ("sounds_like", "not supported: sounds_like"),
            ("Contains", "not supported: Contains"),
            ("fieldref|re", "re and a transformation"),
        ] {
            assert!(why(names).contains(what), "{names}: {}", why(names));
        }
    }

    /// The values of the specification's appendix and of pySigma's own tests.
    #[test]
    fn base64_forms() {
        let plain = read("base64offset|contains".split('|')).unwrap();
        assert_eq!(
            plain.encoded(Encoding::Base64Offset, "foobar"),
            ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]
        );
        assert_eq!(plain.encoded(Encoding::Base64, "foobar"), ["Zm9vYmFy"]);
        let wide = read("wide|base64".split('|')).unwrap();
        assert_eq!(
            wide.encoded(Encoding::Base64, "foobar"),
            ["ZgBvAG8AYgBhAHIA"]
        );
        let marked = read("utf16|base64".split('|')).unwrap();
        assert_eq!(marked.encoded(Encoding::Base64, "f"), ["//5mAA=="]);
        let big = read("utf16be|base64".split('|')).unwrap();
        assert_eq!(big.encoded(Encoding::Base64, "f"), ["AGY="]);
    }

    proptest::proptest! {
        #[test]
        fn an_offset_form_is_found_wherever_the_text_stands(before in "[ -~]{0,7}", value in "[ -~]{3,12}", after in "[ -~]{0,7}") {
            let modifiers = read(["base64offset", "contains"].into_iter()).unwrap();
            let forms = modifiers.encoded(Encoding::Base64Offset, &value);
            let text = STANDARD.encode(format!("{before}{value}{after}"));
            proptest::prop_assert!(forms.iter().any(|form| text.contains(form)), "{text} {forms:?}");
        }
    }
}
