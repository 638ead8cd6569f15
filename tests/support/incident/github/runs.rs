//! Workflow runs and their jobs: `ci.yml` on each pull request's head, `release.yml` on `main`.

use serde_json::{Value, json};

use super::super::clock::{MINUTE, Ns, SECOND, at};
use super::super::history;
use super::super::ids;
use super::super::people::Person;
use super::super::releases::RELEASES;
use super::super::world::{Ship, World, github_id};
use super::{Delivery, REPOSITORY_ID, api, deliver, html, id, signature, time, user};

/// A run of a workflow at one moment.
struct Run<'a> {
    id: u64,
    name: &'a str,
    number: usize,
    attempt: i64,
    event: &'a str,
    branch: &'a str,
    sha: &'a str,
    tree: String,
    title: String,
    pull: Option<u64>,
    actor: Person,
    created: Ns,
    started: Ns,
    updated: Ns,
    status: &'a str,
    conclusion: Option<&'a str>,
}

/// Completed runs of both workflows, failed attempts included.
pub fn deliveries(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for (index, ship) in world.ships.iter().enumerate() {
        for (step, sha) in world.source(ship).branch.iter().enumerate() {
            deliveries.push(check(world, ship, index * 2 + step, sha));
        }
        let attempts = 1..=ship.release.attempts;
        deliveries.extend(attempts.map(|attempt| {
            let run = release(world, ship, attempt);
            let body = json!({"action": "completed", "workflow_run": run.value(), "workflow": workflow("release")});
            deliver(run.updated, run.actor, body)
        }));
    }
    deliveries
}

/// A run of the checks on one commit of a branch.
fn check(world: &World, ship: &Ship, number: usize, sha: &str) -> Delivery {
    let release = ship.release;
    let position = world
        .source(ship)
        .branch
        .iter()
        .position(|other| other == sha)
        .unwrap_or(0);
    let patch = &release.patches[position];
    let started = at(patch.rebased.unwrap_or(patch.authored)).max(at(release.opened)) + 11 * SECOND;
    let tree = world.history.find(sha).map_or_else(
        || world.source(ship).tree.clone(),
        |commit| commit.tree.clone(),
    );
    let run = Run {
        id: github_id(18_640_000_000, 37, started, sha),
        name: "ci",
        number: 2_207 + number,
        attempt: 1,
        event: "pull_request",
        branch: release.branch,
        sha,
        tree,
        title: release.headline(),
        pull: Some(release.number),
        actor: release.author,
        created: started,
        started,
        updated: started + 4 * MINUTE + 13 * SECOND,
        status: "completed",
        conclusion: Some("success"),
    };
    let body =
        json!({"action": "completed", "workflow_run": run.value(), "workflow": workflow("ci")});
    deliver(run.updated, run.actor, body)
}

/// An attempt of the run that released it.
fn release<'a>(world: &'a World, ship: &'a Ship, attempt: i64) -> Run<'a> {
    let source = world.source(ship);
    let last = attempt == ship.release.attempts;
    let created = at(ship.release.merged) + 22 * SECOND;
    let number = RELEASES
        .iter()
        .position(|release| release.number == ship.release.number);
    let commit = world.history.find(&source.merged);
    Run {
        id: ship.run,
        name: "release",
        number: 611 + number.unwrap_or(0),
        attempt,
        event: "push",
        branch: "main",
        sha: &source.merged,
        tree: source.tree.clone(),
        title: commit.map_or_else(String::new, |commit| commit.subject.clone()),
        pull: None,
        actor: history::merger(ship.release),
        created,
        started: if last { ship.started } else { created },
        updated: if last {
            ship.deployed + 3 * MINUTE
        } else {
            created + 7 * MINUTE + 41 * SECOND
        },
        status: "completed",
        conclusion: Some(if last { "success" } else { "failure" }),
    }
}

/// The run as other events embed it, waiting for its approval or working.
pub fn embedded(world: &World, ship: &Ship, moment: Ns, status: &'static str) -> Value {
    let run = release(world, ship, ship.release.attempts);
    Run {
        updated: moment,
        status,
        conclusion: None,
        ..run
    }
    .value()
}

fn workflow(name: &str) -> Value {
    let path = format!(".github/workflows/{name}.yml");
    json!({"id": workflow_id(name), "name": name, "path": path, "state": "active"})
}

fn workflow_id(name: &str) -> u64 {
    61_400_000 + ids::number(name, 90_000)
}

impl Run<'_> {
    fn value(&self) -> Value {
        let pulls: Vec<Value> = self
            .pull
            .iter()
            .map(|number| json!({"number": number, "url": api(&format!("pulls/{number}")), "head": {"ref": self.branch, "sha": self.sha}}))
            .collect();
        json!({
            "id": self.id,
            "name": self.name,
            "head_branch": self.branch,
            "head_sha": self.sha,
            "path": format!(".github/workflows/{}.yml", self.name),
            "display_title": self.title,
            "run_number": self.number,
            "event": self.event,
            "status": self.status,
            "conclusion": self.conclusion,
            "workflow_id": workflow_id(self.name),
            "check_suite_id": id(29_800_000_000, self.created, self.sha),
            "url": api(&format!("actions/runs/{}", self.id)),
            "html_url": html(&format!("actions/runs/{}", self.id)),
            "pull_requests": pulls,
            "created_at": time(Some(self.created)),
            "updated_at": time(Some(self.updated)),
            "actor": user(self.actor),
            "run_attempt": self.attempt,
            "referenced_workflows": [],
            "run_started_at": time(Some(self.started)),
            "triggering_actor": user(self.actor),
            "head_commit": {
                "id": self.sha,
                "tree_id": self.tree,
                "message": self.title,
                "timestamp": time(Some(self.created - 22 * SECOND)),
                "author": signature(self.actor),
                "committer": signature(self.actor),
            },
            "repository": {"id": REPOSITORY_ID, "name": "shop", "full_name": "acme/shop", "private": true},
        })
    }
}

/// A job of the release workflow.
struct Job {
    name: &'static str,
    id: u64,
    runner: String,
    started: Ns,
    completed: Ns,
    steps: Vec<(&'static str, Ns, Ns)>,
}

fn work(ship: &Ship) -> [Job; 2] {
    let tag = ship.release.tag();
    let (started, built) = (ship.started + 6 * SECOND, ship.built);
    let signed = built - 19 * SECOND;
    let first = Job {
        name: "build",
        id: id(53_100_000_000, started, &tag),
        runner: ship
            .runner
            .replace("-runner-", &format!("-runner-{}", ids::kube(&tag, 2))),
        started,
        completed: built,
        steps: vec![
            ("Set up job", started, started + 3 * SECOND),
            (
                "actions/checkout",
                started + 3 * SECOND,
                started + 9 * SECOND,
            ),
            ("Test", started + 9 * SECOND, started + 4 * MINUTE),
            ("Build and push image", started + 4 * MINUTE, signed),
            ("Attest", signed, built),
        ],
    };
    let (began, told) = (ship.admitted + 9 * SECOND, ship.deployed);
    let second = Job {
        name: "deploy",
        id: id(53_100_000_000, began, &tag),
        runner: ship.runner.clone(),
        started: began,
        completed: told + 2 * MINUTE + 50 * SECOND,
        steps: vec![
            ("Set up job", began, began + 4 * SECOND),
            ("Apply manifests", began + 4 * SECOND, told - 5 * SECOND),
            ("Set image", told - 5 * SECOND, told + SECOND),
            (
                "Wait for rollout",
                told + SECOND,
                told + 2 * MINUTE + 40 * SECOND,
            ),
        ],
    };
    [first, second]
}

/// Both jobs of each release.
pub fn jobs(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for ship in &world.ships {
        for job in work(ship) {
            let steps: Vec<Value> = (1..)
                .zip(&job.steps)
                .map(|(number, &(name, started, completed))| {
                    json!({
                        "name": name,
                        "status": "completed",
                        "conclusion": "success",
                        "number": number,
                        "started_at": time(Some(started)),
                        "completed_at": time(Some(completed)),
                    })
                })
                .collect();
            let value = json!({
                "id": job.id,
                "run_id": ship.run,
                "run_attempt": ship.release.attempts,
                "workflow_name": "release",
                "head_branch": "main",
                "head_sha": world.source(ship).merged,
                "run_url": api(&format!("actions/runs/{}", ship.run)),
                "html_url": html(&format!("actions/runs/{}/job/{}", ship.run, job.id)),
                "status": "completed",
                "conclusion": "success",
                "created_at": time(Some(job.started - 4 * SECOND)),
                "started_at": time(Some(job.started)),
                "completed_at": time(Some(job.completed)),
                "name": job.name,
                "steps": steps,
                "labels": ["shop-runners"],
                "runner_name": job.runner,
                "runner_group_name": "acme",
            });
            let body = json!({"action": "completed", "workflow_job": value});
            deliveries.push(deliver(job.completed, history::merger(ship.release), body));
        }
    }
    deliveries
}

/// Id of the job that deploys.
pub fn deploy_job(ship: &Ship) -> u64 {
    let [_, deploy] = work(ship);
    deploy.id
}

/// `gh run view ID --json attempt,conclusion,…`.
pub fn view(world: &World, ship: &Ship) -> Value {
    let run = release(world, ship, ship.release.attempts);
    let jobs: Vec<Value> = work(ship)
        .iter()
        .map(|job| {
            let steps: Vec<Value> = (1..)
                .zip(&job.steps)
                .map(|(number, (name, started, completed))| {
                    json!({
                        "completedAt": time(Some(*completed)),
                        "conclusion": "success",
                        "name": name,
                        "number": number,
                        "startedAt": time(Some(*started)),
                        "status": "completed",
                    })
                })
                .collect();
            json!({
                "completedAt": time(Some(job.completed)),
                "conclusion": "success",
                "databaseId": job.id,
                "name": job.name,
                "startedAt": time(Some(job.started)),
                "status": "completed",
                "steps": steps,
                "url": html(&format!("actions/runs/{}/job/{}", ship.run, job.id)),
            })
        })
        .collect();
    json!({
        "attempt": run.attempt,
        "conclusion": run.conclusion,
        "createdAt": time(Some(run.created)),
        "databaseId": run.id,
        "displayTitle": run.title,
        "event": run.event,
        "headBranch": run.branch,
        "headSha": run.sha,
        "jobs": jobs,
        "name": run.name,
        "number": run.number,
        "startedAt": time(Some(run.started)),
        "status": run.status,
        "updatedAt": time(Some(run.updated)),
        "url": html(&format!("actions/runs/{}", run.id)),
        "workflowDatabaseId": workflow_id(run.name),
        "workflowName": run.name,
    })
}
