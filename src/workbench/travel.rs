//! Going from one scope to another: pivots, history, windows of time, lists, the bytes behind it all.

use super::{Focus, Workbench, draw};
use crate::app::desk::Viewer;
use crate::app::{Action, Request, Scope, Target};
use crate::panes::{self, Pane as _};
use crate::query::about;
use crate::query::listing::{self, List};

impl Workbench {
    /// Looks at `target` from now on: in the list of its kind, the detail beside it.
    pub(super) fn pivot(&mut self, target: Target) {
        let list = List::of_kind(target.kind()).unwrap_or(self.scope().list);
        self.go(Scope {
            entity: Some(target),
            list,
            related: true,
            window: self.scope().window,
            board: None,
        });
        if matches!(self.focus, Focus::List | Focus::Chain | Focus::Board)
            && draw::one_at_a_time(self)
        {
            self.set_focus(Focus::Detail);
        }
    }

    pub(super) fn go(&mut self, scope: Scope) {
        self.selected.clone_from(&scope.entity);
        self.world.history.push(scope);
        self.ask_chain();
        self.sync_board();
        self.follow(&[Focus::Detail, Focus::Why]);
    }

    /// Shows a board about the release in question; the same one again closes it.
    pub(super) fn show_board(&mut self, name: &'static str) {
        if self.scope().board == Some(name) {
            return self.close_board();
        }
        let entity = self.in_question().or(self.scope().entity.clone());
        self.go(Scope {
            entity,
            board: Some(name),
            ..self.scope().clone()
        });
    }

    pub(super) fn close_board(&mut self) {
        let scope = Scope {
            board: None,
            ..self.scope().clone()
        };
        self.world.history.push(scope);
        self.sync_board();
    }

    /// The board that the scope names is open, and no other.
    fn sync_board(&mut self) {
        let wanted = self.scope().board;
        let open = self.panes.board.as_ref().map(|board| board.spec().name);
        if wanted == open {
            return self.follow(&[Focus::Board]);
        }
        self.panes.board = panes::BOARDS
            .iter()
            .find(|board| Some(board.spec.name) == wanted)
            .map(|board| (board.open)());
        match &self.panes.board {
            Some(_) => {
                self.focus = Focus::Board;
                self.follow(&[Focus::Board]);
            }
            None if self.focus == Focus::Board => self.focus = Focus::List,
            None => {}
        }
    }

    /// What is selected, where that belongs to a release more closely than the scope does.
    fn in_question(&self) -> Option<Target> {
        let kinds = ["release", "finding", "deployment", "instance", "artifact"];
        let selected = self.selected.clone();
        selected.filter(|target| kinds.contains(&target.kind()))
    }

    /// Goes to the release of what is selected: its detail is the verdict.
    pub(super) fn verdict(&mut self) {
        let asked: Vec<String> = self
            .in_question()
            .into_iter()
            .chain(self.scope().entity.clone())
            .map(|target| target.id)
            .collect();
        let desk = self.world.desk();
        let related = desk.nodes();
        self.question.ask(&desk, move |reader| {
            about::release(reader, &asked, &related)
        });
    }

    pub(super) fn answer_question(&mut self) {
        match self.question.ready().cloned().flatten() {
            Some(release) => {
                self.pivot(Target::new(format!("release:{release}"), release));
                self.set_focus(Focus::Detail);
            }
            None => self.say("no release is known".to_owned()),
        }
    }

    /// Changes the scope in place: no step of history.
    pub(super) fn replace(&mut self, scope: Scope) {
        self.world.history.replace(scope);
        self.follow(&[Focus::List, Focus::Timeline]);
    }

    pub(super) fn select(&mut self, target: Option<Target>) {
        self.selected = target;
        self.follow(&[Focus::Detail, Focus::Why]);
    }

    pub(super) fn window(&mut self, window: Option<(i64, i64)>) {
        let scope = Scope {
            window,
            ..self.scope().clone()
        };
        self.world.history.push(scope);
        self.follow(&[Focus::List, Focus::Timeline]);
    }

    pub(super) fn travel(&mut self, forward: bool) {
        let moved = if forward {
            self.world.history.forward()
        } else {
            self.world.history.back()
        };
        if !moved {
            return self.say(if forward {
                "nothing ahead".to_owned()
            } else {
                "this is where you began".to_owned()
            });
        }
        self.selected.clone_from(&self.scope().entity.clone());
        self.ask_chain();
        self.sync_board();
        self.follow(&[
            Focus::Chain,
            Focus::Detail,
            Focus::Why,
            Focus::List,
            Focus::Timeline,
        ]);
    }

    pub(super) fn escape(&mut self) {
        if self.overlays.pop().is_some() {
            return;
        }
        if self.zoomed {
            self.zoomed = false;
        } else if self.scope().board.is_some() {
            self.close_board();
        } else if self.focus != Focus::List {
            self.set_focus(Focus::List);
        } else if self.scope().window.is_some() {
            self.window(None);
        } else if self.scope().entity.is_some() {
            let scope = Scope {
                entity: None,
                related: false,
                ..self.scope().clone()
            };
            self.world.history.push(scope);
            self.ask_chain();
            self.follow(&[Focus::Chain, Focus::List, Focus::Timeline]);
        } else {
            self.say("esc goes back; q leaves".to_owned());
        }
    }

    /// Traces or logs of what is selected.
    pub(super) fn look_at(&mut self, list: &str) {
        let Some(place) = listing::ALL.iter().position(|known| known.name == list) else {
            return;
        };
        match self
            .selected
            .clone()
            .filter(|target| target.kind() == "trace" && list == "logs")
        {
            Some(trace) => self.go(Scope {
                entity: Some(trace),
                list: place,
                related: true,
                window: self.scope().window,
                board: None,
            }),
            None => self.show_list(place),
        }
        self.set_focus(Focus::List);
    }

    pub(super) fn show_list(&mut self, list: usize) {
        let scope = Scope {
            list,
            board: None,
            ..self.scope().clone()
        };
        self.replace(scope);
        self.sync_board();
        self.set_focus(Focus::List);
    }

    /// The bytes of what is selected: here, or in a program of the reader's own.
    pub(super) fn raw(&mut self, viewer: Option<Viewer>) {
        let Some(target) = self.selected.clone() else {
            return self.say("nothing is selected".to_owned());
        };
        // The detail knows where its lines stand; what it shows is what is selected.
        let mut desk = self.world.desk();
        self.panes.detail.act(Action::Raw, &mut desk);
        let mut requests = desk.requests;
        if requests.is_empty() {
            return self.say(format!("the bytes of {} are on their way", target.id));
        }
        for request in &mut requests {
            if let (Request::Raw(place), Some(viewer)) = (&*request, viewer) {
                *request = Request::Elsewhere(place.clone(), viewer);
            }
        }
        self.fulfil(requests);
    }
}
