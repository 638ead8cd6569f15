//! `agent-sessions/`: Claude Code transcripts, as they lie on the operators' machines. The one of
//! catalog v3.6.1 is not there: its operator's machine had already expired it.

mod bad;
mod ordinary;
mod transcript;

use super::files::Files;
use super::history;
use super::world::World;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    for ship in &world.ships {
        let Some(agent) = &ship.release.agent else {
            continue;
        };
        if !agent.exported {
            continue;
        }
        let transcript = if ship.release.is_bad() {
            bad::session(ship.release, world.source(ship))
        } else {
            ordinary::session(ship.release, agent)
        };
        let path = format!("agent-sessions/{}.jsonl", history::session(ship.release));
        files.put(&path, transcript.text());
    }
}
