//! Worlds in which a service goes about its business: a few things often, many things rarely.

use std::collections::BTreeMap;

use shipwake::behaviour::Comparison;
use shipwake::behaviour::compare::{KeyUse, Served};
use shipwake::behaviour::window::{BLOCK, DAY};

use crate::dice::{Dice, Zipf};
use crate::world::{self, INSTANCES};

/// Steps of a day.
const STEPS: i64 = DAY / BLOCK;

/// One world.
#[derive(Clone, Copy)]
pub struct Keys {
    /// Visits of a step, on average.
    pub volume: f64,
    /// Events of a visit, on average: connections of one batch, retries, lines of one loop.
    pub clump: f64,
    /// Days of the baseline.
    pub days: i64,
    /// Life of the release.
    pub hours: i64,
}

#[derive(Default)]
struct Use {
    events: i64,
    steps: std::collections::BTreeSet<i64>,
    instances: std::collections::BTreeSet<i64>,
    first: Option<i64>,
    last: Option<i64>,
}

impl Use {
    fn add(&mut self, at: i64, instance: i64, events: i64) {
        self.events += events;
        self.steps.insert(at.div_euclid(BLOCK));
        self.instances.insert(instance);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
    }
}

impl Keys {
    /// A comparison of it.
    pub fn make(&self, dice: &mut Dice, zipf: &Zipf) -> Comparison {
        let mut comparison = world::empty(dice, self.hours);
        let (began, until) = (comparison.window.began, comparison.window.until);
        let since = began - self.days * DAY;
        let mut uses: BTreeMap<usize, [Use; 2]> = BTreeMap::new();
        for step in 0..(until - since) / BLOCK {
            let at = since + step * BLOCK;
            for _ in 0..dice.poisson(self.volume * world::load(at)) as i64 {
                let sides = uses.entry(zipf.draw(dice)).or_default();
                let at = at + dice.below(BLOCK);
                let events = dice.geometric(self.clump);
                sides[usize::from(at >= began)].add(at, dice.below(INSTANCES), events);
            }
        }
        comparison.keys = uses
            .into_iter()
            .map(|(rank, [before, now])| KeyUse {
                family: "network".to_owned(),
                key: format!("host-{rank}.example:443"),
                subject: format!("host-{rank}.example"),
                events: now.events,
                instances: now.instances.len() as i64,
                blocks: now.steps.len() as i64,
                first_ns: now.first,
                last_ns: now.last,
                late: now.events,
                before: before.events,
                before_blocks: before.steps.len() as i64,
                before_ns: before.last,
            })
            .collect();
        comparison.exposure = ((until - began) / BLOCK * INSTANCES) as f64;
        comparison.baseline_exposure = (self.days * STEPS * INSTANCES) as f64;
        comparison.families.insert("network".to_owned(), since);
        for (at, release, part) in world::steps(&comparison) {
            comparison.requests.push(Served {
                source: "metric".to_owned(),
                release: release.to_owned(),
                operation: "GET /cart".to_owned(),
                block_ns: at,
                requests: (100.0 * part * world::load(at)).round(),
                errors: 0.0,
            });
        }
        comparison
    }
}
