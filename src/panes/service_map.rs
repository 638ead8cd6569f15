//! The service map: who calls whom in the window of time, how often, and what failed.
//!
//! It follows the window of the scope: brush an incident, and the map is of that incident. Enter leads from
//! a service to its traces.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec, draw_waiting, stepped};
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::query::service_map::{self, Calls};
use crate::ui::frame::Frame;
use crate::ui::load::Load;
use crate::ui::scroll::{Cursor, Scroll};
use crate::ui::service_map::{Edge, Node, ServiceMap};
use crate::ui::table;

/// The board of services.
pub static SPEC: Spec = Spec {
    name: "services",
    about: "Service map: who calls whom in the window of time, how often, how slow, and what failed",
    actions: &[Action::Open, Action::Brush, Action::Escape],
};

/// State of the board of services.
pub struct ServiceMapPane {
    calls: Loader<Vec<Calls>>,
    window: Option<(i64, i64)>,
    asked: bool,
    scroll: Scroll,
}

impl Default for ServiceMapPane {
    fn default() -> Self {
        Self {
            calls: Loader::new("service_map"),
            window: None,
            asked: false,
            scroll: Scroll::default(),
        }
    }
}

/// A service with its calls in and the failed ones among them; at the top of the map, those out of it.
struct Service<'c> {
    name: &'c str,
    is_external: bool,
    calls: u64,
    errors: u64,
}

impl ServiceMapPane {
    fn services(&self) -> Vec<Service<'_>> {
        let calls = self.calls.ready().map_or(&[][..], Vec::as_slice);
        let mut names: Vec<(&str, bool)> = calls
            .iter()
            .flat_map(|one| {
                [
                    (one.caller.as_str(), false),
                    (one.callee.as_str(), one.is_external),
                ]
            })
            .collect();
        names.sort_unstable();
        names.dedup_by_key(|(name, _)| *name);
        let sum = |name: &str| {
            let of = |one: &&Calls| one.callee == name;
            let counts = calls.iter().filter(of).map(|one| (one.calls, one.errors));
            counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        let service = |(name, is_external)| {
            let (calls, errors) = sum(name);
            Service {
                name,
                is_external,
                calls,
                errors,
            }
        };
        names.into_iter().map(service).collect()
    }

    /// The services in the order in which the cursor goes through them.
    fn chosen(&self) -> Option<String> {
        let services = self.services();
        services
            .get(self.scroll.selected)
            .map(|service| service.name.to_owned())
    }
}

impl Pane for ServiceMapPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let window = desk.window().or_else(|| desk.around());
        if self.asked && self.window == window && self.calls.failure().is_none() {
            return;
        }
        (self.window, self.asked) = (window, true);
        let (since, until) = (
            window.map(|(since, _)| since),
            window.map(|(_, until)| until),
        );
        self.calls
            .ask(desk, move |reader| service_map::ask(reader, since, until));
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        self.calls.poll()
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.services().len();
        if stepped(&mut self.scroll, action, total) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(name) = self.chosen() {
                    let filter = crate::query::filter::with("", "service", &name, true);
                    desk.request(Request::Rows {
                        list: "traces",
                        filter,
                    });
                }
            }
            _ => return false,
        }
        true
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, look: Look<'_>) -> Option<Position> {
        let services = self.services();
        let position = match services.len() {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            number: None,
            title: "services, by who calls whom",
            focused: look.focused,
            pinned: look.pinned,
            hint: "",
            note: "",
            position: &position,
        }
        .render(area, buf, look.theme);
        let Some(calls) = self.calls.ready() else {
            draw_waiting(&self.calls, "services", inner, buf, look);
            return None;
        };
        if calls.is_empty() {
            Load::Empty {
                state: "absent",
                why: "no span of one service below a span of another in this window",
            }
            .render(inner, buf, look.theme);
            return None;
        }
        let nodes: Vec<Node<'_>> = services
            .iter()
            .map(|service| Node {
                name: service.name,
                calls: service.calls,
                errors: service.errors,
                is_external: service.is_external,
            })
            .collect();
        let place = |name: &str| services.iter().position(|service| service.name == name);
        let edges: Vec<Edge> = calls
            .iter()
            .filter_map(|one| {
                Some(Edge {
                    from: place(&one.caller)?,
                    to: place(&one.callee)?,
                    calls: one.calls,
                    errors: one.errors,
                    p95_ns: one.p95_ns,
                })
            })
            .collect();
        let mut scroll = self.scroll;
        ServiceMap {
            nodes: &nodes,
            edges: &edges,
            cursor: Cursor::of(look.focused),
        }
        .render(inner, buf, look.theme, &mut scroll);
        self.scroll = scroll;
        None
    }

    fn is_slow(&self) -> bool {
        self.calls.slow().is_some()
    }
}
