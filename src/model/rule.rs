//! A link rule as its file writes it: a name, a header, a question. The question is the link room's
//! to apply; what it says of itself is vocabulary.

/// A rule: a name and the text of its `.sql` file.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The file's name without its ending; the link's `method`.
    pub name: &'static str,
    /// The whole file: header and question.
    pub sql: &'static str,
}

/// The keys that every header has.
pub const HEADER: &[&str] = &["from", "to", "class", "weight", "one", "why"];

impl Rule {
    /// The value of a header line `-- key: value`; empty where there is none.
    #[must_use]
    pub fn header(&self, key: &str) -> &'static str {
        let value = |line: &'static str| {
            line.strip_prefix("-- ")?
                .split_once(": ")
                .filter(|(k, _)| *k == key)
                .map(|(_, v)| v)
        };
        self.sql
            .lines()
            .take_while(|line| line.starts_with("--"))
            .find_map(value)
            .unwrap_or("")
            .trim()
    }

    /// Kind of entity that the link starts from.
    #[must_use]
    pub fn from(&self) -> &'static str {
        self.header("from")
    }

    /// Kind of entity that the link leads to.
    #[must_use]
    pub fn to(&self) -> &'static str {
        self.header("to")
    }

    /// `S`, `I` or `T`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.header("class")
    }

    /// Weight for ranking, between 0 and 1.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.header("weight").parse().unwrap_or(0.0)
    }

    /// Which side may have only one partner: `to` (each from has one to), `from`, `both` or `none`.
    /// More than one partner on that side makes the link ambiguous.
    #[must_use]
    pub fn one(&self) -> &'static str {
        self.header("one")
    }

    /// The column that says whether another fact contradicts the pair; `never` where the rule has none.
    #[must_use]
    pub fn contradicted(&self) -> &'static str {
        match self.header("contradicted") {
            "" => "never",
            column => column,
        }
    }

    /// True where the rule is asked for one entity instead of applied to all at load.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.header("when") == "asked"
    }

    /// One sentence.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.header("why")
    }
}
