//! The chain strip: the hops from request to behaviour through what the scope is on.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec};
use crate::app::{Action, Desk, Request, Target};
use crate::model::link::Class;
use crate::query::chain::{Chain, kind};
use crate::query::entity::Node;
use crate::query::links::Link;
use crate::ui::cell::Cell;
use crate::ui::chain as drawn;
use crate::ui::load::Load;
use crate::ui::pen::Pen;
use crate::ui::state;
use crate::ui::theme::Role;

/// The chain pane.
pub static SPEC: Spec = Spec {
    name: "chain",
    about: "The hops from request to behaviour, how firmly each is tied to the next, and what is missing",
    actions: &[Action::Left, Action::Right, Action::Open, Action::Raw],
};

/// The hops of the strip, in order. A review, an attestation and a decision stand with the hop that
/// they speak for.
const HOPS: &[&str] = &[
    "request",
    "session",
    "commit",
    "review",
    "build",
    "artifact",
    "attestation",
    "deployment",
    "instance",
    "access",
    "behaviour",
];

/// State of the chain pane.
#[derive(Default)]
pub struct ChainPane {
    hops: Vec<Hop>,
    level: String,
    weakest: Option<usize>,
    selected: usize,
    scope: Option<Target>,
    /// Which of several nodes of a hop is at hand.
    turn: usize,
    weakest_words: Option<String>,
}

struct Hop {
    kind: &'static str,
    nodes: Vec<Node>,
    state: String,
    /// The best link from the hop before it.
    tie: Option<Link>,
}

impl ChainPane {
    fn show(&mut self, chain: &Chain, entity: Option<&Target>) {
        self.level.clone_from(&chain.level);
        self.weakest_words = chain.weakest.as_ref().map(|link| {
            format!(
                "weakest link: {} {} {} to {} by {}",
                link.class,
                state::word(&link.state),
                kind(&link.from),
                kind(&link.to),
                link.method
            )
        });
        self.hops = HOPS.iter().map(|kind| hop(kind, chain, entity)).collect();
        for at in 1..self.hops.len() {
            let tie = best(&self.hops[..at], &self.hops[at], chain);
            self.hops[at].tie = tie;
        }
        self.weakest = chain.weakest.as_ref().and_then(|weakest| {
            let place = |id: &str| self.hops.iter().position(|hop| hop.kind == kind(id));
            place(&weakest.to)
                .and_then(|at| at.checked_sub(1))
                .filter(|at| self.hops[at + 1].tie.is_some())
        });
        if let Some(entity) = entity {
            let place = self
                .hops
                .iter()
                .position(|hop| hop.nodes.iter().any(|node| node.id == entity.id));
            self.selected = place
                .unwrap_or(self.selected)
                .min(self.hops.len().saturating_sub(1));
        }
        self.turn = 0;
    }

    fn node(&self) -> Option<&Node> {
        let hop = self.hops.get(self.selected)?;
        hop.nodes.get(self.turn % hop.nodes.len().max(1))
    }
}

/// The nodes of one hop, that of the scope first, then those tied most firmly.
fn hop(kind: &'static str, chain: &Chain, entity: Option<&Target>) -> Hop {
    let mut nodes: Vec<Node> = chain
        .nodes
        .iter()
        .filter(|node| node.kind == kind)
        .cloned()
        .collect();
    let here = |node: &Node| entity.is_some_and(|entity| entity.id == node.id);
    let ties = |node: &Node| {
        chain
            .links
            .iter()
            .filter(|link| link.to == node.id || link.from == node.id)
            .count()
    };
    // A ticket that only is mentioned says less than one that has a record.
    nodes.sort_by_key(|node| (!here(node), std::cmp::Reverse(ties(node)), node.id.clone()));
    let state = match chain.missing.iter().find(|missing| missing.hop == kind) {
        _ if !nodes.is_empty() => String::new(),
        Some(missing) => missing.state.clone(),
        None => "missing".to_owned(),
    };
    Hop {
        kind,
        nodes,
        state,
        tie: None,
    }
}

/// The strongest link into `to` from any hop before it.
fn best(before: &[Hop], to: &Hop, chain: &Chain) -> Option<Link> {
    let into = |link: &&Link| {
        to.nodes
            .iter()
            .any(|node| node.id == link.to || node.id == link.from)
            && before.iter().any(|hop| {
                hop.nodes
                    .iter()
                    .any(|node| node.id == link.from || node.id == link.to)
            })
    };
    // What the resource emitted ties behaviour to the instance that the resource belongs to.
    let emitted = |link: &&Link| {
        to.kind == "behaviour"
            && kind(&link.to) == "resource"
            && before
                .iter()
                .any(|hop| hop.nodes.iter().any(|node| node.id == link.from))
    };
    chain
        .links
        .iter()
        .filter(|link| into(link) || emitted(link))
        .max_by_key(|link| link.strength())
        .cloned()
}

impl ChainPane {
    /// Below the strip, in words: the node at hand, and what the chain is believed as far as.
    fn draw_words(&self, area: Rect, buf: &mut Buffer, look: Look<'_>) {
        let Some(hop) = self.hops.get(self.selected) else {
            return;
        };
        let which = if hop.nodes.len() > 1 {
            format!(
                " ({} of {})",
                self.turn % hop.nodes.len() + 1,
                hop.nodes.len()
            )
        } else {
            String::new()
        };
        let label = self.node().map_or_else(
            || state::word(&hop.state).into_owned(),
            |node| node.label.clone(),
        );
        let mut pen = Pen::new(area, buf, look.theme);
        let cells = [
            Cell::new(format!("{}{which}: ", hop.kind), Role::Dim),
            Cell::new(label, Role::Text),
        ];
        pen.cells(1, 1, area.width.saturating_sub(1), &cells);
        if let Some(weakest) = self.weakest_words.as_deref().filter(|_| area.height > 2) {
            pen.text(1, 2, area.width.saturating_sub(1), weakest, Role::Dim);
        }
    }
}

impl Pane for ChainPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        self.scope.clone_from(&desk.scope.entity);
        match desk.chain {
            Some(chain) => self.show(chain, desk.scope.entity.as_ref()),
            None if desk.scope.entity.is_none() => self.hops.clear(),
            // The chain before stands until the new one is there.
            None => {}
        }
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        false
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let last = self.hops.len().saturating_sub(1);
        match action {
            Action::Right => (self.selected, self.turn) = ((self.selected + 1).min(last), 0),
            Action::Left => (self.selected, self.turn) = (self.selected.saturating_sub(1), 0),
            Action::First => (self.selected, self.turn) = (0, 0),
            Action::Last => (self.selected, self.turn) = (last, 0),
            // Several nodes of one hop: down and up go through them.
            Action::Down => self.turn += 1,
            Action::Up => self.turn = self.turn.saturating_sub(1),
            Action::Open => {
                match self
                    .node()
                    .map(|node| Target::new(node.id.clone(), node.label.clone()))
                {
                    Some(target) if target.kind() == "behaviour" => {
                        desk.request(Request::Act(Action::Traces));
                    }
                    Some(target) => desk.request(Request::Pivot(target)),
                    None => {}
                }
                return true;
            }
            _ => return false,
        }
        desk.request(Request::Select(self.selection()));
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        if self.hops.is_empty() {
            let why = "select something and press enter, or find it by name with ctrl-p";
            Load::Empty {
                state: "absent",
                why,
            }
            .render(area, buf, look.theme);
            return None;
        }
        let labels: Vec<String> = self
            .hops
            .iter()
            .enumerate()
            .map(|(at, hop)| {
                let node = if at == self.selected {
                    hop.nodes.get(self.turn % hop.nodes.len().max(1))
                } else {
                    hop.nodes.first()
                };
                let more = if hop.nodes.len() > 1 {
                    format!(" +{}", hop.nodes.len() - 1)
                } else {
                    String::new()
                };
                node.map_or(String::new(), |node| format!("{}{more}", node.label))
            })
            .collect();
        let nodes: Vec<drawn::Node<'_>> = self
            .hops
            .iter()
            .zip(&labels)
            .map(|(hop, label)| drawn::Node {
                kind: hop.kind,
                label,
                state: &hop.state,
            })
            .collect();
        let links: Vec<drawn::Link<'_>> = self.hops[1..]
            .iter()
            .map(|hop| match &hop.tie {
                Some(link) => drawn::Link {
                    class: Class::parse(&link.class),
                    state: &link.state,
                },
                None => drawn::Link {
                    class: None,
                    state: if hop.state.is_empty() {
                        "missing"
                    } else {
                        &hop.state
                    },
                },
            })
            .collect();
        let chain = drawn::Chain {
            nodes: &nodes,
            links: &links,
            level: &self.level,
            selected: Some(self.selected),
            weakest: self.weakest,
            focused: look.focused,
        };
        chain.render(
            Rect {
                height: area.height.min(1),
                ..area
            },
            buf,
            look.theme,
        );
        self.draw_words(area, buf, look);
        None
    }

    fn selection(&self) -> Option<Target> {
        self.node()
            .map(|node| Target::new(node.id.clone(), node.label.clone()))
    }
}
