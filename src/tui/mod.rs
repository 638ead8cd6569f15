//! The terminal: the only room that owns one.
//!
//! One thread waits for keys, one for the clock and for answers; the loop takes whatever comes first,
//! lets the workbench take it in, and draws once for everything that came together. A load runs on a
//! thread of its own and is watched from here. Whatever happens (quit, panic, a signal), the
//! terminal is given back as it was.

mod clipboard;
mod elsewhere;
mod input;
pub mod terminal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use ratatui::layout::Rect;

use self::input::Gate;
use self::terminal::Screen;
use crate::app::{Bytes, Guide, Key, Mouse, Preferences, Wake, Whereabouts};
use crate::load::Work;
use crate::model::Floor;
use crate::store::{Lanes, Store};
use crate::ui::theme::Theme;
use crate::workbench::{Effect, Workbench};

/// Lanes that answer panes: enough that a slow one does not hold up the others.
const LANES: usize = 3;
/// The shortest time between two drawings.
const FRAME: Duration = Duration::from_millis(16);
/// How often spinners and progress move.
const BEAT: Duration = Duration::from_millis(120);

/// What the loop waits for.
pub(crate) enum Event {
    /// A key.
    Key(Key),
    /// Pasted text.
    Paste(String),
    /// What a mouse did.
    Mouse(Mouse),
    /// The terminal has another size, or must be drawn again.
    Resize,
    /// Ctrl-C from outside, or the terminal is gone.
    Leave,
}

/// Everything that a session needs.
pub struct Session {
    /// Title of the case.
    pub title: String,
    /// The open database.
    pub store: Store,
    /// Reads original bytes.
    pub bytes: Bytes,
    /// A load to run in the background, if any.
    pub work: Option<Work>,
    /// The trust floor to begin with.
    pub floor: Floor,
    /// Keys and layouts.
    pub preferences: Preferences,
    /// Looks.
    pub theme: Theme,
    /// The looks that a key goes through.
    pub themes: Vec<(String, Theme)>,
    /// The first steps, where they are to be shown.
    pub guide: Option<Guide>,
    /// Where the session before this one ended.
    pub resume: Option<Whereabouts>,
}

/// Runs the workbench until the user leaves, and says where that was.
///
/// # Errors
/// The terminal refuses, or the database cannot be shared.
pub fn run(session: Session) -> anyhow::Result<Whereabouts> {
    let (wake, woken) = bounded::<()>(1);
    let wake: Wake = Arc::new(move || {
        // One waiting wake-up is as good as many.
        let _ = wake.try_send(());
    });
    let lanes = Lanes::start(&session.store, LANES)?;
    lanes.set_floor(session.floor);
    let mut work = session.work;
    let mut workbench = Workbench::new(
        session.title,
        lanes,
        wake,
        session.bytes.clone(),
        session.preferences,
        session.theme,
    );
    workbench.set_themes(session.themes);
    if let Some(guide) = session.guide {
        workbench.set_guide(guide);
    }
    if let Some(was) = &session.resume {
        workbench.resume(was);
    }
    // The load holds a store of its own; this one would keep the database open for writing.
    drop(session.store);
    let screen = Screen::enter()?;
    let (events, inbox) = unbounded();
    let gate = input::listen(events.clone());
    terminal::on_signals(&events)?;
    let mut terminal = Terminal {
        screen,
        gate,
        bytes: session.bytes,
    };
    let outcome = turn(&mut workbench, &mut terminal, &inbox, &woken, &mut work);
    drop(terminal);
    if let Some(work) = work {
        work.end();
    }
    outcome.map(|()| workbench.whereabouts())
}

/// The terminal, and what is done with it beside drawing.
struct Terminal {
    screen: Screen,
    gate: Gate,
    bytes: Bytes,
}

fn turn(
    workbench: &mut Workbench,
    terminal: &mut Terminal,
    inbox: &Receiver<Event>,
    woken: &Receiver<()>,
    work: &mut Option<Work>,
) -> anyhow::Result<()> {
    let mut drawn = Instant::now();
    terminal
        .screen
        .draw(|area: Rect, buf| workbench.draw(area, buf))?;
    loop {
        let wait = if workbench.is_slow() || work.is_some() {
            BEAT
        } else {
            Duration::from_hours(1)
        };
        let mut dirty = false;
        select! {
            recv(inbox) -> event => match event? {
                Event::Key(key) => { workbench.key(key); dirty = true; }
                Event::Paste(text) => { workbench.paste(&text); dirty = true; }
                Event::Mouse(mouse) => { workbench.mouse(mouse); dirty = true; }
                Event::Resize => dirty = true,
                Event::Leave => return Ok(()),
            },
            recv(woken) -> _ => {}
            default(wait) => { workbench.tick(); dirty = true; }
        }
        // Keys that were pressed meanwhile share one drawing.
        while let Ok(event) = inbox.try_recv() {
            match event {
                Event::Key(key) => workbench.key(key),
                Event::Paste(text) => workbench.paste(&text),
                Event::Mouse(mouse) => workbench.mouse(mouse),
                Event::Resize => {}
                Event::Leave => return Ok(()),
            }
            dirty = true;
        }
        dirty |= workbench.poll();
        dirty |= watch(workbench, work)?;
        for effect in workbench.effects() {
            let Terminal {
                screen,
                gate,
                bytes,
            } = terminal;
            match effect {
                Effect::Quit => return Ok(()),
                Effect::Copy(text) => workbench.say(clipboard::copy(&text)),
                Effect::Redraw => screen.clear()?,
                Effect::Suspend => gate.closed(|| screen.suspend())?,
                Effect::Mouse(takes) => screen.mouse(takes)?,
                Effect::Elsewhere(place, viewer) => {
                    let said = gate.closed(|| elsewhere::show(screen, bytes, &place, viewer));
                    workbench.say(said);
                }
                Effect::Interrupt => match work {
                    Some(work) if work.withdraw() => {
                        workbench.say("cancelling the load; press again to leave".to_owned());
                    }
                    _ => return Ok(()),
                },
            }
            dirty = true;
        }
        if dirty {
            let since = drawn.elapsed();
            if since < FRAME {
                std::thread::sleep(FRAME.saturating_sub(since));
            }
            drawn = Instant::now();
            terminal
                .screen
                .draw(|area, buf| workbench.draw(area, buf))?;
        }
    }
}

/// Looks after the load in the background; true where the screen must be drawn again.
fn watch(workbench: &mut Workbench, work: &mut Option<Work>) -> anyhow::Result<bool> {
    let Some(running) = work else {
        return Ok(false);
    };
    let (line, fresh) = running.glance();
    workbench.set_load(Some(line));
    if fresh {
        workbench.reload();
    }
    if !running.is_finished() {
        return Ok(fresh);
    }
    let Some(finished) = work.take() else {
        return Ok(true);
    };
    workbench.set_load(None);
    let (message, store) = finished.finish()?;
    workbench.say(message);
    // The load's own connections are closed; from here on the case is only read.
    workbench.reconnect(Lanes::start(&store, LANES)?);
    Ok(true)
}

pub(crate) type Events = Sender<Event>;
