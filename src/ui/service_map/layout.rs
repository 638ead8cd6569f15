//! Where services stand: in layers by who calls whom, with a row of its own for every line.
//!
//! Lines never lie on one another. A service is left on odd rows and entered on even ones, and a line
//! that passes a layer keeps one even row that nobody in the next layer is entered on. Down and up
//! they run in channels between the layers, one for each service at a time.

use std::collections::{HashMap, HashSet};

use super::{Edge, Node};

/// A service as a box; rows and heights with its borders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) top: usize,
    pub(super) height: usize,
}

/// Lines that leave one service (or pass a layer) together, within the gap behind a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bus {
    /// The row on which they come from the left.
    pub(super) row: usize,
    /// The channel in which they change rows; none where they go straight on.
    pub(super) channel: Option<usize>,
    /// Where they go.
    pub(super) ends: Vec<End>,
    /// They begin here at a service that is called, against the direction of the layers.
    pub(super) is_back: bool,
}

/// Where a line reaches the next layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) row: usize,
    pub(super) edge: usize,
    /// It ends at a service; else it passes.
    pub(super) at_service: bool,
    /// The service there is the caller.
    pub(super) is_back: bool,
}

/// The gap behind a layer.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    pub(super) buses: Vec<Bus>,
    pub(super) channels: usize,
}

/// The whole map.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    /// One for each layer; that of the last one stays empty.
    pub(super) gaps: Vec<Gap>,
    /// Lines that pass a layer: layer, row and edge.
    pub(super) passes: Vec<(usize, usize, usize)>,
    /// Services that call themselves, and by which edge.
    pub(super) own: HashMap<usize, usize>,
    pub(super) rows: usize,
}

/// A service or a line that passes a layer.
#[derive(Debug, Clone, Copy)]
struct Vertex {
    layer: usize,
    node: Option<usize>,
    edge: usize,
}

/// A part of a line, from one layer to the next.
#[derive(Debug, Clone, Copy)]
struct Step {
    from: usize,
    to: usize,
    edge: usize,
}

/// The layer of each service, and the calls that lead back.
pub(super) struct Layers {
    pub(super) of: Vec<usize>,
    pub(super) back: HashSet<usize>,
    pub(super) count: usize,
    /// The place of each service among all names.
    pub(super) rank: Vec<usize>,
}

/// Calls between two different services that exist.
fn calls<'a>(nodes: &'a [Node<'_>], edges: &'a [Edge]) -> impl Iterator<Item = (usize, &'a Edge)> {
    let is_call = |edge: &&Edge| edge.from != edge.to && edge.from.max(edge.to) < nodes.len();
    edges
        .iter()
        .enumerate()
        .filter(move |(_, edge)| is_call(edge))
}

fn own_calls(nodes: &[Node<'_>], edges: &[Edge]) -> HashMap<usize, usize> {
    let is_own = |edge: &Edge| edge.from == edge.to && edge.from < nodes.len();
    let own = edges.iter().enumerate().filter(|(_, edge)| is_own(edge));
    own.map(|(index, edge)| (edge.from, index)).collect()
}

impl Layers {
    /// A service stands one layer behind the last of its callers. Where calls go in a circle, the one
    /// that closes it leads back, walking from services without callers and else by name.
    pub(super) fn of(nodes: &[Node<'_>], edges: &[Edge]) -> Self {
        let mut names: Vec<usize> = (0..nodes.len()).collect();
        names.sort_by_key(|&node| nodes[node].name);
        let mut rank = vec![0; nodes.len()];
        for (place, &node) in names.iter().enumerate() {
            rank[node] = place;
        }
        let (mut next, mut has_caller) = (vec![Vec::new(); nodes.len()], vec![false; nodes.len()]);
        for (index, edge) in calls(nodes, edges) {
            next[edge.from].push((rank[edge.to], index, edge.to));
            has_caller[edge.to] = true;
        }
        for callees in &mut next {
            callees.sort_unstable();
        }
        let (back, done) = walk(&names, &has_caller, &next);
        let mut of = vec![0; nodes.len()];
        for &node in done.iter().rev() {
            for &(_, edge, callee) in &next[node] {
                if !back.contains(&edge) {
                    of[callee] = of[callee].max(of[node] + 1);
                }
            }
        }
        for edge in &back {
            // Nothing else may hold it there: a callee has to stand before its caller.
            debug_assert!(of[edges[*edge].to] < of[edges[*edge].from]);
        }
        let count = of.iter().max().map_or(0, |last| last + 1);
        Self {
            of,
            back,
            count,
            rank,
        }
    }
}

/// Depth first: the calls that lead back, and the services in the order in which they were left.
fn walk(
    names: &[usize],
    has_caller: &[bool],
    next: &[Vec<(usize, usize, usize)>],
) -> (HashSet<usize>, Vec<usize>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let (mut back, mut done) = (HashSet::new(), Vec::new());
    let mut states = vec![State::New; names.len()];
    let first = names.iter().filter(|&&node| !has_caller[node]);
    let then = names.iter().filter(|&&node| has_caller[node]);
    for &start in first.chain(then) {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        let mut path = vec![(start, 0)];
        while let Some((node, at)) = path.last_mut() {
            let Some(&(_, edge, callee)) = next[*node].get(*at) else {
                states[*node] = State::Done;
                done.push(*node);
                path.pop();
                continue;
            };
            *at += 1;
            match states[callee] {
                State::New => {
                    states[callee] = State::Open;
                    path.push((callee, 0));
                }
                State::Open => {
                    back.insert(edge);
                }
                State::Done => {}
            }
        }
    }
    (back, done)
}

impl Layout {
    pub(super) fn of(nodes: &[Node<'_>], edges: &[Edge], layers: &Layers) -> Self {
        let (vertices, steps) = parts(nodes, edges, layers);
        let order = order(&vertices, &steps, layers);
        let mut into = vec![Vec::new(); vertices.len()];
        let mut out = vec![Vec::new(); vertices.len()];
        for (index, step) in steps.iter().enumerate() {
            into[step.to].push(index);
            out[step.from].push(index);
        }
        let mut position = vec![0; vertices.len()];
        for layer in &order {
            for (place, &vertex) in layer.iter().enumerate() {
                position[vertex] = place;
            }
        }
        let mut layout = Self {
            places: vec![Place::default(); nodes.len()],
            gaps: vec![Gap::default(); layers.count],
            own: own_calls(nodes, edges),
            ..Self::default()
        };
        // The row on which a step leaves, and the one on which it arrives.
        let (mut leaves, mut arrives) = (vec![0; steps.len()], vec![0; steps.len()]);
        let mut passing: HashMap<usize, usize> = HashMap::new();
        for layer in &order {
            let mut free = 0;
            let mut next_passing = HashMap::new();
            for &vertex in layer {
                let (Vertex { layer, node, edge }, ins) = (vertices[vertex], &mut into[vertex]);
                ins.sort_by_key(|&step| (position[steps[step].from], steps[step].edge));
                let taken =
                    |row: usize, edge: usize| passing.get(&row).is_some_and(|&other| other != edge);
                let Some(node) = node else {
                    // Straight on where that is possible.
                    let before = ins.first().map_or(0, |&step| leaves[step]);
                    let mut row = if before % 2 == 0 {
                        before.max(free)
                    } else {
                        free
                    };
                    while taken(row, edge) {
                        row += 2;
                    }
                    for &step in ins.iter() {
                        arrives[step] = row;
                    }
                    for &step in &out[vertex] {
                        leaves[step] = row;
                    }
                    layout.passes.push((layer, row, edge));
                    next_passing.insert(row, edge);
                    free = row + 2;
                    continue;
                };
                let mut top = free;
                while ins
                    .iter()
                    .zip(1..)
                    .any(|(&step, nth)| taken(top + 2 * nth, steps[step].edge))
                {
                    top += 2;
                }
                for (&step, nth) in ins.iter().zip(1..) {
                    arrives[step] = top + 2 * nth;
                }
                let backs = &mut out[vertex];
                backs.sort_by_key(|&step| (position[steps[step].to], steps[step].edge));
                let mut last_back = 1 + 2 * usize::from(layout.own.contains_key(&node));
                for &step in backs.iter() {
                    leaves[step] = top + 1;
                    if layers.back.contains(&steps[step].edge) {
                        last_back += 2;
                        leaves[step] = top + last_back;
                    }
                }
                let height = (2 * ins.len()).max(2).max(last_back) + 2;
                layout.places[node] = Place { layer, top, height };
                free = (top + height).next_multiple_of(2);
            }
            layout.rows = layout.rows.max(free);
            passing = next_passing;
        }
        layout.lay_lines(&vertices, &steps, layers, &leaves, &arrives);
        layout
    }

    fn lay_lines(
        &mut self,
        vertices: &[Vertex],
        steps: &[Step],
        layers: &Layers,
        leaves: &[usize],
        arrives: &[usize],
    ) {
        let mut buses: Vec<HashMap<usize, Bus>> = vec![HashMap::new(); self.gaps.len()];
        for (index, step) in steps.iter().enumerate() {
            let (from, to) = (vertices[step.from], vertices[step.to]);
            let is_back = layers.back.contains(&step.edge);
            let row = leaves[index];
            let bus = buses[from.layer].entry(row).or_insert_with(|| Bus {
                row,
                channel: None,
                ends: Vec::new(),
                is_back: is_back && from.node.is_some(),
            });
            bus.ends.push(End {
                row: arrives[index],
                edge: step.edge,
                at_service: to.node.is_some(),
                is_back,
            });
        }
        for (gap, buses) in self.gaps.iter_mut().zip(buses) {
            gap.buses = buses.into_values().collect();
            gap.buses.sort_by_key(|bus| (bus.span(), bus.row));
            let mut channels: Vec<usize> = Vec::new();
            for bus in &mut gap.buses {
                bus.ends.sort_by_key(|end| end.row);
                let (first, last) = bus.span();
                if first == last {
                    continue;
                }
                let free = channels.iter().position(|end| *end < first);
                let channel = free.unwrap_or(channels.len());
                channels.resize(channels.len().max(channel + 1), 0);
                channels[channel] = last;
                bus.channel = Some(channel);
            }
            gap.channels = channels.len();
        }
    }
}

impl Bus {
    /// The first and the last of its rows.
    pub(super) fn span(&self) -> (usize, usize) {
        let rows = self.ends.iter().map(|end| end.row).chain([self.row]);
        rows.fold((self.row, self.row), |(first, last), row| {
            (first.min(row), last.max(row))
        })
    }
}

/// Services and lines cut at every layer.
fn parts(nodes: &[Node<'_>], edges: &[Edge], layers: &Layers) -> (Vec<Vertex>, Vec<Step>) {
    let services = layers.of.iter().enumerate();
    let mut vertices: Vec<Vertex> = services
        .map(|(node, &layer)| Vertex {
            layer,
            node: Some(node),
            edge: 0,
        })
        .collect();
    let mut steps = Vec::new();
    for (index, edge) in calls(nodes, edges) {
        let (mut from, to) = if layers.back.contains(&index) {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        };
        for layer in layers.of[from] + 1..layers.of[to] {
            vertices.push(Vertex {
                layer,
                node: None,
                edge: index,
            });
            let pass = vertices.len() - 1;
            steps.push(Step {
                from,
                to: pass,
                edge: index,
            });
            from = pass;
        }
        steps.push(Step {
            from,
            to,
            edge: index,
        });
    }
    (vertices, steps)
}

/// The vertices of each layer from the top: near what they are tied to, else by name.
fn order(vertices: &[Vertex], steps: &[Step], layers: &Layers) -> Vec<Vec<usize>> {
    let mut order = vec![Vec::new(); layers.count];
    for (index, vertex) in vertices.iter().enumerate() {
        order[vertex.layer].push(index);
    }
    let name = |vertex: usize| match vertices[vertex].node {
        Some(node) => (0, layers.rank[node]),
        None => (1, vertices[vertex].edge),
    };
    let mut position = vec![0_usize; vertices.len()];
    for layer in &mut order {
        layer.sort_by_key(|&vertex| name(vertex));
        for (place, &vertex) in layer.iter().enumerate() {
            position[vertex] = place;
        }
    }
    for forward in [true, false, true] {
        let mut near = vec![(0, 0); vertices.len()];
        let mut tied = vec![Vec::new(); vertices.len()];
        for step in steps {
            let (at, to) = if forward {
                (step.to, step.from)
            } else {
                (step.from, step.to)
            };
            tied[at].push(to);
        }
        let turns: Vec<usize> = if forward {
            (0..layers.count).collect()
        } else {
            (0..layers.count).rev().collect()
        };
        for layer in turns {
            for &vertex in &order[layer] {
                // Thousandths of a place: a mean, without the rounding of floats.
                let sum: usize = tied[vertex].iter().map(|&to| position[to]).sum();
                near[vertex] = match tied[vertex].len() {
                    0 => (position[vertex] * 1_000, 0),
                    count => (sum * 1_000 / count, 1),
                };
            }
            order[layer].sort_by_key(|&vertex| (near[vertex], name(vertex)));
            for (place, &vertex) in order[layer].iter().enumerate() {
                position[vertex] = place;
            }
        }
    }
    order
}
