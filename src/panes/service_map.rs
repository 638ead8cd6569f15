//! The service map: who calls whom in the window of time, how often, and what failed.
//!
//! It follows the window of the scope: brush an incident, and the map is of that incident. Enter leads from
//! a service to its traces.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Look, Pane, Spec, draw_waiting, stepped};
use crate::app::{Action, Desk, Loader, Request, Target};
use crate::query::service_map::{self, Map, Service};
use crate::ui::frame::Frame;
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
    map: Loader<Map>,
    window: Option<(i64, i64)>,
    asked: bool,
    scroll: Scroll,
}

impl Default for ServiceMapPane {
    fn default() -> Self {
        Self {
            map: Loader::new("service_map"),
            window: None,
            asked: false,
            scroll: Scroll::default(),
        }
    }
}

impl ServiceMapPane {
    fn services(&self) -> &[Service] {
        self.map.ready().map_or(&[], |map| &map.services)
    }
}

impl Pane for ServiceMapPane {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn follow(&mut self, _selected: Option<&Target>, desk: &mut Desk<'_>) {
        let window = desk.window().or_else(|| desk.around());
        if self.asked && self.window == window && self.map.failure().is_none() {
            return;
        }
        (self.window, self.asked) = (window, true);
        let (since, until) = (
            window.map(|(since, _)| since),
            window.map(|(_, until)| until),
        );
        self.map
            .ask(desk, move |reader| service_map::ask(reader, since, until));
    }

    fn poll(&mut self, _desk: &mut Desk<'_>) -> bool {
        let is_first = self.map.ready().is_none();
        let fresh = self.map.poll();
        if let Some(map) = self.map.ready().filter(|_| fresh && is_first) {
            self.scroll.selected = map.entrance();
        }
        fresh
    }

    fn act(&mut self, action: Action, desk: &mut Desk<'_>) -> bool {
        let total = self.services().len();
        if stepped(&mut self.scroll, action, total) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(service) = self.services().get(self.scroll.selected) {
                    let filter = crate::query::filter::with("", "service", &service.name, true);
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
        let position = match self.services().len() {
            0 => String::new(),
            total => table::position(self.scroll.selected, Some(total)),
        };
        let inner = Frame {
            title: "services, by who calls whom",
            focused: look.focused,
            pinned: look.pinned,
            position: &position,
            ..Frame::default()
        }
        .render(area, buf, look.theme);
        let Some(map) = self.map.ready() else {
            draw_waiting(&self.map, "services", inner, buf, look);
            return None;
        };
        if map.calls.is_empty() {
            let why = "no span of one service below a span of another in this window";
            look.nothing("absent", why).render(inner, buf, look.theme);
            return None;
        }
        let nodes: Vec<Node<'_>> = map
            .services
            .iter()
            .map(|service| Node {
                name: &service.name,
                calls: service.calls,
                errors: service.errors,
                is_external: service.is_external,
            })
            .collect();
        let edges: Vec<Edge> = map
            .calls
            .iter()
            .map(|one| Edge {
                from: one.from,
                to: one.to,
                calls: one.calls,
                errors: one.errors,
                p95_ns: one.p95_ns,
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
        self.map.slow().is_some()
    }
}
