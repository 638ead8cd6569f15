//! What can be asked of the rows of one list.

use super::{Mistake, Name, lex};

/// What a column holds, and so what a value that is written beside it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text: `:` finds a part of it, in any case.
    Text,
    /// An id, a digest, a name that a machine gave: `:` finds all of it, in any case.
    Id,
    /// A number, also one that stands in text.
    Number,
    /// Nanoseconds between two moments.
    Duration,
    /// Nanoseconds since 1970.
    Time,
    /// True or false.
    Flag,
    /// A word of a closed list: equal in any case.
    Token,
}

impl Kind {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "text" => Self::Text,
            "id" => Self::Id,
            "number" => Self::Number,
            "duration" => Self::Duration,
            "time" => Self::Time,
            "flag" => Self::Flag,
            "token" => Self::Token,
            _ => return None,
        })
    }
}

/// A field of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What is typed.
    pub name: &'static str,
    /// The expression that gives its value.
    pub sql: &'static str,
    /// What its cell shows instead, such as the first letters of a digest: `=` holds for that too.
    pub cell: Option<&'static str>,
    /// What it holds.
    pub kind: Kind,
    /// What it is; may be empty.
    pub about: &'static str,
}

/// The fields of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The text in which plain words are found: an expression.
    pub words: &'static str,
    /// The column with all that has no field: JSON as text.
    pub attributes: Option<&'static str>,
    /// The fields, in the order in which they are offered.
    pub all: Vec<Field>,
    /// Other names of fields: what OpenTelemetry calls an attribute that has a column of its own.
    pub aliases: Vec<(&'static str, &'static str)>,
}

/// The name without the `attributes.` that may stand before it.
fn without_prefix(name: &str) -> &str {
    const PREFIX: &str = "attributes.";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, key)) if prefix.eq_ignore_ascii_case(PREFIX) => key,
        _ => name,
    }
}

impl Fields {
    /// The fields that the header of a list's file declares:
    ///
    /// ```text
    /// -- words: concat_ws(' ', l.body, l.service_name)
    /// -- attributes: l.attributes
    /// -- field: service text l.service_name -- which service said it
    /// -- cell: service short_name(l.service_name)
    /// -- alias: service.name service
    /// ```
    ///
    /// A line that declares nothing readable is passed over, as the other headers of a list are.
    #[must_use]
    pub fn of(sql: &'static str) -> Self {
        let mut fields = Self::default();
        for line in sql.lines() {
            let Some((key, value)) = line.strip_prefix("-- ").and_then(|l| l.split_once(": "))
            else {
                continue;
            };
            match key {
                "words" => fields.words = value.trim(),
                "attributes" => fields.attributes = Some(value.trim()),
                "field" => fields.all.extend(field(value)),
                "alias" => fields.aliases.extend(value.trim().split_once(' ')),
                "cell" => {
                    let (name, cell) = value.split_once(' ').unwrap_or((value, ""));
                    let known = fields.all.iter_mut().find(|field| field.name == name);
                    if let Some(field) = known.filter(|_| !cell.trim().is_empty()) {
                        field.cell = Some(cell.trim());
                    }
                }
                _ => {}
            }
        }
        fields
    }

    /// The field of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        let name = without_prefix(name);
        let alias = self
            .aliases
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        let name = alias.map_or(name, |(_, field)| field);
        self.all
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The expression of the values of a field, or of a key among the attributes.
    ///
    /// # Errors
    /// There is no such field, or it is a time or a duration, whose values nobody counts one by one.
    pub fn expression(&self, name: &str) -> Result<String, Mistake> {
        let place = Name {
            range: 0..name.len(),
            text: name.to_owned(),
        };
        if let Some(field) = self.get(name) {
            return match field.kind {
                Kind::Time | Kind::Duration => Err(Mistake::new(
                    place.range,
                    format!(
                        "`{}` has a value of its own in nearly every row.",
                        field.name
                    ),
                )),
                // Equal in any case, as the filter has it.
                Kind::Token => Ok(format!("lower({})", field.sql)),
                _ => Ok(field.sql.to_owned()),
            };
        }
        // Names have neither quotes nor backslashes, so the path cannot be left.
        match self.attribute(name).filter(|_| lex::is_name(name)) {
            Some((column, key)) => Ok(format!("json_extract_string({column}, '$.\"{key}\"')")),
            None => Err(self.unknown(&place)),
        }
    }

    /// The key in [`Fields::attributes`] that `name` means: what follows `attributes.`, or a name with a dot, as
    /// attributes have them and fields do not.
    pub(super) fn attribute<'n>(&self, name: &'n str) -> Option<(&'static str, &'n str)> {
        let column = self.attributes?;
        let key = match without_prefix(name) {
            key if key.len() < name.len() || key.contains('.') => key,
            _ => return None,
        };
        (!key.is_empty()).then_some((column, key))
    }

    /// That there is no such field, and which there is.
    pub(super) fn unknown(&self, name: &Name) -> Mistake {
        let hint = match self.nearest(&name.text) {
            Some(near) => format!("Did you mean `{near}`? In quotes it is found as text."),
            None if self.all.is_empty() => "In quotes it is found as text.".to_owned(),
            None => {
                let names: Vec<String> = self
                    .all
                    .iter()
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                format!(
                    "Fields: {}. In quotes it is found as text.",
                    names.join(", ")
                )
            }
        };
        let shown: String = name.text.chars().take(40).collect();
        let sentence = format!("There is no field `{shown}` here.");
        Mistake::new(name.range.clone(), sentence).hint(hint)
    }

    fn nearest(&self, name: &str) -> Option<&'static str> {
        /// Nobody misspells more than this, and the distance takes time with the length.
        const LONGEST: usize = 48;
        if name.len() > LONGEST {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let distance = |known: &str| {
            let known = known.to_ascii_lowercase();
            // Who leaves the end off means the whole.
            if name.len() > 2 && known.starts_with(&name) {
                1
            } else {
                strsim::osa_distance(&name, &known)
            }
        };
        let near = self.all.iter().map(|field| (distance(field.name), field));
        let (distance, field) = near.min_by_key(|(distance, _)| *distance)?;
        (distance <= (name.len() / 3).max(1)).then_some(field.name)
    }
}

fn field(line: &'static str) -> Option<Field> {
    // A comment cannot stand within an expression on one line, so what follows one is about the field.
    let (line, about) = line.split_once(" -- ").unwrap_or((line, ""));
    let (name, rest) = line.trim_start().split_once(' ')?;
    let (kind, sql) = rest.trim_start().split_once(' ')?;
    let sql = sql.trim();
    (lex::is_name(name) && !sql.is_empty()).then_some(())?;
    Some(Field {
        name,
        sql,
        cell: None,
        kind: Kind::named(kind)?,
        about: about.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
-- title: Logs
-- words: concat_ws(' ', l.body, l.service_name)
-- attributes: l.attributes
-- field: service text l.service_name -- which service said it
-- field: took duration l.a - l.b
-- field: odd
-- field: other colour l.c
-- field: 1st text l.d
SELECT 1
";

    #[test]
    fn a_header_declares_fields() {
        let fields = Fields::of(LIST);
        assert_eq!(fields.words, "concat_ws(' ', l.body, l.service_name)");
        assert_eq!(fields.attributes, Some("l.attributes"));
        let names: Vec<_> = fields.all.iter().map(|f| (f.name, f.kind, f.sql)).collect();
        assert_eq!(
            names,
            [
                ("service", Kind::Text, "l.service_name"),
                ("took", Kind::Duration, "l.a - l.b"),
            ]
        );
        assert_eq!(
            fields.get("SERVICE").map(|f| f.about),
            Some("which service said it")
        );
    }

    #[test]
    fn a_dot_makes_an_attribute() {
        let mut fields = Fields::of(LIST);
        let column = "l.attributes";
        assert_eq!(fields.attribute("attributes.a/b"), Some((column, "a/b")));
        assert_eq!(fields.attribute("http.route"), Some((column, "http.route")));
        assert_eq!(fields.attribute("route"), None);
        assert_eq!(fields.attribute("attributes."), None);
        fields.attributes = None;
        assert_eq!(fields.attribute("http.route"), None);
    }

    #[test]
    fn the_nearest_name_is_told() {
        let fields = Fields::of(LIST);
        for (typed, near) in [
            ("servce", Some("service")),
            ("serv", Some("service")),
            ("tokk", Some("took")),
            ("zebra", None),
        ] {
            assert_eq!(fields.nearest(typed), near, "{typed}");
        }
    }
}
