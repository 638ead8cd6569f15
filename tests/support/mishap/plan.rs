//! Chooses what happens in a bundle: whether its last release is bad, in which ways, and what is
//! there to mislead. The order matters: releases before pods, pods before what they do.

use super::decoys::{self, Kind as Bait};
use super::deeds::{Act, Deed, Deeds, Effect, What};
use super::fleet::{self, Orders};
use super::ids;
use super::misdeeds::{self, Kind as Misdeed};
use super::rng::Rng;
use super::time::{DAY, HOUR, MINUTE, Ns, SECOND, weekday};
use super::truth::{Culprit, Truth};
use super::words;
use super::world::World;

/// The plan as it is drawn up.
pub struct Plan {
    /// Stage.
    pub world: World,
    /// What happens.
    pub deeds: Deeds,
    /// What is true of it. `first_ns` and `records` of what only traffic shows come later.
    pub truth: Truth,
    /// Index of the release that the bundle is about.
    pub focus: usize,
    /// Its time.
    pub moment: Ns,
    /// Words not yet used.
    pub spare: Spare,
    /// Releases that decoys added: of the neighbour, of the service whose configuration changes.
    pub added: (Option<usize>, Option<usize>),
    /// How much commoner misdeeds in traffic are made.
    pub more: f64,
    /// Choices.
    pub rng: Rng,
}

/// Words that ordinary life does not use.
pub struct Spare {
    /// Hosts outside.
    pub hosts: Vec<&'static str>,
    /// Roles.
    pub roles: Vec<&'static str>,
    /// Operations of the focus that may go wrong: the two that are asked often.
    pub ops: Vec<usize>,
}

/// Draws the plan of a seed. Misdeeds in traffic are so many times as common as they would be.
pub fn draw(seed: u64, more: f64) -> Plan {
    let mut rng = Rng::new(seed, "plan");
    let mut world = World::draw(seed);
    let bad = !rng.chance(1.0 / 6.0);
    let misdeeds = misdeeds::choose(bad, &mut rng);
    let baits = decoys::choose(&mut rng);
    let moment = world.releases[world.newest_of_unsorted(0)].time;

    let kept = misdeeds.contains(&Misdeed::LeftBehind);
    let rollback = (bad && (kept || rng.chance(0.6)))
        .then(|| moment + rng.between(150, 270) * MINUTE + rng.between(0, 60) * SECOND);
    let last = rollback.unwrap_or(moment + 3 * HOUR) + rng.between(150, 240) * MINUTE;
    world.end = last - last % (5 * MINUTE);
    if baits.contains(&Bait::VersionSpelling) {
        world.services[0].bare_version = true;
    }
    let neighbour = decoys::neighbour_time(&baits, moment, &mut rng);
    if let Some(time) = neighbour {
        world.patch_release(1, time);
    }
    let config = decoys::config_times(&baits, moment, &mut rng);
    if let Some((deploy, _)) = config {
        world.patch_release(2, deploy);
    }
    world.settle();
    let focus = world.newest(0);
    let scale = baits
        .contains(&Bait::ScaleUp)
        .then(|| (0, moment + rng.between(30, 75) * MINUTE));
    let orders = Orders {
        undo: rollback.map(|time| (focus, time)),
        keep: kept.then_some(focus),
        silence: misdeeds.contains(&Misdeed::Silence).then_some(focus),
        scale,
    };
    fleet::run(&mut world, &orders);

    let truth = Truth {
        seed,
        begin_ns: world.begin,
        end_ns: world.end,
        dense_ns: world.dense,
        focus: world.named(focus),
        bad: bad.then(|| world.named(focus)),
        culprit: None,
        rollback_ns: rollback,
        injected: Vec::new(),
        decoys: Vec::new(),
        releases: Vec::new(),
    };
    let spare = spare(&world, &mut rng);
    let added = (
        neighbour.map(|_| world.newest(1)),
        config.map(|_| world.newest(2)),
    );
    let mut plan = Plan {
        world,
        deeds: Deeds::default(),
        truth,
        focus,
        moment,
        spare,
        added,
        more,
        rng,
    };
    plan.ordinary();
    for kind in &misdeeds {
        misdeeds::lay(&mut plan, *kind);
    }
    for kind in &baits {
        decoys::lay(
            &mut plan,
            *kind,
            config.map(|(_, time)| time),
            scale.map(|(_, time)| time),
        );
    }
    plan.finish();
    plan
}

fn spare(world: &World, rng: &mut Rng) -> Spare {
    let used = |host: &str| {
        let mut calls = world
            .services
            .iter()
            .flat_map(|service| &service.ops)
            .flat_map(|op| &op.calls);
        calls.any(|(called, _, _)| called == host)
    };
    let mut hosts: Vec<&str> = words::HOSTS
        .iter()
        .copied()
        .filter(|host| !used(host))
        .collect();
    rng.shuffle(&mut hosts);
    let mut roles = words::ROLES.to_vec();
    rng.shuffle(&mut roles);
    let mut ops = vec![0, 1];
    rng.shuffle(&mut ops);
    Spare { hosts, roles, ops }
}

impl Plan {
    /// The deployment of a release, as an investigation would name it.
    pub fn deployment(&self, release: usize) -> Culprit {
        let name = self.world.named(release);
        let cluster = format!("deployment:kubernetes:{}", patch_id(&self.world, release));
        let forge = format!("deployment:github:{}", deployment_id(&self.world, release));
        let (key, also) = if self.world.forge {
            (forge, vec![cluster])
        } else {
            (cluster, Vec::new())
        };
        Culprit {
            kind: "deploy".to_owned(),
            key,
            also,
            object: format!("{} {}", name.service, name.version),
            time_ns: name.deployed_ns,
        }
    }

    /// A path below another service that nothing read so far.
    pub fn strange_secret(&mut self) -> (String, &'static str) {
        let owner = self.rng.between(1, self.world.services.len() as i64) as usize;
        let owner = &self.world.services[owner];
        loop {
            let word = *self.rng.pick(words::SECRETS);
            let path = format!("secret/data/{}/{word}", owner.name);
            let read = |act: &Act| matches!(&act.deed, Deed::Vault(other) if *other == path);
            if !owner.vault.contains(&path) && !self.deeds.acts.iter().any(read) {
                return (path, word);
            }
        }
    }

    /// Records an act, unless its pod is gone or the evidence ends before.
    pub fn act(&mut self, time: Ns, pod: usize, deed: Deed) -> bool {
        let happens = time < self.world.end && self.world.pods[pod].exists(time);
        if happens {
            self.deeds.acts.push(Act { time, pod, deed });
        }
        happens
    }

    /// What every pod does at its start, what is read now and then, and the weekly campaign.
    fn ordinary(&mut self) {
        for pod in 0..self.world.pods.len() {
            let created = self.world.pods[pod].created;
            if created > self.world.begin {
                self.start(pod, created + 10 * SECOND);
            }
        }
        let mut morning = self.world.begin;
        while morning < self.world.end {
            for service in 0..self.world.services.len() {
                let time = morning + HOUR + self.rng.between(0, 700) * MINUTE;
                if let Some(pod) = self.world.serving(service, time) {
                    let path = self.world.services[service].vault[0].clone();
                    self.act(time, pod, Deed::Vault(path));
                }
            }
            morning += DAY;
        }
        let weekly = (weekday(self.moment) + self.rng.between(1, 5)).rem_euclid(7);
        let mut day = self.world.begin;
        while day < self.world.end {
            if weekday(day) == weekly {
                let from = day + 17 * HOUR;
                let what = What::Load(1.8);
                let effect = Effect {
                    service: None,
                    release: None,
                    from,
                    to: from + HOUR,
                    what,
                    injected: None,
                    decoy: None,
                };
                self.deeds.effects.push(effect);
            }
            day += DAY;
        }
    }

    /// A container starts: it reads what its service reads.
    pub fn start(&mut self, pod: usize, time: Ns) {
        let service = &self.world.services[self.world.pods[pod].service];
        let mut deeds: Vec<Deed> = service.vault.iter().cloned().map(Deed::Vault).collect();
        let namespace = self.world.namespace;
        deeds.extend(
            service
                .secret
                .iter()
                .map(|name| Deed::Secret(namespace.to_owned(), name.clone())),
        );
        if service.kms {
            deeds.push(Deed::Assume(cloud_role(namespace, service.name)));
            deeds.push(Deed::Decrypt(ids::uuid(&format!(
                "key {} {}",
                self.world.seed, service.name
            ))));
        }
        for (step, deed) in (0..).zip(deeds) {
            self.act(time + step * 420_000_000, pod, deed);
        }
    }

    /// What can be said once all is laid out.
    fn finish(&mut self) {
        let truth = &self.truth;
        let configured = truth.decoys.iter().find_map(|decoy| decoy.culprit.clone());
        self.truth.culprit = if truth.bad.is_some() {
            Some(self.deployment(self.focus))
        } else {
            configured
        };
        let live = self
            .world
            .releases
            .iter()
            .enumerate()
            .filter(|(_, release)| !release.before);
        self.truth.releases = live.map(|(index, _)| self.world.named(index)).collect();
        self.deeds.acts.sort_by_key(|act| act.time);
    }
}

/// IAM role of a service.
pub fn cloud_role(namespace: &str, service: &str) -> String {
    format!("{namespace}-{service}")
}

/// The forge's id of a release's deployment.
pub fn deployment_id(world: &World, release: usize) -> u64 {
    3_208_000_000
        + world.releases[release].number * 1_117
        + ids::number(&world.releases[release].sha, 1_000)
}

/// Audit event in which the deploy job told the cluster of a release.
pub fn patch_id(world: &World, release: usize) -> String {
    ids::uuid(&format!("patch {}", world.releases[release].digest))
}
