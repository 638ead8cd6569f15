//! Issues, pull requests and their reviews.

use serde_json::{Value, json};

use super::super::clock::{MINUTE, Ns, SECOND, at};
use super::super::history;
use super::super::ids;
use super::super::people::{AGENT, DANA, JONAS, MEI, PRIYA, Person, TOM};
use super::super::story::{REPOSITORY, Release};
use super::super::world::{Ship, World};
use super::{Delivery, REPOSITORY_ID, api, deliver, html, id, time, user};

/// Requests, each as an issue that the ticket bridge keeps, and the incident.
pub fn issues(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for ship in &world.ships {
        let release = ship.release;
        let title = match release.ticket {
            Some(ticket) => format!("[{ticket}] {}", release.title),
            None => release.title.to_owned(),
        };
        let first = release
            .agent
            .as_ref()
            .map_or(release.patches[0].authored, |agent| agent.started);
        let hours = i64::try_from(ids::number(&title, 60)).unwrap_or(0) + 4;
        let opened = at(first) - hours * 60 * MINUTE;
        // The one that this sample is about was asked for two hours before.
        let opened = if release.is_bad() {
            at("10-29 08:47:33")
        } else {
            opened
        };
        let mut issue = Issue {
            number: release.issue,
            title,
            body: release.wish,
            author: asker(release),
            label: "request",
            opened,
            closed: None,
        };
        deliveries.push(issue.deliver("opened"));
        issue.closed = Some(at(release.merged) + 2 * SECOND);
        deliveries.push(issue.deliver("closed"));
    }
    let mut incident = Issue {
        number: 438,
        title: "Incident: checkout orders fail since about 14:10".into(),
        body: "Error rate of POST /api/checkout went from 4 % to over 40 %. Started after checkout v2.15.0 went out at 14:02. \
               Rolling back if it does not settle by 14:40.",
        author: PRIYA,
        label: "incident",
        opened: at("10-29 14:24:10"),
        closed: None,
    };
    deliveries.push(incident.deliver("opened"));
    incident.closed = Some(at("10-29 15:06:42"));
    deliveries.push(incident.deliver("closed"));
    deliveries
}

fn asker(release: &Release) -> Person {
    match release.service {
        "payments" => JONAS,
        "catalog" => PRIYA,
        "web" => TOM,
        _ if release.is_bad() => DANA,
        _ => MEI,
    }
}

struct Issue {
    number: u64,
    title: String,
    body: &'static str,
    author: Person,
    label: &'static str,
    opened: Ns,
    closed: Option<Ns>,
}

impl Issue {
    fn deliver(&self, action: &str) -> Delivery {
        let moment = self.closed.unwrap_or(self.opened);
        let issue = json!({
            "id": id(2_610_000_000, self.opened, &self.title),
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": if self.closed.is_some() { "closed" } else { "open" },
            "state_reason": self.closed.map(|_| "completed"),
            "user": user(self.author),
            "labels": [{"id": 3_310_552_100_u64, "name": self.label, "color": "d73a4a", "default": false}],
            "assignees": [],
            "comments": 0,
            "url": api(&format!("issues/{}", self.number)),
            "html_url": html(&format!("issues/{}", self.number)),
            "created_at": time(Some(self.opened)),
            "updated_at": time(Some(moment)),
            "closed_at": time(self.closed),
            "author_association": "MEMBER",
        });
        deliver(
            moment,
            self.author,
            json!({"action": action, "issue": issue}),
        )
    }
}

/// Who opened the pull request: the agent's app where there was an agent.
fn opener(release: &Release) -> Person {
    if release.agent.is_some() {
        AGENT
    } else {
        release.author
    }
}

/// The head of a pull request at a time.
fn head_at(world: &World, ship: &Ship, moment: Ns) -> (usize, String) {
    let patches = ship.release.patches.iter();
    let count = patches
        .filter(|patch| at(patch.rebased.unwrap_or(patch.authored)) <= moment)
        .count()
        .max(1);
    (count, world.source(ship).branch[count - 1].clone())
}

/// Opened, pushed to after that, merged.
pub fn pulls(world: &World) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for ship in &world.ships {
        let release = ship.release;
        let (opened, merged) = (at(release.opened), at(release.merged));
        let author = opener(release);
        let number = release.number;
        let first = pull(world, ship, opened);
        deliveries.push(deliver(
            opened,
            author,
            json!({"action": "opened", "number": number, "pull_request": first}),
        ));
        let source = world.source(ship);
        for (index, patch) in release.patches.iter().enumerate() {
            let pushed = at(patch.rebased.unwrap_or(patch.authored)) + SECOND;
            if pushed <= opened {
                continue;
            }
            let event = json!({
                "action": "synchronize",
                "number": number,
                "before": source.branch[index - 1],
                "after": source.branch[index],
                "pull_request": pull(world, ship, pushed),
            });
            deliveries.push(deliver(pushed, author, event));
        }
        let last = pull(world, ship, merged);
        let event = json!({"action": "closed", "number": number, "pull_request": last});
        deliveries.push(deliver(merged, history::merger(release), event));
    }
    deliveries
}

/// The pull request as it was then.
fn pull(world: &World, ship: &Ship, moment: Ns) -> Value {
    let release = ship.release;
    let source = world.source(ship);
    let (commits, head) = head_at(world, ship, moment);
    let merged = moment >= at(release.merged);
    let closes = format!("Closes #{}.", release.issue);
    let body = release.ticket.map_or(closes.clone(), |ticket| {
        format!("{}\n\nRequest: {ticket}\n{closes}", release.wish)
    });
    let repo = json!({"id": REPOSITORY_ID, "name": "shop", "full_name": REPOSITORY});
    let end = |label: &str, name: &str, sha: &str| json!({"label": format!("acme:{label}"), "ref": name, "sha": sha, "repo": repo});
    json!({
        "url": api(&format!("pulls/{}", release.number)),
        "id": id(2_140_000_000, at(release.opened), release.branch),
        "html_url": html(&format!("pull/{}", release.number)),
        "number": release.number,
        "state": if merged { "closed" } else { "open" },
        "locked": false,
        "title": release.headline(),
        "user": user(opener(release)),
        "body": body,
        "created_at": time(Some(at(release.opened))),
        "updated_at": time(Some(moment)),
        "closed_at": time(merged.then(|| at(release.merged))),
        "merged_at": time(merged.then(|| at(release.merged))),
        "merge_commit_sha": merged.then_some(&source.merged),
        "assignees": [],
        "requested_reviewers": [],
        "labels": [],
        "draft": false,
        "head": end(release.branch, release.branch, &head),
        "base": end("main", "main", &source.base),
        "author_association": "MEMBER",
        "merged": merged,
        "merged_by": merged.then(|| user(history::merger(release))),
        "commits": commits,
        "changed_files": commits,
    })
}

/// Approvals, and one question that nobody answered.
pub fn reviews(world: &World) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> = world
        .ships
        .iter()
        .map(|ship| {
            let sha = &world.source(ship).approved;
            review(
                world,
                ship,
                at(ship.release.approved),
                ship.release.reviewer,
                "approved",
                ship.release.remark,
                sha,
            )
        })
        .collect();
    let bad = world.bad();
    let question = "Does the payments team know that we call their gateway? Its runbook says it is not sized for this.";
    let first = &world.source(bad).branch[0];
    deliveries.push(review(
        world,
        bad,
        at("10-29 12:20:38"),
        MEI,
        "commented",
        question,
        first,
    ));
    deliveries
}

fn review(
    world: &World,
    ship: &Ship,
    moment: Ns,
    reviewer: Person,
    state: &str,
    remark: &str,
    sha: &str,
) -> Delivery {
    let number = ship.release.number;
    let id = id(3_020_000_000, moment, remark);
    let review = json!({
        "id": id,
        "user": user(reviewer),
        "body": remark,
        "commit_id": sha,
        "submitted_at": time(Some(moment)),
        "state": state,
        "html_url": html(&format!("pull/{number}#pullrequestreview-{id}")),
        "pull_request_url": api(&format!("pulls/{number}")),
        "author_association": "MEMBER",
    });
    let event =
        json!({"action": "submitted", "review": review, "pull_request": pull(world, ship, moment)});
    deliver(moment, reviewer, event)
}
