//! Log templates: from messages to the statements that wrote them.
//!
//! A release is judged by what it says that its predecessor did not say, and a message says little
//! until its values are taken out. Upstream, in SQL, every token that holds a digit has become `<*>`
//! and equal masked bodies have been counted. What is left varies in names and words only; here the
//! distinct bodies are put into groups, and a group's template has `<*>` wherever its bodies differ.
//!
//! The method is Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth
//! Tree", ICWS 2017) with the defaults of Drain3 (depth 4, similarity .4, 100 children). A tree by
//! number of tokens and first token leads to few templates; the message joins the most similar of
//! them or becomes a template. Own code, because the ports at hand take no weights, skip long lines,
//! and stop with an error where templates run out; a miner here always answers, and says so where
//! it gave up.
//!
//! Three departures from Drain3. A body that a template already covers joins that template and
//! changes nothing, so a body that comes twice, in two parts of the input, gives the templates that
//! it gives when it comes once. Matching looks below the wildcard too, where Drain3 without its full
//! search finds nothing, and takes the most specific template. And a template that is mostly values
//! (`<*> <*>`) covers only what is masked the same way: else it would hide every new message of its
//! length.
//!
//! What it is not: a parser of values, a judge (windows, counts and tests are the caller's), or a
//! memory of messages. It holds templates, and their number is bounded. Same bodies in the same
//! order, same templates: nothing depends on clocks, threads, or the order of a hash map.

mod explain;
mod similar;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Deref;

pub use explain::{How, Index, Reason, explained_by};
pub use similar::{Baseline, Kind, classify, similarity};
use tokens::{MASK, Piece, TOKENS};

/// Id of a value in a row of token ids.
const ANY: u32 = 0;
/// Id of a word that no template holds: equal to no id in a row.
const UNKNOWN: u32 = u32::MAX;
/// Token comparisons that one leaf may cost one message; a leaf takes no more templates than that.
/// A leaf holds 1,638 templates of ten tokens, far beyond what one program writes.
const LEAF_WORK: usize = 16_384;

/// Text of the overflow template.
const OVERFLOW: &str = "(other messages: too many templates)";
/// Text of the template of empty messages.
const EMPTY: &str = "(empty message)";

/// How a [`Miner`] groups. The defaults are those of Drain3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Levels of the tree with root, length and leaf: `depth` - 3 leading tokens lead to a leaf.
    /// Held within 3 and 6. Default 4.
    pub depth: usize,
    /// Share of tokens in [0, 1] that must be equal literals for a message to join a template.
    /// Default .4.
    pub similarity: f64,
    /// Children of an inner node, that for every other token included. At least 2. Default 100.
    pub children: usize,
    /// Templates of one miner, the overflow template not counted. At least 1. Default 5,000.
    pub templates: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            depth: 4,
            similarity: 0.4,
            children: 100,
            templates: 5_000,
        }
    }
}

/// One token of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// The same in every message of the group; may hold masked parts (`user=<*>`).
    Literal(String),
    /// A value.
    Any,
}

/// What the messages of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its tokens, at most 129: of a longer message the 129th is one `Any` for all that follows.
    /// None for empty messages.
    pub tokens: Vec<Token>,
    /// Sum of the weights that were trained into it; saturates. To count messages against finished
    /// templates, add up what [`Miner::matching`] says instead.
    pub count: u64,
    /// True for the one template that took what no longer fitted; its tokens say nothing.
    pub overflow: bool,
}

impl Template {
    /// The template in one line, values as `<*>`. Empty messages and the overflow have a text in
    /// round brackets.
    #[must_use]
    pub fn text(&self) -> String {
        if self.overflow {
            return OVERFLOW.to_owned();
        }
        if self.tokens.is_empty() {
            return EMPTY.to_owned();
        }
        let words: Vec<&str> = self
            .tokens
            .iter()
            .map(|token| match token {
                Token::Literal(word) => word.as_str(),
                Token::Any => MASK,
            })
            .collect();
        words.join(" ")
    }

    /// The template that [`Self::text`] wrote, with a count of 0: templates are kept as text. Any
    /// other text gives the template of its tokens as they stand.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let overflow = text == OVERFLOW;
        let tokens = match text {
            OVERFLOW => vec![Token::Any],
            EMPTY => Vec::new(),
            text => text
                .split_whitespace()
                .map(|word| match word {
                    MASK => Token::Any,
                    word => Token::Literal(word.to_owned()),
                })
                .collect(),
        };
        Self {
            tokens,
            count: 0,
            overflow,
        }
    }
}

/// A template's number in its miner, from 0 in the order in which they were first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(u32);

impl TemplateId {
    /// Its place in [`Miner::templates`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node of the tree. A leaf's templates are rows of token ids of one length, held by column: a
/// message is compared one token at a time with all of them.
#[derive(Default)]
struct Node {
    children: HashMap<u32, usize>,
    ids: Vec<TemplateId>,
    columns: Vec<Vec<u32>>,
    /// How many tokens of each row are `ANY`.
    values: Vec<u16>,
}

/// A row of a leaf.
#[derive(Clone, Copy)]
struct Place {
    node: usize,
    slot: usize,
}

/// What a message can join.
#[derive(Default)]
struct Found {
    /// The most specific row that covers it.
    covering: Option<TemplateId>,
    /// The row that it would change.
    similar: Option<(Place, TemplateId)>,
}

/// Learns templates from masked messages, one after another.
///
/// The caller makes one miner per service and severity and feeds it in a fixed order (first time,
/// then text). A message costs at most two leaves of 16,384 token comparisons each; memory grows with
/// templates, not with messages.
pub struct Miner {
    settings: Settings,
    /// For each number of tokens the equal literals that the similarity asks for.
    needed: Vec<usize>,
    words: HashMap<Box<str>, u32>,
    nodes: Vec<Node>,
    /// The subtree for each number of tokens.
    lengths: Vec<Option<usize>>,
    templates: Vec<Template>,
    empty: Option<TemplateId>,
    other: Option<TemplateId>,
}

/// A miner that learns no more; it can be shared between threads. See [`Miner::freeze`].
pub struct Frozen(Miner);

impl Deref for Frozen {
    type Target = Miner;

    fn deref(&self) -> &Miner {
        &self.0
    }
}

impl Node {
    /// For each row the positions where it has the literal of `row`, and those where both have a
    /// value.
    fn compare(&self, row: &[u32]) -> (Vec<u16>, Vec<u16>) {
        let mut same = vec![0_u16; self.ids.len()];
        let mut both = same.clone();
        for (column, token) in self.columns.iter().zip(row) {
            let sums = match *token {
                UNKNOWN => continue,
                ANY => &mut both,
                _ => &mut same,
            };
            // At most 129, and not checked for overflow, so that the compiler can add many at once.
            for (sum, known) in sums.iter_mut().zip(column) {
                *sum = sum.wrapping_add(u16::from(known == token));
            }
        }
        (same, both)
    }

    fn push(&mut self, id: TemplateId, row: &[u32]) {
        self.ids.push(id);
        self.columns.resize(row.len(), Vec::new());
        for (column, token) in self.columns.iter_mut().zip(row) {
            column.push(*token);
        }
        let values = row.iter().filter(|token| **token == ANY).count();
        self.values.push(u16::try_from(values).unwrap_or(u16::MAX));
    }
}

impl Miner {
    /// A miner without templates. Settings out of range are moved to the nearest in range; a
    /// similarity that is not a number counts as the default.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let usual = Settings::default();
        let similarity = if settings.similarity.is_nan() {
            usual.similarity
        } else {
            settings.similarity.clamp(0.0, 1.0)
        };
        // Both are at most 129.
        let share = |same: u16, len: u16| f64::from(same) / f64::from(len.max(1));
        let needed = |len: u16| (0..len).find(|same| share(*same, len) >= similarity);
        Self {
            settings: Settings {
                depth: settings.depth.clamp(3, 6),
                similarity,
                children: settings.children.max(2),
                // Ids are 32 bits wide, and two templates may come on top.
                templates: settings.templates.clamp(1, u32::MAX as usize / 2),
            },
            needed: (0..)
                .take(TOKENS + 2)
                .map(|len| usize::from(needed(len).unwrap_or(len)))
                .collect(),
            words: HashMap::new(),
            nodes: Vec::new(),
            lengths: vec![None; TOKENS + 2],
            templates: Vec::new(),
            empty: None,
            other: None,
        }
    }

    /// Learns a masked body that occurred `weight` times, and says which template it joined.
    ///
    /// Of a stack trace the line is taken that tells the error, JSON is taken as keys and words,
    /// terminal codes are taken out. At most 8 KiB and 128 tokens count; a token of more than 128
    /// bytes is a value. Where templates run out the body joins [`Miner::other`].
    pub fn train(&mut self, masked: &str, weight: u64) -> TemplateId {
        let message = tokens::message(masked);
        let pieces = tokens::split(&message);
        let id = self.learn(&pieces);
        if let Some(template) = self.templates.get_mut(id.index()) {
            template.count = template.count.saturating_add(weight);
        }
        id
    }

    /// Ends learning.
    #[must_use]
    pub fn freeze(self) -> Frozen {
        Frozen(self)
    }

    /// The template that covers a masked body: all its literals stand there. The most specific one,
    /// the oldest of equals. Changes nothing. Every body that was trained is covered, except those
    /// that went to [`Miner::other`]: where that exists, `None` does not prove novelty.
    #[must_use]
    pub fn matching(&self, masked: &str) -> Option<TemplateId> {
        let message = tokens::message(masked);
        let row = self.row(&tokens::split(&message));
        if row.is_empty() {
            return self.empty;
        }
        self.search(&row).covering
    }

    /// A template. One of no tokens where `id` is another miner's and there is none.
    #[must_use]
    pub fn template(&self, id: TemplateId) -> &Template {
        static NONE: Template = Template {
            tokens: Vec::new(),
            count: 0,
            overflow: false,
        };
        self.templates.get(id.index()).unwrap_or(&NONE)
    }

    /// A template's text; see [`Template::text`].
    #[must_use]
    pub fn text(&self, id: TemplateId) -> String {
        self.template(id).text()
    }

    /// All templates in the order of their ids.
    #[must_use]
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The template that took the bodies for which there was no room, if there were any: more
    /// templates than the settings allow, or more in one leaf than a message may be compared with.
    #[must_use]
    pub fn other(&self) -> Option<TemplateId> {
        self.other
    }

    fn learn(&mut self, pieces: &[Piece<'_>]) -> TemplateId {
        let row = self.row(pieces);
        if row.is_empty() {
            if let Some(id) = self.empty {
                return id;
            }
            // Always has room, so that it never depends on what else there was.
            let id = self.add(Vec::new(), false);
            self.empty = Some(id);
            return id;
        }
        let found = self.search(&row);
        if let Some(id) = found.covering {
            return id;
        }
        if let Some((place, id)) = found.similar {
            self.generalise(place, id, &row);
            return id;
        }
        self.create(pieces, &row)
    }

    /// The ids of a message's tokens.
    fn row(&self, pieces: &[Piece<'_>]) -> Vec<u32> {
        let id = |piece: &Piece<'_>| match piece {
            Piece::Word(word) => self.words.get(*word).copied().unwrap_or(UNKNOWN),
            Piece::Any => ANY,
        };
        pieces.iter().map(id).collect()
    }

    /// How many leading tokens lead to a leaf. The last token never does, as in Drain3.
    fn leading(&self, len: usize) -> usize {
        (self.settings.depth - 3).min(len.saturating_sub(1))
    }

    /// Compares `row`, which is not empty, with all rows that it may join.
    ///
    /// The similar row is Drain3's (`tree_search`, `fast_match`): in the one leaf that the tokens
    /// lead to that with most equal literals, then most values, then the oldest. The covering one is
    /// looked for in every leaf where one may be.
    fn search(&self, row: &[u32]) -> Found {
        let Some(top) = self.lengths[row.len()] else {
            return Found::default();
        };
        let needed = self.needed[row.len()];
        let known = |id: &&u32| !matches!(**id, ANY | UNKNOWN);
        if row.contains(&UNKNOWN) && row.iter().filter(known).count() < needed {
            return Found::default();
        }
        let (mut level, mut own) = (vec![top], Some(top));
        for token in row.iter().take(self.leading(row.len())) {
            let exact = |node: usize| self.nodes[node].children.get(token).copied();
            let wild = |node: usize| self.nodes[node].children.get(&ANY).copied();
            own = own.and_then(|node| exact(node).or_else(|| wild(node)));
            let below = |node: usize| [exact(node), wild(node).filter(|_| *token != ANY)];
            level = level.into_iter().flat_map(below).flatten().collect();
        }
        let mut covering: Option<(usize, TemplateId)> = None;
        let mut similar: Option<((usize, usize), Place, TemplateId)> = None;
        for node in level {
            let leaf = &self.nodes[node];
            let (same, both) = leaf.compare(row);
            for (slot, ((same, both), values)) in
                same.into_iter().zip(both).zip(&leaf.values).enumerate()
            {
                let (same, values) = (usize::from(same), usize::from(*values));
                let equal = same + usize::from(both) == row.len();
                if same < needed && !equal {
                    continue;
                }
                let id = leaf.ids[slot];
                let before = |(most, first)| same > most || (same == most && id < first);
                if same + values == row.len() && covering.is_none_or(before) {
                    covering = Some((same, id));
                }
                let rank = (same, values);
                let higher = similar.is_none_or(|(highest, ..)| rank > highest);
                if own == Some(node) && same >= needed && higher {
                    similar = Some((rank, Place { node, slot }, id));
                }
            }
        }
        Found {
            covering: covering.map(|(_, id)| id),
            similar: similar.map(|(_, place, id)| (place, id)),
        }
    }

    /// Makes a value of every token in which the template and `row` differ.
    fn generalise(&mut self, place: Place, id: TemplateId, row: &[u32]) {
        let leaf = &mut self.nodes[place.node];
        let tokens = &mut self.templates[id.index()].tokens;
        for ((column, token), message) in leaf.columns.iter_mut().zip(tokens).zip(row) {
            let known = &mut column[place.slot];
            if *known != *message && *known != ANY {
                *known = ANY;
                *token = Token::Any;
                leaf.values[place.slot] += 1;
            }
        }
    }

    fn create(&mut self, pieces: &[Piece<'_>], row: &[u32]) -> TemplateId {
        let extra = usize::from(self.empty.is_some()) + usize::from(self.other.is_some());
        let mined = self.templates.len() - extra;
        // Asked before any word is remembered: what has no room must not cost memory.
        if mined >= self.settings.templates || !self.has_room(row) {
            return self.overflow();
        }
        let row: Vec<u32> = pieces.iter().map(|piece| self.intern(*piece)).collect();
        let node = self.grow(&row);
        let tokens = pieces.iter().map(|piece| match piece {
            Piece::Word(word) => Token::Literal((*word).to_owned()),
            Piece::Any => Token::Any,
        });
        let id = self.add(tokens.collect(), false);
        self.nodes[node].push(id, &row);
        id
    }

    fn overflow(&mut self) -> TemplateId {
        if let Some(id) = self.other {
            return id;
        }
        let id = self.add(vec![Token::Any], true);
        self.other = Some(id);
        id
    }

    fn add(&mut self, tokens: Vec<Token>, overflow: bool) -> TemplateId {
        let id = TemplateId(u32::try_from(self.templates.len()).unwrap_or(u32::MAX));
        self.templates.push(Template {
            tokens,
            count: 0,
            overflow,
        });
        id
    }

    fn intern(&mut self, piece: Piece<'_>) -> u32 {
        let Piece::Word(word) = piece else {
            return ANY;
        };
        if let Some(id) = self.words.get(word) {
            return *id;
        }
        // From 1: 0 is `ANY`.
        let id = u32::try_from(self.words.len() + 1).unwrap_or(UNKNOWN);
        self.words.insert(word.into(), id);
        id
    }

    /// The child of `node` under which a new template with `token` goes (Drain3's
    /// `add_seq_to_prefix_tree`): its own while there are few, that for every other token later.
    fn branch(&self, node: usize, token: u32) -> u32 {
        let children = &self.nodes[node].children;
        let wild = usize::from(!children.contains_key(&ANY));
        // The wildcard's place is kept free until it is taken.
        if children.contains_key(&token) || children.len() + wild < self.settings.children {
            token
        } else {
            ANY
        }
    }

    /// True where the leaf that a new template would go to does not exist yet or has room for it.
    fn has_room(&self, row: &[u32]) -> bool {
        let mut node = self.lengths.get(row.len()).copied().flatten();
        for token in row.iter().take(self.leading(row.len())) {
            node = node.and_then(|node| {
                let key = self.branch(node, *token);
                self.nodes[node].children.get(&key).copied()
            });
        }
        node.is_none_or(|node| (self.nodes[node].ids.len() + 1) * row.len() <= LEAF_WORK)
    }

    /// The leaf for a new template, made where it is missing.
    fn grow(&mut self, row: &[u32]) -> usize {
        let mut node = if let Some(node) = self.lengths[row.len()] {
            node
        } else {
            let node = self.sprout();
            self.lengths[row.len()] = Some(node);
            node
        };
        for token in row.iter().take(self.leading(row.len())) {
            let key = self.branch(node, *token);
            node = if let Some(child) = self.nodes[node].children.get(&key) {
                *child
            } else {
                let child = self.sprout();
                self.nodes[node].children.insert(key, child);
                child
            };
        }
        node
    }

    fn sprout(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }
}
