//! `github/`: webhook deliveries as an archive keeps them, one file an event type, one delivery a
//! line; and two runs as `gh run view --json` prints them.

mod changes;
mod deployments;
mod runs;

use serde_json::{Value, json};

use super::clock::{self, Ns};
use super::files::Files;
use super::ids;
use super::people::Person;
use super::story::REPOSITORY;
use super::world::World;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let kinds = [
        ("issues", changes::issues(world)),
        ("pull_request", changes::pulls(world)),
        ("pull_request_review", changes::reviews(world)),
        ("workflow_run", runs::deliveries(world)),
        ("workflow_job", runs::jobs(world)),
        ("deployment", deployments::created(world)),
        ("deployment_status", deployments::statuses(world)),
        ("deployment_review", deployments::reviews(world)),
    ];
    for (name, mut deliveries) in kinds {
        deliveries.sort_by_key(|delivery| delivery.time);
        files.lines(
            &format!("github/{name}.jsonl"),
            deliveries.iter().map(|delivery| &delivery.body),
        );
    }
    for ship in world
        .ships
        .iter()
        .filter(|ship| ship.release.is_bad() || ship.release.attempts > 1)
    {
        files.document(
            &format!("github/run-{}.json", ship.run),
            &runs::view(world, ship),
        );
    }
}

/// One delivery.
struct Delivery {
    time: Ns,
    body: Value,
}

/// A delivery with what every delivery has.
fn deliver(time: Ns, sender: Person, event: Value) -> Delivery {
    let mut body = event;
    body["repository"] = repository();
    body["organization"] =
        json!({"login": "acme", "id": ORGANIZATION, "url": "https://api.github.com/orgs/acme"});
    body["sender"] = user(sender);
    Delivery { time, body }
}

/// Id of the organisation.
pub const ORGANIZATION: u64 = 88_120_455;
/// Id of the repository.
pub const REPOSITORY_ID: u64 = 512_884_190;

fn user(person: Person) -> Value {
    let login = person.login;
    json!({
        "login": login,
        "id": person.id,
        "url": format!("https://api.github.com/users/{login}"),
        "type": if login.ends_with("[bot]") { "Bot" } else { "User" },
        "site_admin": false,
    })
}

/// A person in a commit.
fn signature(person: Person) -> Value {
    json!({"name": person.name, "email": person.email})
}

fn repository() -> Value {
    json!({
        "id": REPOSITORY_ID,
        "name": "shop",
        "full_name": REPOSITORY,
        "private": true,
        "owner": {"login": "acme", "id": ORGANIZATION, "type": "Organization", "site_admin": false},
        "html_url": format!("https://github.com/{REPOSITORY}"),
        "description": "The shop",
        "fork": false,
        "url": format!("https://api.github.com/repos/{REPOSITORY}"),
        "created_at": "2019-03-04T08:12:55Z",
        "default_branch": "main",
        "visibility": "private",
    })
}

/// An address below the repository on the web.
fn html(path: &str) -> String {
    format!("https://github.com/{REPOSITORY}/{path}")
}

/// An address below the repository in the API.
fn api(path: &str) -> String {
    format!("https://api.github.com/repos/{REPOSITORY}/{path}")
}

/// A time, or null.
fn time(time: Option<Ns>) -> Value {
    time.map_or(Value::Null, |time| json!(clock::seconds(time)))
}

/// An id of an object that a label tells apart.
fn id(base: u64, time: Ns, label: &str) -> u64 {
    super::world::github_id(base, 29, time, label) + ids::number(label, 7)
}
