//! Deployments, their states, and who let them into production. GitHub is told of releases, not of
//! `kubectl rollout undo`: to it, checkout v2.15.0 is still what runs.

use serde_json::{Value, json};

use super::super::clock::{MINUTE, Ns, SECOND};
use super::super::history;
use super::super::people::ACTIONS;
use super::super::world::{Ship, World, image_name};
use super::{Delivery, api, deliver, html, id, runs, time, user};

fn created_at(ship: &Ship) -> Ns {
    ship.built + 14 * SECOND
}

/// The deployment.
fn deployment(world: &World, ship: &Ship) -> Value {
    let release = ship.release;
    let payload = json!({
        "service": release.service,
        "version": release.version,
        "image": format!("{}:{}", image_name(release.service), release.version),
        "digest": ship.digest,
        "cluster": "prod-1",
    });
    // An older version of the workflow sent the payload as text.
    let payload = if release.version == "v1.9.0" {
        json!(payload.to_string())
    } else {
        payload
    };
    json!({
        "url": api(&format!("deployments/{}", ship.deployment)),
        "id": ship.deployment,
        "sha": world.source(ship).merged,
        "ref": release.tag(),
        "task": "deploy",
        "payload": payload,
        "original_environment": "production",
        "environment": "production",
        "description": format!("{} {}", release.service, release.version),
        "creator": user(ACTIONS),
        "created_at": time(Some(created_at(ship))),
        "updated_at": time(Some(created_at(ship))),
        "statuses_url": api(&format!("deployments/{}/statuses", ship.deployment)),
        "repository_url": "https://api.github.com/repos/acme/shop",
        "transient_environment": false,
        "production_environment": true,
    })
}

/// `deployment` events.
pub fn created(world: &World) -> Vec<Delivery> {
    let event = |ship: &Ship| {
        let moment = created_at(ship);
        let body = json!({
            "action": "created",
            "deployment": deployment(world, ship),
            "workflow": {"name": "release", "path": ".github/workflows/release.yml"},
            "workflow_run": runs::embedded(world, ship, moment, "in_progress"),
        });
        deliver(moment, ACTIONS, body)
    };
    world.ships.iter().map(event).collect()
}

/// `deployment_status` events.
pub fn statuses(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for (index, ship) in world.ships.iter().enumerate() {
        let steps = [
            ("waiting", created_at(ship) + SECOND, "waiting for approval"),
            ("in_progress", ship.admitted + 10 * SECOND, "rolling out"),
            (
                "success",
                ship.deployed + 2 * MINUTE + 44 * SECOND,
                "rolled out to prod-1",
            ),
        ];
        for (state, moment, text) in steps {
            deliveries.push(status(world, ship, (state, moment, text)));
        }
        let mine = |other: &&Ship| other.release.service == ship.release.service;
        if let Some(previous) = world.ships[..index].iter().rfind(mine) {
            let moment = ship.deployed + 2 * MINUTE + 45 * SECOND;
            deliveries.push(status(world, previous, ("inactive", moment, "superseded")));
        }
    }
    deliveries
}

fn status(world: &World, ship: &Ship, (state, moment, text): (&str, Ns, &str)) -> Delivery {
    let run = html(&format!("actions/runs/{}", ship.run));
    let id = id(
        6_020_000_000,
        moment,
        &format!("{} {state}", ship.release.tag()),
    );
    let status = json!({
        "url": api(&format!("deployments/{}/statuses/{id}", ship.deployment)),
        "id": id,
        "state": state,
        "creator": user(ACTIONS),
        "description": text,
        "environment": "production",
        "target_url": run,
        "log_url": run,
        "environment_url": "https://shop.acme.example",
        "created_at": time(Some(moment)),
        "updated_at": time(Some(moment)),
    });
    let body = json!({
        "action": "created",
        "deployment_status": status,
        "deployment": deployment(world, ship),
        "check_run": null,
        "workflow_run": {"id": ship.run, "run_attempt": ship.release.attempts, "path": ".github/workflows/release.yml"},
    });
    deliver(moment, ACTIONS, body)
}

/// `deployment_review` events: asked for, and given.
pub fn reviews(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for ship in &world.ships {
        let asked = created_at(ship) + 2 * SECOND;
        let merger = history::merger(ship.release);
        let admitter = ship.release.admitted_by;
        let reviewers = json!([{"type": "Team", "reviewer": {"name": "release-managers", "id": 7_586_790, "slug": "release-managers"}}]);
        let job = |status: &str| json!({"id": runs::deploy_job(ship), "name": "deploy", "status": status, "conclusion": null, "environment": "production"});
        let requested = json!({
            "action": "requested",
            "environment": "production",
            "requestor": user(merger),
            "reviewers": reviewers,
            "since": time(Some(asked)),
            "workflow_job_run": job("waiting"),
            "workflow_run": runs::embedded(world, ship, asked, "waiting"),
        });
        deliveries.push(deliver(asked, merger, requested));
        let comment = if ship.release.is_bad() {
            "Reviewed and green, and support is waiting for it."
        } else {
            ""
        };
        let approved = json!({
            "action": "approved",
            "approver": user(admitter),
            "comment": comment,
            "reviewers": reviewers,
            "since": time(Some(asked)),
            "workflow_job_run": job("queued"),
            "workflow_job_runs": [job("queued")],
            "workflow_run": runs::embedded(world, ship, ship.admitted, "queued"),
        });
        deliveries.push(deliver(ship.admitted, admitter, approved));
    }
    deliveries
}
