//! Requests: how many, how slow, how many fail, and which of them the traces keep.
//!
//! Counts in five minutes are negative binomial (gamma shape 8 around the day's curve), so they vary
//! more than chance alone, and durations share a wander from minute to minute (an autoregression,
//! 0.7): tests that take requests for independent are misled here as they are in practice.

use std::collections::BTreeMap;

use super::deeds::{What, daily};
use super::plan::Plan;
use super::rng::{Rng, exp};
use super::time::{DAY, HOUR, MILLI, MINUTE, Ns};
use super::words::Failure;

/// A request that the traces keep.
pub struct Request {
    /// When it came.
    pub time: Ns,
    /// Index of the operation.
    pub op: usize,
    /// Index of the pod.
    pub pod: usize,
    /// How long it took.
    pub took: Ns,
    /// How it failed.
    pub failure: Option<Failure>,
    /// Whom it called.
    pub calls: Vec<(String, u16)>,
    /// What it wrote: level, text with gaps.
    pub lines: Vec<(&'static str, String)>,
    /// True in the time of dense sampling.
    pub dense: bool,
}

/// Counts of all requests, kept or not.
#[derive(Default)]
pub struct Count {
    /// Requests that succeeded, by the second at which a window ends.
    pub good: BTreeMap<i64, u32>,
    /// Requests that failed.
    pub failed: BTreeMap<i64, u32>,
    /// 95th percentile of the duration in milliseconds.
    pub slow: BTreeMap<i64, f64>,
}

/// What telemetry has.
#[derive(Default)]
pub struct Telemetry {
    /// Kept requests in time order.
    pub requests: Vec<Request>,
    /// By service, release and operation: windows of five minutes, in the dense time.
    pub fine: BTreeMap<(usize, usize, usize), Count>,
    /// The same in windows of four hours, all the time, without durations.
    pub coarse: BTreeMap<(usize, usize, usize), Count>,
}

/// Kept, one in so many: before the dense time, and in it.
pub const SAMPLED: (u64, u64) = (128, 8);
/// A window of counts.
const WINDOW: Ns = 5 * MINUTE;
/// Shape of the gamma around which counts vary.
const SHAPE: u32 = 8;
/// Spread of durations: of each request, and of each minute's innovation.
const SPREAD: (f64, f64) = (0.35, 0.08);

/// Lets the requests come. Notes first records in the plan's truth.
pub fn run(plan: &mut Plan) -> Telemetry {
    let mut telemetry = Telemetry::default();
    for service in 0..plan.world.services.len() {
        let mut rng = Rng::new(plan.world.seed, &format!("traffic {service}"));
        let mut wander = 0.0;
        let mut from = plan.world.begin;
        while from < plan.world.end {
            window(plan, service, from, &mut wander, &mut rng, &mut telemetry);
            from += WINDOW;
        }
        seen_before(plan, service, &mut rng, &mut telemetry);
    }
    telemetry
        .requests
        .sort_by_key(|request| (request.time, request.pod));
    telemetry
}

fn window(
    plan: &mut Plan,
    service: usize,
    from: Ns,
    wander: &mut f64,
    rng: &mut Rng,
    telemetry: &mut Telemetry,
) {
    let minutes: Vec<f64> = (0..5)
        .map(|_| {
            *wander = 0.7 * *wander + SPREAD.1 * rng.normal();
            *wander
        })
        .collect();
    let serving: Vec<usize> = (0..plan.world.pods.len())
        .filter(|&index| {
            let pod = &plan.world.pods[index];
            pod.service == service
                && pod.ready < from + WINDOW
                && pod.ended.is_none_or(|ended| ended > from)
        })
        .collect();
    let load: f64 = plan
        .deeds
        .effects
        .iter()
        .map(|effect| match effect.what {
            What::Load(factor) if effect.holds(service, 0, from) => factor,
            _ => 1.0,
        })
        .product();
    let mean = plan.world.services[service].traffic * daily(from) * load;
    let requests = rng.negative_binomial(mean, SHAPE);
    let mut durations: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    for _ in 0..requests {
        let time = from + rng.between(0, WINDOW);
        let first = rng.below(serving.len().max(1));
        let pod = (0..serving.len())
            .map(|step| serving[(first + step) % serving.len()])
            .find(|&pod| plan.world.pods[pod].serves(time));
        let Some(pod) = pod else {
            continue;
        };
        let release = plan.world.pods[pod].release;
        let minute = minutes[((time - from) / MINUTE) as usize % 5];
        let drawn = draw(plan, service, pod, time, minute, rng);
        let key = (service, release, drawn.op);
        let millis = drawn.took as f64 / MILLI as f64;
        count(
            &mut telemetry.coarse,
            key,
            time,
            4 * HOUR,
            drawn.failure.is_some(),
        );
        if drawn.dense {
            count(
                &mut telemetry.fine,
                key,
                time,
                WINDOW,
                drawn.failure.is_some(),
            );
            durations
                .entry((release, drawn.op))
                .or_default()
                .push(millis);
        }
        let one_in = if drawn.dense { SAMPLED.1 } else { SAMPLED.0 };
        let kept = rng.draw().is_multiple_of(one_in) && !plan.world.pods[pod].silent;
        note(plan, service, &drawn, kept);
        if kept {
            telemetry.requests.push(drawn);
        }
    }
    for ((release, op), mut millis) in durations {
        millis.sort_by(f64::total_cmp);
        let p95 = millis[(millis.len() * 95).div_ceil(100).saturating_sub(1)];
        let slow = &mut telemetry
            .fine
            .entry((service, release, op))
            .or_default()
            .slow;
        slow.insert((from + WINDOW) / 1_000_000_000, p95);
    }
}

fn count(
    counts: &mut BTreeMap<(usize, usize, usize), Count>,
    key: (usize, usize, usize),
    time: Ns,
    window: Ns,
    failed: bool,
) {
    let end = (time - time % window + window) / 1_000_000_000;
    let count = counts.entry(key).or_default();
    let (this, other) = if failed {
        (&mut count.failed, &mut count.good)
    } else {
        (&mut count.good, &mut count.failed)
    };
    *this.entry(end).or_insert(0) += 1;
    // A window without one of the two has a zero there, not a gap.
    other.entry(end).or_insert(0);
}

/// One request, as the effects have it.
fn draw(plan: &Plan, service: usize, pod: usize, time: Ns, minute: f64, rng: &mut Rng) -> Request {
    let known = &plan.world.services[service];
    let release = plan.world.pods[pod].release;
    let share = rng.unit();
    let op = if share < known.ops[0].share {
        0
    } else if share < known.ops[0].share + known.ops[1].share {
        1
    } else {
        2
    };
    let operation = &known.ops[op];
    let (mut errors, mut slow, mut failure) = (operation.errors, 1.0, None);
    let mut calls = Vec::new();
    let mut lines = Vec::new();
    for (host, port, share) in &operation.calls {
        if rng.chance(*share) {
            calls.push((host.clone(), *port));
        }
    }
    for effect in plan
        .deeds
        .effects
        .iter()
        .filter(|effect| effect.holds(service, release, time))
    {
        match &effect.what {
            What::Failures(which, factor) if *which == op => errors *= factor,
            What::Path(which, how, share) if *which == op && rng.chance(*share) => {
                failure = Some(*how);
            }
            What::Slow(which, factor) if *which == op => slow *= factor,
            What::Alarm(line, share) if rng.chance(*share) => {
                lines.push(("ERROR", (*line).to_owned()));
            }
            What::Call(which, host, port, share) if *which == op && rng.chance(*share) => {
                let port = if *port == 0 {
                    32_768 + rng.below(28_000) as u16
                } else {
                    *port
                };
                calls.push((host.clone(), port));
            }
            _ => {}
        }
    }
    if failure.is_none() && rng.chance(errors.min(0.9)) {
        failure = Some(*rng.pick(&operation.failures));
    }
    if rng.chance(0.14) {
        let (level, line) = *rng.pick(&known.lines);
        lines.push((level, line.to_owned()));
    }
    let millis = operation.millis * slow * exp(minute + SPREAD.0 * rng.normal());
    let took = (millis * MILLI as f64) as Ns;
    Request {
        time,
        op,
        pod,
        took,
        failure,
        calls,
        lines,
        dense: time >= plan.world.dense,
    }
}

/// Writes down that the evidence shows an effect: what shifts is in the counts of all requests, what
/// is new in the traces alone.
fn note(plan: &mut Plan, service: usize, request: &Request, kept: bool) {
    let release = plan.world.pods[request.pod].release;
    for effect in plan
        .deeds
        .effects
        .iter()
        .filter(|effect| effect.holds(service, release, request.time))
    {
        let shows = match &effect.what {
            What::Failures(op, _) => *op == request.op && request.failure.is_some(),
            What::Path(_, how, _) => {
                kept && request.failure.is_some_and(|failure| failure.1 == how.1)
            }
            What::Slow(op, _) => *op == request.op,
            What::Alarm(line, _) => kept && request.lines.iter().any(|(_, text)| text == line),
            What::Call(_, host, _, _) => {
                kept && request.calls.iter().any(|(called, _)| called == host)
            }
            What::Load(_) => false,
        };
        if !shows {
            continue;
        }
        if let Some(injected) = effect
            .injected
            .and_then(|index| plan.truth.injected.get_mut(index))
        {
            injected.first_ns = injected.first_ns.min(request.time);
            injected.records += 1;
        }
        if let Some(decoy) = effect
            .decoy
            .and_then(|index| plan.truth.decoys.get_mut(index))
            && decoy.first_ns == Ns::MAX
        {
            decoy.first_ns = request.time;
        }
    }
}

/// Every ordinary way to fail, ordinary call and ordinary line is seen three times in the first
/// days: what is ordinary must not look new for want of luck.
fn seen_before(plan: &Plan, service: usize, rng: &mut Rng, telemetry: &mut Telemetry) {
    let known = &plan.world.services[service];
    let mut requests: Vec<(usize, Option<Failure>, Option<usize>)> = Vec::new();
    for (op, operation) in known.ops.iter().enumerate() {
        requests.extend(
            operation
                .failures
                .iter()
                .map(|failure| (op, Some(*failure), None)),
        );
        requests.push((op, None, None));
    }
    requests.extend((0..known.lines.len()).map(|line| (0, None, Some(line))));
    for (op, failure, line) in requests {
        for _ in 0..3 {
            let time = plan.world.begin + HOUR + rng.between(0, 5 * DAY);
            let Some(pod) = plan.world.serving(service, time) else {
                continue;
            };
            let mut request = draw(plan, service, pod, time, 0.0, rng);
            let operation = &known.ops[op];
            request.took = (operation.millis * MILLI as f64) as Ns;
            (request.op, request.failure) = (op, failure);
            // One of the three kinds is for the calls.
            let calls = operation
                .calls
                .iter()
                .filter(|_| failure.is_none() && line.is_none());
            request.calls = calls.map(|(host, port, _)| (host.clone(), *port)).collect();
            request.lines = line
                .map(|line| (known.lines[line].0, known.lines[line].1.to_owned()))
                .into_iter()
                .collect();
            telemetry.requests.push(request);
        }
    }
}
