//! What looks like a misdeed and is none.

use super::deeds::{Config, Deed, Effect, What};
use super::ids;
use super::plan::Plan;
use super::rng::Rng;
use super::time::{DAY, HOUR, MINUTE, Ns, SECOND};
use super::truth::{Culprit, Decoy, Expect, Family};
use super::words;

/// Ways to mislead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new host that an added line of the diff names.
    ExplainedHost,
    /// A campaign: two to three times the requests, no more failures among them.
    LoadSpike,
    /// A secret that was read eight days ago, and now again.
    OldSecret,
    /// Failures that began before the deployment.
    BurstBefore,
    /// Failures that a change of configuration beside an innocent release causes.
    ConfigChange,
    /// A container restarts and reads its usual secrets.
    PodRestart,
    /// The autoscaler adds a pod, which reads its usual secrets.
    ScaleUp,
    /// Another service's innocent release, minutes before or after.
    NeighbourRelease,
    /// A peer addressed by pod name and ephemeral port, both of which change.
    RenamedPeer,
    /// Telemetry writes `1.2.3` where the cluster and the forge write `v1.2.3`.
    VersionSpelling,
}

const ALL: [Kind; 10] = [
    Kind::ExplainedHost,
    Kind::LoadSpike,
    Kind::OldSecret,
    Kind::BurstBefore,
    Kind::ConfigChange,
    Kind::PodRestart,
    Kind::ScaleUp,
    Kind::NeighbourRelease,
    Kind::RenamedPeer,
    Kind::VersionSpelling,
];

/// Two to five ways.
pub fn choose(rng: &mut Rng) -> Vec<Kind> {
    let mut kinds = ALL.to_vec();
    rng.shuffle(&mut kinds);
    kinds.truncate(rng.between(2, 6) as usize);
    kinds
}

/// When the second service releases beside the focus.
pub fn neighbour_time(kinds: &[Kind], moment: Ns, rng: &mut Rng) -> Option<Ns> {
    let apart = rng.between(5, 20) * MINUTE * if rng.chance(0.5) { 1 } else { -1 };
    kinds
        .contains(&Kind::NeighbourRelease)
        .then_some(moment + apart)
}

/// When the third service releases, and when its configuration changes.
pub fn config_times(kinds: &[Kind], moment: Ns, rng: &mut Rng) -> Option<(Ns, Ns)> {
    let change = moment + rng.between(-60, 50) * MINUTE + 17 * SECOND;
    // Before the change, long enough to be seen innocent; or after, when failures are there already.
    let apart = if rng.chance(0.6) {
        -rng.between(15, 35)
    } else {
        rng.between(10, 20)
    };
    kinds
        .contains(&Kind::ConfigChange)
        .then_some((change + apart * MINUTE, change))
}

/// Lays one. `config` and `scale` are times that had to be known before.
pub fn lay(plan: &mut Plan, kind: Kind, config: Option<Ns>, scale: Option<Ns>) {
    let mut decoy = Decoy {
        kind: String::new(),
        family: Family::Rate,
        subject: plan.truth.focus.service.clone(),
        service: plan.truth.focus.service.clone(),
        version: plan.truth.focus.version.clone(),
        first_ns: plan.moment,
        expect: Expect::Silent,
        culprit: None,
    };
    let laid = match kind {
        Kind::ExplainedHost => explained_host(plan, &mut decoy),
        Kind::LoadSpike => Some(load_spike(plan, &mut decoy)),
        Kind::OldSecret => old_secret(plan, &mut decoy),
        Kind::BurstBefore => Some(burst_before(plan, &mut decoy)),
        Kind::ConfigChange => config_change(plan, &mut decoy, config),
        Kind::PodRestart => pod_restart(plan, &mut decoy),
        Kind::ScaleUp => scale_up(plan, &mut decoy, scale),
        Kind::NeighbourRelease => neighbour(plan, &mut decoy),
        Kind::RenamedPeer => Some(renamed_peer(plan, &mut decoy)),
        Kind::VersionSpelling => Some(version_spelling(plan, &mut decoy)),
    };
    if let Some(name) = laid {
        name.clone_into(&mut decoy.kind);
        plan.truth.decoys.push(decoy);
    }
}

/// Lays an effect and notes it as the decoy that is being laid.
fn effect(plan: &mut Plan, service: Option<usize>, from: Ns, to: Ns, what: What) {
    let decoy = Some(plan.truth.decoys.len());
    let effect = Effect {
        service,
        release: None,
        from,
        to,
        what,
        injected: None,
        decoy,
    };
    plan.deeds.effects.push(effect);
}

fn explained_host(plan: &mut Plan, decoy: &mut Decoy) -> Option<&'static str> {
    let host = plan.spare.hosts.pop()?;
    let service = usize::from(plan.rng.chance(0.4));
    let release = plan.world.newest(service);
    let named = plan.world.named(release);
    let line = format!("const FEED_URL: &str = \"https://{host}/v2/feed\";");
    plan.world.releases[release].added.push(line);
    decoy.family = Family::Network;
    host.clone_into(&mut decoy.subject);
    (decoy.service, decoy.version) = (named.service, named.version);
    decoy.first_ns = Ns::MAX;
    decoy.expect = Expect::Explained;
    effect(
        plan,
        Some(service),
        named.deployed_ns,
        Ns::MAX,
        What::Call(0, host.to_owned(), 443, (0.35 * plan.more).min(0.8)),
    );
    let last = plan.deeds.effects.last_mut()?;
    last.release = Some(release);
    Some("explained_host")
}

fn load_spike(plan: &mut Plan, decoy: &mut Decoy) -> &'static str {
    let from = plan.moment + plan.rng.between(15, 60) * MINUTE;
    let to = from + plan.rng.between(60, 120) * MINUTE;
    let factor = plan.rng.real(2.0, 3.0);
    decoy.first_ns = from;
    effect(plan, None, from, to, What::Load(factor));
    "load_spike"
}

fn old_secret(plan: &mut Plan, decoy: &mut Decoy) -> Option<&'static str> {
    let service = &plan.world.services[0];
    let unused: Vec<String> = words::SECRETS
        .iter()
        .map(|word| format!("secret/data/{}/{word}", service.name))
        .filter(|path| !service.vault.contains(path))
        .collect();
    let path = plan.rng.pick(&unused).clone();
    let first = plan.world.begin + plan.rng.between(2 * 60, 8 * 60) * MINUTE;
    let again = plan.moment + plan.rng.between(20, 100) * MINUTE;
    decoy.family = Family::Secret;
    decoy.first_ns = again;
    decoy.subject.clone_from(&path);
    for time in [first, again] {
        let pod = plan.world.serving(0, time)?;
        plan.act(time, pod, Deed::Vault(path.clone()));
    }
    Some("old_secret")
}

/// In the operation that misdeeds leave alone.
fn burst_before(plan: &mut Plan, decoy: &mut Decoy) -> &'static str {
    let from = plan.moment - plan.rng.between(40, 90) * MINUTE;
    let to = plan.moment + plan.rng.between(20, 60) * MINUTE;
    let op = &plan.world.services[0].ops[2];
    let factor = 0.2 / op.errors;
    op.route.clone_into(&mut decoy.subject);
    decoy.first_ns = from;
    effect(plan, Some(0), from, to, What::Failures(2, factor));
    "burst_before"
}

fn config_change(plan: &mut Plan, decoy: &mut Decoy, config: Option<Ns>) -> Option<&'static str> {
    let (time, release) = (config?, plan.added.1?);
    let named = plan.world.named(release);
    let name = format!("{}-config", named.service);
    let id = ids::uuid(&format!("config {} {time}", plan.truth.seed));
    let op = &plan.world.services[2].ops[0];
    let factor = 0.15 / op.errors;
    op.route.clone_into(&mut decoy.subject);
    (decoy.service, decoy.version) = (named.service, named.version);
    decoy.first_ns = time;
    decoy.expect = Expect::NotTheRelease;
    decoy.culprit = Some(Culprit {
        kind: "config".to_owned(),
        key: format!("change:config:kubernetes:{id}"),
        also: Vec::new(),
        object: format!("configmaps/{}/{name}", plan.world.namespace),
        time_ns: time,
    });
    let (key, value) = *plan.rng.pick(&[
        ("POOL_SIZE", "2"),
        ("UPSTREAM_TIMEOUT_MS", "80"),
        ("MAX_INFLIGHT", "4"),
    ]);
    plan.deeds.configs.push(Config {
        time,
        service: 2,
        key,
        value: value.to_owned(),
        id,
    });
    effect(plan, Some(2), time, Ns::MAX, What::Failures(0, factor));
    Some("config_change")
}

fn pod_restart(plan: &mut Plan, decoy: &mut Decoy) -> Option<&'static str> {
    let time = plan.moment + plan.rng.between(60, 130) * MINUTE;
    let pod = plan.world.serving(0, time)?;
    plan.world.pods[pod].restarted = Some(time);
    plan.start(pod, time + 4 * SECOND);
    decoy.family = Family::Secret;
    decoy.subject.clone_from(&plan.world.services[0].vault[0]);
    decoy.first_ns = time;
    Some("pod_restart")
}

fn scale_up(plan: &mut Plan, decoy: &mut Decoy, scale: Option<Ns>) -> Option<&'static str> {
    let time = scale?;
    plan.deeds
        .scales
        .push((0, time, plan.world.services[0].replicas + 1));
    decoy.family = Family::Secret;
    decoy.subject.clone_from(&plan.world.services[0].vault[1]);
    decoy.first_ns = time;
    Some("scale_up")
}

fn neighbour(plan: &mut Plan, decoy: &mut Decoy) -> Option<&'static str> {
    let named = plan.world.named(plan.added.0?);
    decoy.subject.clone_from(&named.service);
    (decoy.service, decoy.version, decoy.first_ns) =
        (named.service, named.version, named.deployed_ns);
    Some("neighbour_release")
}

/// Another name each day, and one more from the deployment on.
fn renamed_peer(plan: &mut Plan, decoy: &mut Decoy) -> &'static str {
    let peer = plan.world.services[1].name;
    let seed = plan.truth.seed;
    let namespace = plan.world.namespace;
    let host = |label: i64| {
        let template = ids::kube(&format!("peer {seed} {}", label / 3), 9);
        format!(
            "{peer}-{template}-{}.{namespace}.pod",
            ids::kube(&format!("peer pod {seed} {label}"), 5)
        )
    };
    let mut from = plan.world.begin;
    let mut day = 0;
    while from < plan.moment {
        let to = (from + DAY).min(plan.moment);
        effect(plan, Some(0), from, to, What::Call(1, host(day), 0, 0.25));
        (from, day) = (to, day + 1);
    }
    decoy.subject = host(day + 3);
    decoy.family = Family::Network;
    effect(
        plan,
        Some(0),
        plan.moment,
        Ns::MAX,
        What::Call(1, decoy.subject.clone(), 0, 0.25),
    );
    "renamed_peer"
}

fn version_spelling(plan: &Plan, decoy: &mut Decoy) -> &'static str {
    decoy.family = Family::Coverage;
    decoy.subject = decoy.version.trim_start_matches('v').to_owned();
    decoy.first_ns = plan.moment.min(plan.world.begin + HOUR);
    "version_spelling"
}
