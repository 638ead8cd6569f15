//! What ran in the cluster: each rollout's pods, when they came and when they went.

use super::clock::{Ns, SECOND, at};
use super::history::{self, History};
use super::ids;
use super::story::{QUARANTINE, QUARANTINED_REPLICA, ROLLBACK, SERVICES, Service};
use super::world::{Ship, image_digest};

/// The cluster was told to run something.
#[derive(Clone)]
pub struct Rollout {
    /// Service.
    pub service: &'static str,
    /// Version.
    pub version: &'static str,
    /// Image digest.
    pub digest: String,
    /// Commit.
    pub sha: String,
    /// Hash of the pod template: the middle of pod names.
    pub template: String,
    /// Revision number at the cluster.
    pub revision: usize,
    /// When.
    pub time: Ns,
    /// What made it.
    pub cause: Cause,
}

/// What made a rollout.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A release before the evidence begins.
    Before,
    /// The release with that index.
    Release(usize),
    /// `kubectl rollout undo`.
    Undo,
}

/// A pod.
pub struct Pod {
    /// Service.
    pub service: &'static str,
    /// Version.
    pub version: &'static str,
    /// Image digest.
    pub digest: String,
    /// Commit.
    pub sha: String,
    /// Template hash.
    pub template: String,
    /// Name.
    pub name: String,
    /// Unique id.
    pub uid: String,
    /// Address.
    pub ip: String,
    /// Node.
    pub node: &'static str,
    /// Container id.
    pub container: String,
    /// Created.
    pub created: Ns,
    /// Ready to serve.
    pub ready: Ns,
    /// Gone.
    pub ended: Option<Ns>,
    /// True for the pod that was taken out of its replica set.
    pub quarantined: bool,
}

impl Pod {
    /// True while it takes requests.
    pub fn serves(&self, time: Ns) -> bool {
        self.ready <= time && self.ended.is_none_or(|ended| time < ended)
    }

    /// True while it exists.
    pub fn exists(&self, time: Ns) -> bool {
        self.created <= time && self.ended.is_none_or(|ended| time < ended)
    }
}

/// Nodes, by the third number of their pods' addresses.
pub const NODES: [&str; 3] = [
    "ip-10-40-1-21.eu-west-1.compute.internal",
    "ip-10-40-2-34.eu-west-1.compute.internal",
    "ip-10-40-3-17.eu-west-1.compute.internal",
];

/// From one pod of a rolling update to the next.
const STEP: Ns = 43 * SECOND;
/// From a pod's creation to its readiness.
const WARM: Ns = 21 * SECOND;

/// All rollouts in time order.
pub fn rollouts(history: &History, ships: &[Ship]) -> Vec<Rollout> {
    let mut rollouts: Vec<Rollout> = Vec::new();
    for service in &SERVICES {
        let tagged = history.tagged(&history::tag_before(service.name));
        let sha = tagged.map(|commit| commit.sha.clone()).unwrap_or_default();
        rollouts.push(rollout(
            service,
            service.before,
            &sha,
            service.revision,
            at(service.since),
            Cause::Before,
        ));
        let mine = ships
            .iter()
            .enumerate()
            .filter(|(_, ship)| ship.release.service == service.name);
        for (count, (index, ship)) in mine.enumerate() {
            let tagged = history.tagged(&ship.release.tag());
            let sha = tagged.map(|commit| commit.sha.clone()).unwrap_or_default();
            let revision = service.revision + 1 + count;
            rollouts.push(rollout(
                service,
                ship.release.version,
                &sha,
                revision,
                ship.deployed,
                Cause::Release(index),
            ));
        }
        if service.name == "checkout" {
            let [.., good, bad] = rollouts.as_slice() else {
                continue;
            };
            let undone = Rollout {
                revision: bad.revision + 1,
                time: at(ROLLBACK),
                cause: Cause::Undo,
                ..good.clone()
            };
            rollouts.push(undone);
        }
    }
    rollouts.sort_by_key(|rollout| rollout.time);
    rollouts
}

fn rollout(
    service: &Service,
    version: &'static str,
    sha: &str,
    revision: usize,
    time: Ns,
    cause: Cause,
) -> Rollout {
    let digest = image_digest(service.name, sha);
    let length = 9 + usize::from(digest.as_bytes()[8].is_ascii_digit());
    let template = ids::kube(&format!("template {digest}"), length);
    Rollout {
        service: service.name,
        version,
        digest,
        sha: sha.to_owned(),
        template,
        revision,
        time,
        cause,
    }
}

/// All pods, by service and then in time order.
pub fn pods(rollouts: &[Rollout]) -> Vec<Pod> {
    let mut pods: Vec<Pod> = Vec::new();
    for service in &SERVICES {
        for rollout in rollouts
            .iter()
            .filter(|rollout| rollout.service == service.name)
        {
            roll(service, rollout, &mut pods);
        }
    }
    pods
}

/// A rolling update: each new pod, once ready, sends one old pod away.
fn roll(service: &Service, rollout: &Rollout, pods: &mut Vec<Pod>) {
    let old: Vec<usize> = (0..pods.len())
        .filter(|&index| {
            pods[index].service == service.name
                && pods[index].ended.is_none()
                && !pods[index].quarantined
        })
        .collect();
    let mut clock = rollout.time;
    for replica in 0..service.replicas {
        let created = clock + 2 * SECOND;
        let pod = pod(rollout, replica, created, pods.len());
        if let Some(&index) = old.get(replica) {
            pods[index].ended = Some(pod.ready + 6 * SECOND);
        }
        pods.push(pod);
        clock += STEP;
    }
    for &index in old.iter().skip(service.replicas) {
        pods[index].ended = Some(rollout.time + 9 * SECOND);
    }
    if service.name == "checkout" && rollout.version == "v2.15.0" {
        quarantine(rollout, pods);
    }
}

/// Somebody takes the template label off a pod to look at it later. The replica set lets go of it and
/// starts another; the service, which selects by `app`, does not.
fn quarantine(rollout: &Rollout, pods: &mut Vec<Pod>) {
    let first = pods.len() - 3;
    pods[first + QUARANTINED_REPLICA].quarantined = true;
    let replacement = pod(rollout, 3, at(QUARANTINE) + SECOND, pods.len());
    pods.push(replacement);
}

fn pod(rollout: &Rollout, replica: usize, created: Ns, index: usize) -> Pod {
    let seed = format!(
        "{} {} {} {replica}",
        rollout.service, rollout.digest, rollout.revision
    );
    let node = (index * 2 + replica) % NODES.len();
    Pod {
        service: rollout.service,
        version: rollout.version,
        digest: rollout.digest.clone(),
        sha: rollout.sha.clone(),
        template: rollout.template.clone(),
        name: format!(
            "{}-{}-{}",
            rollout.service,
            rollout.template,
            ids::kube(&format!("pod {seed}"), 5)
        ),
        uid: ids::uuid(&format!("pod {seed}")),
        ip: format!("10.40.{}.{}", node + 1, 20 + index),
        node: NODES[node],
        container: ids::sha256(&format!("container {seed}")),
        created,
        ready: created + WARM,
        ended: None,
        quarantined: false,
    }
}
