//! Worlds in which every instance is well: some say little, some restart, a rollout takes its time.

use shipwake::behaviour::Comparison;
use shipwake::behaviour::compare::Pod;
use shipwake::behaviour::window::{BLOCK, HOUR, MINUTE};

use crate::dice::Dice;
use crate::world::{self, INSTANCES, NEW};

/// One world.
#[derive(Clone, Copy)]
pub struct Pods {
    /// Chance that an instance says something within a step.
    pub speaks: f64,
    /// Standard deviation of that chance between instances, in logarithms.
    pub uneven: f64,
    /// Steps that a pause lasts, on average, where telemetry comes in stretches; 0 where it does not.
    pub pauses: f64,
    /// Part of the ends that some source tells of.
    pub told: f64,
    /// The longest that a rollout takes.
    pub rollout: i64,
    /// Life of the release.
    pub hours: i64,
}

impl Pods {
    /// A comparison of it.
    pub fn make(&self, dice: &mut Dice) -> Comparison {
        let mut comparison = world::empty(dice, self.hours);
        let began = comparison.window.began;
        let finished = began + self.hours * HOUR;
        for place in 0..INSTANCES {
            let speaks = (self.speaks * (self.uneven * dice.normal()).exp()).min(1.0);
            let mut started = began + dice.below(3 * MINUTE);
            let ends = finished + dice.below(self.rollout);
            // One in four is moved to another node in the middle of its life.
            if dice.hits(0.25) {
                let moved = started + dice.below(ends - started);
                let name = format!("shop-{place}-a");
                comparison
                    .pods
                    .push(self.pod(dice, &name, speaks, started, moved));
                started = moved;
            }
            let name = format!("shop-{place}-b");
            comparison
                .pods
                .push(self.pod(dice, &name, speaks, started, ends));
        }
        comparison
    }

    fn pod(&self, dice: &mut Dice, name: &str, speaks: f64, from: i64, to: i64) -> Pod {
        let mut pod = Pod {
            pod: name.to_owned(),
            release: NEW.to_owned(),
            started_ns: Some(from),
            ended_ns: dice.hits(self.told).then_some(to),
            seen_ns: Some(from),
            ..Pod::default()
        };
        let mut pausing = false;
        for step in from.div_euclid(BLOCK)..=to.div_euclid(BLOCK) {
            if self.pauses > 0.0 && dice.hits(1.0 / self.pauses) {
                pausing = !pausing;
            }
            let (start, end) = ((step * BLOCK).max(from), ((step + 1) * BLOCK).min(to));
            let part = (end - start) as f64 / BLOCK as f64;
            if part <= 0.0 || pausing || !dice.hits(1.0 - (1.0 - speaks).powf(part)) {
                continue;
            }
            let pause = pod.fell_silent_ns.map(|end| step * BLOCK - end);
            pod.pause_ns = pod.pause_ns.max(pause);
            pod.blocks += 1;
            pod.spoke_ns = pod.spoke_ns.or(Some(step * BLOCK));
            pod.fell_silent_ns = Some((step + 1) * BLOCK);
        }
        // A lease of a secret is renewed each hour, as an audit log tells.
        let renewed = (to - from) / HOUR;
        pod.acted_ns = (renewed > 0).then_some(from + renewed * HOUR);
        pod
    }
}
