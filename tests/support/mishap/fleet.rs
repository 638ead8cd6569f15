//! Pods: rolling updates, rollbacks, and a pod more where the autoscaler wants one.

use super::ids;
use super::time::{Ns, SECOND};
use super::world::{Pod, Rollout, World};

/// From one pod of a rolling update to the next.
const STEP: Ns = 43 * SECOND;
/// From a pod's creation to its readiness.
const WARM: Ns = 21 * SECOND;

/// What the plan asks of the fleet.
#[derive(Default)]
pub struct Orders {
    /// A release to undo, and when.
    pub undo: Option<(usize, Ns)>,
    /// A release whose first pod outlives its rollback.
    pub keep: Option<usize>,
    /// A release whose last pod is never heard of.
    pub silence: Option<usize>,
    /// A service that gets one more pod, and when.
    pub scale: Option<(usize, Ns)>,
}

/// Makes the rollouts and their pods.
pub fn run(world: &mut World, orders: &Orders) {
    let mut rollouts: Vec<Rollout> = (0..world.releases.len())
        .map(|release| Rollout {
            release,
            time: world.releases[release].time,
            undo: false,
        })
        .collect();
    if let Some((release, time)) = orders.undo
        && let Some(previous) = world.previous(release)
    {
        rollouts.push(Rollout {
            release: previous,
            time,
            undo: true,
        });
    }
    rollouts.sort_by_key(|rollout| rollout.time);
    for rollout in &rollouts {
        if let Some((service, time)) = orders.scale
            && time < rollout.time
        {
            scale(world, service, time);
        }
        roll(world, rollout, orders);
    }
    if let Some((service, time)) = orders.scale {
        scale(world, service, time);
    }
    world.rollouts = rollouts;
}

/// Each new pod, once ready, sends one old pod away.
fn roll(world: &mut World, rollout: &Rollout, orders: &Orders) {
    let service = world.releases[rollout.release].service;
    let old: Vec<usize> = (0..world.pods.len())
        .filter(|&index| {
            let pod = &world.pods[index];
            pod.service == service && pod.ended.is_none() && !pod.kept
        })
        .collect();
    let replicas = world.services[service].replicas.max(old.len());
    for replica in 0..replicas {
        let created = rollout.time + 2 * SECOND + STEP * replica as Ns;
        let mut pod = pod(world, rollout, &replica.to_string(), created);
        pod.silent = orders.silence == Some(rollout.release) && replica + 1 == replicas;
        if let Some(&index) = old.get(replica) {
            let old = &mut world.pods[index];
            if orders.keep == Some(old.release) && replica == 0 && rollout.undo {
                old.kept = true;
            } else {
                old.ended = Some(pod.ready + 6 * SECOND);
            }
        }
        world.pods.push(pod);
    }
}

/// One pod more of what runs. Asked twice, it happens once.
fn scale(world: &mut World, service: usize, time: Ns) {
    let label = "scaled";
    let running = world
        .pods
        .iter()
        .rfind(|pod| pod.service == service && pod.serves(time));
    let Some(release) = running.map(|pod| pod.release) else {
        return;
    };
    let rollout = Rollout {
        release,
        time: world.releases[release].time,
        undo: false,
    };
    let extra = pod(world, &rollout, label, time + 2 * SECOND);
    if world.pods.iter().all(|pod| pod.name != extra.name) {
        world.pods.push(extra);
    }
}

fn pod(world: &World, rollout: &Rollout, replica: &str, created: Ns) -> Pod {
    let release = &world.releases[rollout.release];
    let name = world.services[release.service].name;
    let template = ids::kube(&format!("template {}", release.digest), 9);
    let seed = format!("{} {} {replica}", release.digest, rollout.time);
    let index = world.pods.len();
    let node = index % 3 + 1;
    Pod {
        service: release.service,
        release: rollout.release,
        name: format!("{name}-{template}-{}", ids::kube(&format!("pod {seed}"), 5)),
        template,
        uid: ids::uuid(&format!("pod {seed}")),
        ip: format!("10.40.{node}.{}", 20 + index % 230),
        node,
        created,
        ready: created + WARM,
        ended: None,
        silent: false,
        kept: false,
        restarted: None,
    }
}
