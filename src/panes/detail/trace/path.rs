//! The shape of a trace: who is below whom, and which spans it could not have been faster without.

use std::collections::HashMap;

/// What is known of a span.
#[derive(Debug, Clone, Default)]
pub(super) struct Node<'s> {
    /// Its id.
    pub id: &'s str,
    /// Its parent's id; empty for none.
    pub parent: &'s str,
    /// When it began, nanoseconds.
    pub start_ns: i64,
    /// When it ended.
    pub end_ns: i64,
}

/// Where a span stands among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// Its place among the spans that were given.
    pub at: usize,
    /// How many spans are above it.
    pub depth: u16,
    /// How many spans are below it, all the way down; they follow it.
    pub below: usize,
    /// True where its time is the trace's: at some moment everything above it waited for it.
    pub is_critical: bool,
}

/// Depth-first from the roots; a span whose parent is not in the trace is a root. Each span comes once,
/// whatever the parents claim.
pub(super) fn order(spans: &[Node<'_>]) -> Vec<Placed> {
    let known: HashMap<&str, usize> = spans
        .iter()
        .enumerate()
        .map(|(at, span)| (span.id, at))
        .collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        match known
            .get(span.parent)
            .filter(|parent| **parent != at && !span.parent.is_empty())
        {
            Some(parent) => children.entry(*parent).or_default().push(at),
            None => roots.push(at),
        }
    }
    let critical = critical(spans, &children, &roots);
    let mut placed = vec![false; spans.len()];
    let mut ordered: Vec<Placed> = Vec::new();
    // Spans in a circle have no root of their own; each is begun at its first span.
    for start in roots.into_iter().chain(0..spans.len()) {
        let mut stack = vec![(start, 0u16)];
        while let Some((at, depth)) = stack.pop() {
            if placed
                .get_mut(at)
                .is_none_or(|placed| std::mem::replace(placed, true))
            {
                continue;
            }
            ordered.push(Placed {
                at,
                depth,
                below: 0,
                is_critical: critical.get(at).copied().unwrap_or(false),
            });
            let below = children.get(&at).map(Vec::as_slice).unwrap_or_default();
            let below = below
                .iter()
                .rev()
                .map(|child| (*child, depth.saturating_add(1)));
            stack.extend(below);
        }
    }
    let depths: Vec<u16> = ordered.iter().map(|span| span.depth).collect();
    for (at, span) in ordered.iter_mut().enumerate() {
        let after = depths.iter().skip(at + 1);
        span.below = after.take_while(|depth| **depth > span.depth).count();
    }
    ordered
}

/// The critical path: from the end of the last root backwards, the child that ended last before what is
/// already told, as Jaeger and Crisp do it (Zhang et al., USENIX ATC 2022).
fn critical(
    spans: &[Node<'_>],
    children: &HashMap<usize, Vec<usize>>,
    roots: &[usize],
) -> Vec<bool> {
    let mut marked = vec![false; spans.len()];
    let end = |at: &usize| spans.get(*at).map_or(0, |span| span.end_ns);
    let Some(last) = roots.iter().copied().max_by_key(end) else {
        return marked;
    };
    let mut stack = vec![(last, i64::MAX)];
    while let Some((at, until)) = stack.pop() {
        let Some(span) = spans.get(at) else { continue };
        if marked
            .get_mut(at)
            .is_none_or(|mark| std::mem::replace(mark, true))
        {
            continue;
        }
        let mut told = span.end_ns.min(until);
        let mut below = children.get(&at).cloned().unwrap_or_default();
        below.sort_by_key(|child| std::cmp::Reverse((end(child), *child)));
        for child in below {
            let Some(inner) = spans.get(child) else {
                continue;
            };
            // What goes on after its parent, or beside what is told already, nobody waited for.
            if inner.end_ns <= told && inner.end_ns > span.start_ns {
                stack.push((child, told));
                told = inner.start_ns;
            }
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span<'s>(id: &'s str, parent: &'s str, start_ns: i64, end_ns: i64) -> Node<'s> {
        Node {
            id,
            parent,
            start_ns,
            end_ns,
        }
    }

    fn told(spans: &[Node<'_>]) -> String {
        let placed = order(spans);
        let one = |placed: &Placed| {
            let mark = if placed.is_critical { "!" } else { "" };
            format!(
                "{}{}{mark}",
                "-".repeat(usize::from(placed.depth)),
                spans[placed.at].id
            )
        };
        placed.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_is_waited_for_is_on_the_critical_path() {
        let spans = [
            span("root", "", 0, 100),
            span("quick", "root", 5, 20),
            span("slow", "root", 10, 60),
            span("last", "root", 60, 95),
            span("inner", "slow", 12, 55),
            span("beside", "slow", 12, 50),
            span("later", "root", 90, 140),
        ];
        assert_eq!(
            told(&spans),
            "root! -quick -slow! --inner! --beside -last! -later"
        );
    }

    #[test]
    fn circles_and_strangers_come_once() {
        let spans = [
            span("a", "b", 0, 5),
            span("b", "a", 0, 4),
            span("c", "gone", 0, 9),
            span("d", "d", 1, 2),
        ];
        let placed = order(&spans);
        assert_eq!(placed.len(), 4);
        assert_eq!(told(&spans), "c! d a -b");
        assert_eq!(order(&[]), []);
    }

    #[test]
    fn what_is_below_follows() {
        let spans = [
            span("a", "", 0, 9),
            span("b", "a", 0, 4),
            span("c", "b", 0, 3),
            span("d", "a", 5, 6),
        ];
        let below: Vec<usize> = order(&spans).iter().map(|span| span.below).collect();
        assert_eq!(below, [3, 1, 0, 0]);
    }
}
