//! Is a new template an old one whose text was edited?

use std::cmp::Ordering;
use std::collections::HashMap;

use super::{Template, Token};

/// Tokens of a template that are compared: one machine word holds a row of the comparison.
const COMPARED: usize = 64;
/// REWORDED from this similarity on, as a fraction (domain reference, section 3.8: .7).
const REWORDED: (usize, usize) = (7, 10);

/// What a template of the candidate is to the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// No template of the baseline has a similarity of .7 or more.
    New,
    /// The most similar template of the baseline by index (the first of equals), and its
    /// similarity in [.7, 1]; 1 where only values, case or outer punctuation differ.
    Reworded(usize, f64),
}

/// How much wording two templates share, in [0, 1]: the longest common subsequence of their literal
/// tokens over the larger number of literal tokens, within the first 64 tokens of each.
///
/// A subsequence, because an edit inserts and removes words and positions shift. Values do not
/// count: `<*> <*> <*> saved` and `<*> <*> <*> lost` have nothing in common. Case and punctuation
/// around a word do not count either. Symmetric; 1 for a template and itself; two templates without
/// a literal have 1 where they have equally many tokens and 0 otherwise.
///
/// The subsequence is computed with the bit-parallel method of Crochemore et al. (2001) in the form
/// of Hyyrö (2004): one addition a token.
#[must_use]
pub fn similarity(a: &Template, b: &Template) -> f64 {
    let mut words = HashMap::new();
    let mut row = |template: &Template| -> Vec<u32> {
        let mut ids = Vec::new();
        for word in wording(template) {
            let next = u32::try_from(words.len()).unwrap_or(u32::MAX);
            ids.push(*words.entry(word).or_insert(next));
        }
        ids
    };
    let (left, right) = (row(a), row(b));
    if left.is_empty() && right.is_empty() {
        return if a.tokens.len() == b.tokens.len() {
            1.0
        } else {
            0.0
        };
    }
    ratio(common(&masks(&left), &right), left.len().max(right.len()))
}

/// What `new` is to `baseline`. Prepares the baseline each time: for many templates make one
/// [`Baseline`].
#[must_use]
pub fn classify(new: &Template, baseline: &[Template]) -> Kind {
    Baseline::new(baseline).classify(new)
}

/// The templates of a baseline, prepared so that many new ones can be compared with them.
///
/// A template of n literals must share at least .7 n of them, so one of its .3 n + 1 rarest is
/// shared: only templates that hold one of those are compared. The answer is that of comparing with
/// all.
pub struct Baseline {
    words: HashMap<String, u32>,
    rows: Vec<Vec<u32>>,
    holders: Vec<Vec<u32>>,
    /// Index of the first template without a literal, by its number of tokens.
    wordless: HashMap<usize, usize>,
}

impl Baseline {
    /// Prepares `templates`; indices in answers are those of this slice. The overflow template of a
    /// miner is like nothing.
    #[must_use]
    pub fn new(templates: &[Template]) -> Self {
        let mut made = Self {
            words: HashMap::new(),
            rows: Vec::with_capacity(templates.len()),
            holders: Vec::new(),
            wordless: HashMap::new(),
        };
        for (index, template) in templates.iter().enumerate() {
            let row = if template.overflow {
                Vec::new()
            } else {
                made.row(template, u32::try_from(index).unwrap_or(u32::MAX))
            };
            if row.is_empty() && !template.overflow {
                made.wordless.entry(template.tokens.len()).or_insert(index);
            }
            made.rows.push(row);
        }
        made
    }

    fn row(&mut self, template: &Template, index: u32) -> Vec<u32> {
        let mut row = Vec::new();
        for word in wording(template) {
            let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            let id = *self.words.entry(word).or_insert(next);
            if id == next {
                self.holders.push(Vec::new());
            }
            if let Some(holders) = self.holders.get_mut(id as usize)
                && holders.last() != Some(&index)
            {
                holders.push(index);
            }
            row.push(id);
        }
        row
    }

    /// What `new` is to this baseline. An overflow template is `New`: nobody knows what is in it.
    #[must_use]
    pub fn classify(&self, new: &Template) -> Kind {
        if new.overflow {
            return Kind::New;
        }
        // A word that the baseline does not know equals nothing, itself included.
        let row: Vec<u32> = wording(new)
            .map(|word| self.words.get(&word).copied().unwrap_or(u32::MAX))
            .collect();
        if row.is_empty() {
            let same = self.wordless.get(&new.tokens.len());
            return same.map_or(Kind::New, |index| Kind::Reworded(*index, 1.0));
        }
        let masks = masks(&row);
        let mut best: Option<(usize, usize, usize)> = None;
        for index in self.candidates(&row) {
            let Some(other) = self.rows.get(index as usize) else {
                continue;
            };
            let longer = row.len().max(other.len());
            if !enough(row.len().min(other.len()), longer) {
                continue;
            }
            let shared = common(&masks, other);
            let better = best.is_none_or(|(_, best_shared, best_longer)| {
                (shared * best_longer).cmp(&(best_shared * longer)) == Ordering::Greater
            });
            if enough(shared, longer) && better {
                best = Some((index as usize, shared, longer));
            }
        }
        best.map_or(Kind::New, |(index, shared, longer)| {
            Kind::Reworded(index, ratio(shared, longer))
        })
    }

    /// Templates that may be similar enough, by index.
    fn candidates(&self, row: &[u32]) -> Vec<u32> {
        let holders = |id: u32| self.holders.get(id as usize).map_or(&[][..], Vec::as_slice);
        let mut rarest = row.to_vec();
        rarest.sort_unstable_by_key(|id| (holders(*id).len(), *id));
        let needed = (row.len() * REWORDED.0).div_ceil(REWORDED.1);
        rarest.truncate(row.len() - needed + 1);
        rarest.dedup();
        let mut found: Vec<u32> = rarest
            .iter()
            .flat_map(|id| holders(*id).iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The literal tokens that are compared, without case and outer punctuation.
fn wording(template: &Template) -> impl Iterator<Item = String> {
    let compared = template.tokens.iter().take(COMPARED);
    compared.filter_map(|token| match token {
        Token::Literal(word) => {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            Some(if bare.is_empty() { word } else { bare }.to_lowercase())
        }
        Token::Any => None,
    })
}

fn enough(shared: usize, longer: usize) -> bool {
    shared * REWORDED.1 >= longer * REWORDED.0
}

fn ratio(shared: usize, longer: usize) -> f64 {
    // Both are at most 64.
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    float(shared) / float(longer)
}

/// For each word the positions where it stands, and how many positions there are.
struct Masks {
    at: HashMap<u32, u64>,
    len: usize,
}

fn masks(row: &[u32]) -> Masks {
    let mut at = HashMap::with_capacity(row.len());
    for (position, id) in row.iter().take(COMPARED).enumerate() {
        *at.entry(*id).or_insert(0) |= 1_u64 << position;
    }
    Masks {
        at,
        len: row.len().min(COMPARED),
    }
}

/// Length of the longest common subsequence.
fn common(left: &Masks, right: &[u32]) -> usize {
    let mut open = u64::MAX;
    for id in right {
        let hits = open & left.at.get(id).copied().unwrap_or(0);
        open = open.wrapping_add(hits) | (open - hits);
    }
    let taken = !open;
    let within = if left.len == COMPARED {
        taken
    } else {
        taken & ((1 << left.len) - 1)
    };
    within.count_ones() as usize
}
