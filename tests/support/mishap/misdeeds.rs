//! The ways in which a release is bad. Each lays its effects and acts, and says what is true of it.

use super::deeds::{Deed, Effect, Grant, Way, What};
use super::plan::{Plan, cloud_role};
use super::rng::Rng;
use super::time::{MINUTE, Ns, SECOND};
use super::truth::{Consequence, Family, Injected};
use super::words;

/// Ways to be bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads a secret that its service never read.
    NewSecret,
    /// Calls a host outside that its service never called, and no line of the diff names.
    NewHost,
    /// Its deploy job gives its service a right.
    Grant,
    /// Uses a right that its service never used.
    Exercise,
    /// Fails three to ten times as often in one operation, in the old ways.
    ErrorRate,
    /// Fails in a way that did not exist.
    ErrorPath,
    /// Writes a line at level ERROR that did not exist, while requests succeed.
    LogTemplate,
    /// Is 60 to 150 % slower in one operation.
    Latency,
    /// One of its pods outlives its rollback.
    LeftBehind,
    /// One of its pods runs and is not heard of.
    Silence,
}

const ALL: [Kind; 10] = [
    Kind::NewSecret,
    Kind::NewHost,
    Kind::Grant,
    Kind::Exercise,
    Kind::ErrorRate,
    Kind::ErrorPath,
    Kind::LogTemplate,
    Kind::Latency,
    Kind::LeftBehind,
    Kind::Silence,
];

/// Two to four ways, none where the bundle is clean.
pub fn choose(bad: bool, rng: &mut Rng) -> Vec<Kind> {
    let mut kinds = ALL.to_vec();
    rng.shuffle(&mut kinds);
    kinds.truncate(if bad { rng.between(2, 5) as usize } else { 0 });
    kinds
}

/// Lays one.
pub fn lay(plan: &mut Plan, kind: Kind) {
    let (name, family) = match kind {
        Kind::NewSecret => ("new_secret", Family::Secret),
        Kind::NewHost => ("new_host", Family::Network),
        Kind::Grant => ("grant", Family::Privilege),
        Kind::Exercise => ("exercise", Family::Privilege),
        Kind::ErrorRate => ("error_rate", Family::Rate),
        Kind::ErrorPath => ("error_path", Family::Error),
        Kind::LogTemplate => ("log_template", Family::Template),
        Kind::Latency => ("latency", Family::Latency),
        Kind::LeftBehind => ("left_behind", Family::Coverage),
        Kind::Silence => ("silence", Family::Coverage),
    };
    let mut injected = Injected {
        kind: name.to_owned(),
        family,
        also: Vec::new(),
        subject: String::new(),
        aliases: Vec::new(),
        service: plan.truth.focus.service.clone(),
        version: plan.truth.focus.version.clone(),
        first_ns: Ns::MAX,
        records: 0,
        consequences: Vec::new(),
    };
    match kind {
        Kind::NewSecret => new_secret(plan, &mut injected),
        Kind::NewHost => new_host(plan, &mut injected),
        Kind::Grant => grant(plan, &mut injected),
        Kind::Exercise => exercise(plan, &mut injected),
        Kind::ErrorRate => error_rate(plan, &mut injected),
        Kind::ErrorPath => error_path(plan, &mut injected),
        Kind::LogTemplate => log_template(plan, &mut injected),
        Kind::Latency => latency(plan, &mut injected),
        Kind::LeftBehind => pod(plan, &mut injected, true),
        Kind::Silence => pod(plan, &mut injected, false),
    }
    plan.truth.injected.push(injected);
}

/// Pods of the bad release.
fn pods(plan: &Plan) -> Vec<usize> {
    let pods = &plan.world.pods;
    (0..pods.len())
        .filter(|&index| pods[index].release == plan.focus)
        .collect()
}

/// Every pod of the release does it, soon after its start and then again and again.
fn repeat(plan: &mut Plan, injected: &mut Injected, deed: &Deed, wait: (i64, i64)) {
    for pod in pods(plan) {
        let mut time = plan.world.pods[pod].ready + plan.rng.between(20, 90) * SECOND;
        while plan.act(time, pod, deed.clone()) {
            injected.first_ns = injected.first_ns.min(time);
            injected.records += 1;
            time += plan.rng.between(wait.0 * 60, wait.1 * 60) * SECOND;
        }
    }
}

fn new_secret(plan: &mut Plan, injected: &mut Injected) {
    let (path, word) = plan.strange_secret();
    let owner = path.split('/').nth(2).unwrap_or_default().to_owned();
    let (deed, subject) = match plan.rng.below(5) {
        0 => {
            let name = format!("{owner}-{word}");
            injected.also.push(Family::Privilege);
            (
                Deed::Secret(plan.world.namespace.to_owned(), name.clone()),
                name,
            )
        }
        1 => {
            let name = format!("prod/{owner}/{word}");
            (Deed::Value(name.clone()), name)
        }
        _ => (Deed::Vault(path.clone()), path),
    };
    injected.subject = subject;
    repeat(plan, injected, &deed, (15, 40));
}

/// An effect of the bad release on its traffic, noted as the misdeed that is being laid.
fn effect(plan: &mut Plan, mut what: What) {
    if let What::Path(_, _, share) | What::Alarm(_, share) | What::Call(_, _, _, share) = &mut what
    {
        *share = (*share * plan.more).min(0.8);
    }
    let effect = Effect {
        service: Some(0),
        release: Some(plan.focus),
        from: plan.moment,
        to: Ns::MAX,
        what,
        injected: Some(plan.truth.injected.len()),
        decoy: None,
    };
    plan.deeds.effects.push(effect);
}

fn new_host(plan: &mut Plan, injected: &mut Injected) {
    let host = plan.spare.hosts.pop().unwrap_or("api.unlisted.example");
    host.clone_into(&mut injected.subject);
    let op = plan.rng.below(2);
    let share = plan.rng.real(0.25, 0.6);
    effect(plan, What::Call(op, host.to_owned(), 443, share));
}

fn grant(plan: &mut Plan, injected: &mut Injected) {
    let role = plan.spare.roles.pop().unwrap_or("wide-access").to_owned();
    let way = *plan.rng.pick(&[
        Way::Role,
        Way::Role,
        Way::ClusterRole,
        Way::Attach,
        Way::Put,
    ]);
    let time = plan.moment - 42 * SECOND;
    injected.subject.clone_from(&role);
    injected.first_ns = time;
    injected.records = 1;
    if matches!(way, Way::Attach | Way::Put) {
        injected.aliases = vec![cloud_role(plan.world.namespace, &injected.service)];
    }
    plan.deeds.grants.push(Grant {
        time,
        release: plan.focus,
        role,
        way,
    });
}

fn exercise(plan: &mut Plan, injected: &mut Injected) {
    let deed = match plan.rng.below(3) {
        0 => {
            let target = plan.world.serving(1, plan.moment).unwrap_or(0);
            "pods/exec".clone_into(&mut injected.subject);
            injected.aliases = vec!["exec".to_owned()];
            Deed::Exec(plan.world.pods[target].name.clone())
        }
        1 => {
            let role = plan.spare.roles.pop().unwrap_or("wide-access");
            role.clone_into(&mut injected.subject);
            Deed::Assume(role.to_owned())
        }
        _ => {
            injected.subject = format!("secrets/{}", plan.world.namespace);
            injected.also.push(Family::Secret);
            Deed::Secrets(plan.world.namespace.to_owned())
        }
    };
    repeat(plan, injected, &deed, (25, 70));
}

/// One of the operations that are asked often; the last one twice where there is no other left.
fn op(plan: &mut Plan) -> usize {
    plan.spare.ops.pop().unwrap_or(0)
}

fn error_rate(plan: &mut Plan, injected: &mut Injected) {
    let index = op(plan);
    let factor = plan.rng.real(3.0, 10.0);
    let op = &mut plan.world.services[0].ops[index];
    // What is rare on an ordinary day stays rare after: keep the result where it can be counted.
    op.errors = op.errors.max(0.06 / factor);
    op.route.clone_into(&mut injected.subject);
    effect(plan, What::Failures(index, factor));
}

fn error_path(plan: &mut Plan, injected: &mut Injected) {
    let index = op(plan);
    let failure = words::FAILURES[4 + plan.rng.below(words::FAILURES.len() - 4)];
    failure.1.clone_into(&mut injected.subject);
    injected.aliases = vec![failure.2.to_owned()];
    let route = plan.world.services[0].ops[index].route;
    injected.consequences = vec![
        Consequence {
            family: Family::Rate,
            subject: route.to_owned(),
        },
        Consequence {
            family: Family::Template,
            subject: failure.2.to_owned(),
        },
    ];
    let share = plan.rng.real(0.16, 0.28) + 0.12 * index as f64;
    effect(plan, What::Path(index, failure, share));
}

fn log_template(plan: &mut Plan, injected: &mut Injected) {
    let line = *plan.rng.pick(words::ALARMS);
    // Templates keep the words between the gaps; the longest stretch names the line.
    let fixed = line.replace("{noun}", plan.world.services[0].noun);
    let longest = fixed
        .split(['#', '~'])
        .map(str::trim)
        .max_by_key(|part| part.len());
    longest.unwrap_or(&fixed).clone_into(&mut injected.subject);
    let share = plan.rng.real(0.15, 0.3);
    effect(plan, What::Alarm(line, share));
}

fn latency(plan: &mut Plan, injected: &mut Injected) {
    let index = plan.rng.below(2);
    plan.world.services[0].ops[index]
        .route
        .clone_into(&mut injected.subject);
    let factor = plan.rng.real(1.6, 2.5);
    effect(plan, What::Slow(index, factor));
}

/// The pod that outlives the rollback, or the silent one: the fleet has them already.
fn pod(plan: &Plan, injected: &mut Injected, kept: bool) {
    let pods = &plan.world.pods;
    let odd = pods
        .iter()
        .find(|pod| pod.release == plan.focus && if kept { pod.kept } else { pod.silent });
    if let Some(pod) = odd {
        injected.subject.clone_from(&pod.name);
        injected.records = 1;
        injected.first_ns = match plan.truth.rollback_ns {
            Some(time) if kept => time + MINUTE,
            _ => pod.ready,
        };
    }
}
