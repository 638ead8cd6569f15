//! The workbench: places the panes, hands out keys, does what panes request.
//!
//! ```text
//! ┌ header: case · window · loads ──────────────────────────────┐
//! │ breadcrumb                                                  │
//! ├ chain ──────────────────────────────────────────────────────┤
//! ├ list ───────────┬ detail ───────────────────┬ why ──────────┤   160 columns and more
//! │                 │                           │               │   (100: list and detail,
//! ├ timeline ───────┴───────────────────────────┴───────────────┤    80: one of them)
//! ├ footer: keys that work here, now ───────────────────────────┤
//! ```
//!
//! It knows the panes; they do not know it. Nothing here waits: questions go to lanes, and an answer
//! wakes the loop that calls [`Workbench::poll`].

mod arrange;
mod draw;
mod mouse;
mod resume;
mod shot;
mod travel;

pub use shot::Shot;

use ratatui::layout::Rect;

use crate::app::Lanes;
use crate::app::desk::{Place, Viewer};
use crate::app::layout::Sizes;
use crate::app::{
    Action, Bytes, Desk, Guide, History, Key, Loader, Preferences, Request, Scope, Target, Wake,
};
use crate::panes::chain::ChainPane;
use crate::panes::console::ConsolePane;
use crate::panes::counts::CountsPane;
use crate::panes::detail::DetailPane;
use crate::panes::finder::FinderPane;
use crate::panes::help::HelpPane;
use crate::panes::jump::JumpPane;
use crate::panes::layouts::LayoutsPane;
use crate::panes::list::ListPane;
use crate::panes::raw::RawPane;
use crate::panes::timeline::TimelinePane;
use crate::panes::why::WhyPane;
use crate::panes::{self, Pane};
use crate::query::chain::{self, Chain};
use crate::query::findings;
use crate::query::floor;
use crate::query::timeline;
use crate::ui::theme::Theme;

/// Which pane has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Chain,
    List,
    Detail,
    Why,
    Timeline,
    Board,
}

const ORDER: &[Focus] = &[
    Focus::List,
    Focus::Detail,
    Focus::Why,
    Focus::Timeline,
    Focus::Chain,
];

/// The same while a board has the place of the first three.
const AROUND_BOARD: &[Focus] = &[Focus::Board, Focus::Timeline, Focus::Chain];

/// What the terminal is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Put a text on the clipboard.
    Copy(String),
    /// Draw everything from scratch.
    Redraw,
    /// Stop, as a shell's job does, until somebody goes on.
    Suspend,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Show bytes of the evidence in a program of the reader's own.
    Elsewhere(Place, Viewer),
    /// Withdraw the load that runs, or leave where none does.
    Interrupt,
}

/// What panes share, apart from the panes so that both can be borrowed at once.
struct World {
    lanes: Lanes,
    wake: Wake,
    bytes: Bytes,
    history: History,
    chain: Loader<Option<Chain>>,
    extent: Loader<Option<(i64, i64)>>,
    /// How many findings stand, by severity, worst first.
    standing: Loader<Vec<(String, i64)>>,
    /// What the trust floor changes, until it has been said.
    floor: Loader<floor::Effect>,
}

impl World {
    fn desk(&self) -> Desk<'_> {
        Desk {
            lanes: &self.lanes,
            wake: self.wake.clone(),
            bytes: self.bytes.clone(),
            scope: self.history.scope(),
            chain: self.chain.ready().and_then(Option::as_ref),
            extent: self.extent.ready().copied().flatten(),
            requests: Vec::new(),
        }
    }
}

/// The whole screen.
pub struct Workbench {
    world: World,
    panes: Panes,
    overlays: Vec<Box<dyn Pane>>,
    focus: Focus,
    zoomed: bool,
    pinned: Vec<Focus>,
    selected: Option<Target>,
    preferences: Preferences,
    /// Which of the layouts, and what was moved of it.
    layout: usize,
    sizes: Sizes,
    /// Rows of the timeline as it was drawn last.
    timeline_rows: u16,
    /// Where the panes stand as they were drawn last.
    places: Vec<(Focus, Rect)>,
    takes_mouse: bool,
    theme: Theme,
    themes: Vec<(String, Theme)>,
    theme_number: usize,
    /// Which release is in question, where somebody asked to go there.
    question: Loader<Option<String>>,
    title: String,
    load: Option<String>,
    message: Option<String>,
    /// The first steps, for who asked to be shown around.
    guide: Option<Guide>,
    effects: Vec<Effect>,
    beat: usize,
}

impl Workbench {
    /// A workbench over a case called `title`.
    #[must_use]
    pub fn new(
        title: String,
        lanes: Lanes,
        wake: Wake,
        bytes: Bytes,
        preferences: Preferences,
        theme: Theme,
    ) -> Self {
        let world = World {
            lanes,
            wake,
            bytes,
            history: History::new(Scope::default()),
            chain: Loader::new("chain"),
            extent: Loader::new("extent"),
            standing: Loader::new("standing"),
            floor: Loader::new("floor"),
        };
        let mut workbench = Self {
            world,
            panes: Panes::default(),
            overlays: Vec::new(),
            focus: Focus::List,
            zoomed: false,
            pinned: Vec::new(),
            selected: None,
            layout: 0,
            sizes: preferences
                .layouts
                .all()
                .first()
                .map(Sizes::of)
                .unwrap_or_default(),
            timeline_rows: 0,
            places: Vec::new(),
            takes_mouse: true,
            preferences,
            theme,
            themes: Vec::new(),
            theme_number: 0,
            question: Loader::new("question"),
            title,
            load: None,
            message: None,
            guide: None,
            effects: Vec::new(),
            beat: 0,
        };
        workbench.reload();
        workbench
    }

    /// Asks everything again: more evidence is there, or the connections are new.
    pub fn reload(&mut self) {
        let desk = self.world.desk();
        let mut extent = Loader::new("extent");
        extent.ask(&desk, timeline::extent);
        let mut standing = Loader::new("standing");
        standing.ask(&desk, findings::standing);
        drop(desk);
        self.world.extent = extent;
        self.world.standing = standing;
        self.ask_chain();
        self.follow(&[Focus::List, Focus::Timeline, Focus::Board]);
    }

    /// Takes new connections, as after a load that held the database for writing.
    pub fn reconnect(&mut self, lanes: Lanes) {
        lanes.set_floor(self.world.lanes.floor());
        self.world.lanes = lanes;
        self.ask_anew();
    }

    /// Says what a running load is at; `None` where none runs.
    pub fn set_load(&mut self, text: Option<String>) {
        self.load = text;
    }

    /// Shows the first steps.
    pub fn set_guide(&mut self, guide: Guide) {
        self.guide = Some(guide);
    }

    /// Gives the themes that a key goes through, with the one that is shown.
    pub fn set_themes(&mut self, themes: Vec<(String, Theme)>) {
        let plain = self.theme.clone().ascii();
        let shown = themes
            .iter()
            .position(|(_, it)| it.clone().ascii() == plain);
        self.theme_number = shown.unwrap_or(0);
        self.themes = themes;
    }

    /// Says something in the footer until the next key.
    pub fn say(&mut self, text: String) {
        self.message = Some(text);
    }

    /// True while a spinner is due.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.load.is_some()
            || self.panes.all().any(Pane::is_slow)
            || self.overlays.iter().any(|pane| pane.is_slow())
    }

    /// One step of the spinners.
    pub fn tick(&mut self) {
        self.beat = self.beat.wrapping_add(1);
    }

    /// True while any answer is on its way; tests wait for this to end.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.world.lanes.busy()
    }

    /// What the terminal is to do, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes in answers; true where the screen must be drawn again.
    pub fn poll(&mut self) -> bool {
        let mut changed = false;
        changed |= self.world.standing.poll();
        if self.world.floor.poll() {
            changed = true;
            if let Some(effect) = self.world.floor.ready() {
                self.say(effect.told(self.world.lanes.floor()));
            }
        }
        if self.world.extent.poll() {
            changed = true;
            self.follow(&[Focus::Timeline]);
        }
        if self.world.chain.poll() {
            changed = true;
            self.follow(&[Focus::Chain, Focus::List, Focus::Timeline, Focus::Board]);
        }
        if self.question.poll() {
            changed = true;
            self.answer_question();
        }
        for focus in ORDER.iter().chain(&[Focus::Board]) {
            if *focus == Focus::Board && self.panes.board.is_none() {
                continue;
            }
            let mut desk = self.world.desk();
            changed |= self.panes.get(*focus).poll(&mut desk);
            let requests = desk.requests;
            self.fulfil(requests);
        }
        for at in 0..self.overlays.len() {
            let mut desk = self.world.desk();
            changed |= self.overlays[at].poll(&mut desk);
        }
        changed
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) {
        self.message = None;
        if let Some(overlay) = self.overlays.last_mut() {
            let mut desk = self.world.desk();
            let taken = overlay.typed(key, &mut desk);
            let requests = desk.requests;
            self.fulfil(requests);
            if taken {
                return;
            }
        } else {
            let mut desk = self.world.desk();
            let pane = self.panes.get(self.focus);
            let taken = pane.typed(key, &mut desk);
            let requests = desk.requests;
            self.fulfil(requests);
            if taken {
                return;
            }
        }
        if let Some(action) = self.preferences.keymap.action(key) {
            self.act(action);
        }
    }

    /// Does an action: the focused pane first, then the workbench.
    pub fn act(&mut self, action: Action) {
        if let Some(guide) = &mut self.guide {
            guide.did(action);
        }
        if !self.hand_on(action) {
            self.act_here(action);
        }
    }

    /// Lets the focused pane do an action; false where it means nothing to it, or something lies above it.
    fn hand_on(&mut self, action: Action) -> bool {
        if !self.overlays.is_empty() {
            return false;
        }
        let mut desk = self.world.desk();
        let taken = self.panes.get(self.focus).act(action, &mut desk);
        let requests = desk.requests;
        self.fulfil(requests);
        taken
    }

    fn act_here(&mut self, action: Action) {
        if let Some(list) = action.list() {
            return self.show_list(list);
        }
        if let Some(board) = panes::BOARDS.iter().find(|board| board.action == action) {
            return self.show_board(board.spec.name);
        }
        match action {
            Action::NextPane => self.focus_by(1),
            Action::PreviousPane => self.focus_by(ORDER.len() - 1),
            Action::FocusList => self.set_focus(Focus::List),
            Action::FocusDetail => self.set_focus(Focus::Detail),
            Action::FocusChain => self.set_focus(Focus::Chain),
            Action::FocusTimeline => self.set_focus(Focus::Timeline),
            Action::Why => self.set_focus(Focus::Why),
            Action::Escape => self.escape(),
            Action::Back | Action::Forward => self.travel(action == Action::Forward),
            Action::Find => self.open(Box::new(FinderPane::default())),
            Action::Palette => {
                self.open(Box::new(HelpPane::new(&self.preferences.keymap, "actions")));
            }
            Action::Help => self.open(Box::new(HelpPane::new(&self.preferences.keymap, "help"))),
            Action::Console => self.open(Box::new(ConsolePane::default())),
            Action::Raw => self.raw(None),
            Action::Pager => self.raw(Some(Viewer::Pager)),
            Action::Editor => self.raw(Some(Viewer::Editor)),
            Action::Logs => self.look_at("logs"),
            Action::Traces => self.look_at("traces"),
            Action::Verdict => self.verdict(),
            Action::Related => {
                let scope = Scope {
                    related: !self.scope().related,
                    ..self.scope().clone()
                };
                self.say(if scope.related {
                    "only what belongs to the chain".to_owned()
                } else {
                    "all rows".to_owned()
                });
                self.replace(scope);
            }
            Action::TrustFloor => self.next_floor(),
            Action::Copy => match &self.selected {
                Some(target) => self.effects.push(Effect::Copy(target.id.clone())),
                None => self.say("nothing is selected".to_owned()),
            },
            Action::Jump => self.open(Box::new(JumpPane::default())),
            Action::AllTime => self.window(None),
            Action::NextChange
            | Action::PreviousChange
            | Action::Brush
            | Action::ZoomIn
            | Action::ZoomOut
                if self.overlays.is_empty() =>
            {
                self.set_focus(Focus::Timeline);
                self.hand_on(action);
            }
            Action::Layouts => self.open(Box::new(LayoutsPane::new(
                &self.preferences.layouts,
                self.layout,
            ))),
            Action::Wider | Action::Narrower => self.widen(action == Action::Wider),
            Action::Taller | Action::Lower => self.heighten(action == Action::Taller),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Pin => self.pin(),
            Action::Theme => self.next_theme(),
            Action::Mouse => self.toggle_mouse(),
            Action::Redraw => {
                self.effects.push(Effect::Redraw);
                self.reload();
            }
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Interrupt => self.effects.push(Effect::Interrupt),
            Action::Quit => match self.overlays.pop() {
                Some(_) => {}
                None => self.effects.push(Effect::Quit),
            },
            _ => {}
        }
    }

    /// Takes pasted text as if it were typed, as far as a line can use it.
    pub fn paste(&mut self, text: &str) {
        let clean = text.chars().filter(|c| !c.is_control()).take(2_000);
        for c in clean {
            if let Some(key) =
                Key::parse(&c.to_string()).or_else(|| Key::parse("space").filter(|_| c == ' '))
            {
                self.typed_only(key);
            }
        }
    }

    /// A key that may only be text: pasted text must never act.
    fn typed_only(&mut self, key: Key) {
        let mut desk = self.world.desk();
        match self.overlays.last_mut() {
            Some(overlay) => overlay.typed(key, &mut desk),
            None => self.panes.get(self.focus).typed(key, &mut desk),
        };
        let requests = desk.requests;
        self.fulfil(requests);
    }

    fn scope(&self) -> &Scope {
        self.world.history.scope()
    }

    fn fulfil(&mut self, requests: Vec<Request>) {
        for request in requests {
            match request {
                Request::Pivot(target) => self.pivot(target),
                Request::Select(target) => self.select(target),
                Request::Window(window) => self.window(window),
                Request::Raw(place) => self.open(Box::new(RawPane::new(place))),
                Request::Elsewhere(place, viewer) => {
                    self.say(format!("{} in {}", place.file, viewer.variable()));
                    self.effects.push(Effect::Elsewhere(place, viewer));
                }
                Request::Rows { list, filter } => {
                    self.look_at(list);
                    let mut desk = self.world.desk();
                    self.panes.list.narrow(filter, &mut desk);
                }
                Request::Counts(counting) => self.open(Box::new(CountsPane::new(counting))),
                Request::Layout(at) => self.arrange(at),
                Request::Copy(text) => self.effects.push(Effect::Copy(text)),
                Request::Act(action) => self.act_here(action),
                Request::Close => {
                    self.overlays.pop();
                }
                Request::Say(text) => self.say(text),
            }
        }
    }

    fn open(&mut self, mut overlay: Box<dyn Pane>) {
        let mut desk = self.world.desk();
        overlay.follow(self.selected.as_ref(), &mut desk);
        self.overlays.push(overlay);
    }

    fn next_floor(&mut self) {
        self.world.lanes.set_floor(self.world.lanes.floor().next());
        self.ask_anew();
        let mut effect = Loader::new("floor");
        effect.ask(&self.world.desk(), floor::ask);
        self.world.floor = effect;
    }

    /// Asks everything again, also what panes hold or wait for though nothing that they follow has changed: it
    /// was told at another floor, or asked of connections that answer no more.
    fn ask_anew(&mut self) {
        self.panes.detail = DetailPane::default();
        self.panes.why = WhyPane::default();
        let open = self.panes.board.as_ref().map(|board| board.spec().name);
        let board = panes::BOARDS
            .iter()
            .find(|board| Some(board.spec.name) == open);
        self.panes.board = board.map(|board| (board.open)());
        self.reload();
        self.follow(&[Focus::Detail, Focus::Why]);
    }

    fn ask_chain(&mut self) {
        let mut chain = Loader::new("chain");
        let desk = self.world.desk();
        match self.scope().entity.clone() {
            Some(target) => chain.ask(&desk, move |reader| chain::through(reader, &target.id)),
            None => chain.clear(&desk),
        }
        drop(desk);
        self.world.chain = chain;
    }

    /// Tells panes that what they follow has changed; pinned ones are left alone.
    fn follow(&mut self, panes: &[Focus]) {
        for focus in panes.iter().filter(|focus| !self.pinned.contains(focus)) {
            let mut desk = self.world.desk();
            let pane = self.panes.get(*focus);
            pane.follow(self.selected.as_ref(), &mut desk);
        }
    }
}

/// The panes, apart from the world so that both can be borrowed at once.
#[derive(Default)]
struct Panes {
    chain: ChainPane,
    list: ListPane,
    detail: DetailPane,
    why: WhyPane,
    timeline: TimelinePane,
    board: Option<Box<dyn Pane>>,
}

impl Panes {
    /// The pane that `focus` names; the list where no board is open.
    fn get(&mut self, focus: Focus) -> &mut dyn Pane {
        match focus {
            Focus::Chain => &mut self.chain,
            Focus::Detail => &mut self.detail,
            Focus::Why => &mut self.why,
            Focus::Timeline => &mut self.timeline,
            Focus::Board => match &mut self.board {
                Some(board) => board.as_mut(),
                None => &mut self.list,
            },
            Focus::List => &mut self.list,
        }
    }

    fn all(&self) -> impl Iterator<Item = &dyn Pane> {
        let panes: [&dyn Pane; 5] = [
            &self.list,
            &self.detail,
            &self.why,
            &self.timeline,
            &self.chain,
        ];
        panes.into_iter().chain(self.board.as_deref())
    }
}
