//! `prometheus/`: the answer to one range query, asked during the incident and saved.
//!
//! `sum by (pod, version) (rate(http_requests_total{service="checkout",code=~"5.."}[5m]))`

use serde_json::{Value, json};

use super::clock::{self, MINUTE, Ns, SECOND, at};
use super::files::Files;
use super::fleet::Pod;
use super::story::{CLOSE_LOOK, END};
use super::world::World;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let series: Vec<Value> = (0..world.pods.len())
        .filter_map(|index| series(world, index))
        .collect();
    let answer = json!({"status": "success", "data": {"resultType": "matrix", "result": series}});
    files.put("prometheus/checkout-errors.json", answer.to_string());
}

fn series(world: &World, index: usize) -> Option<Value> {
    let pod = &world.pods[index];
    if pod.service != "checkout" || pod.ended.is_some_and(|ended| ended < at(CLOSE_LOOK)) {
        return None;
    }
    let failures: Vec<Ns> = world
        .requests
        .iter()
        .filter(|request| request.backend == index && request.failed())
        .map(|request| request.time + request.backend_took())
        .collect();
    let values = points(pod, &failures);
    Some(json!({
        "metric": {"job": "checkout", "namespace": "shop", "pod": pod.name, "service": "checkout", "version": pod.version},
        "values": values,
    }))
}

/// One point a minute while the pod was scraped: failures of the last five minutes, per second.
fn points(pod: &Pod, failures: &[Ns]) -> Vec<Value> {
    let window = 5 * MINUTE;
    let mut points = Vec::new();
    let mut time = at(CLOSE_LOOK);
    while time <= at(END) {
        if pod.serves(time) {
            let count = failures
                .iter()
                .filter(|&&failure| (time - window..time).contains(&failure))
                .count();
            // Six decimals without a float.
            let micros = u64::try_from(count).unwrap_or(0) * 1_000_000 / 300;
            points.push(json!([clock::unix(time), format!("0.{micros:06}")]));
        }
        time += 60 * SECOND;
    }
    points
}
