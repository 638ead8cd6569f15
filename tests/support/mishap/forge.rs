//! `git/` and `github/`: one squashed merge per release, with its diff; and, where the forge tells of
//! releases, the webhook deliveries of its pull request, review, run and deployment.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ids;
use super::plan::{Plan, deployment_id};
use super::time::{self, HOUR, MINUTE, Ns, SECOND};
use super::words::PEOPLE;
use super::world::{Release, World};

/// Writes both folders.
pub fn write(plan: &Plan, files: &mut Vec<(String, Vec<u8>)>) {
    let world = &plan.world;
    let mut history = Vec::new();
    let mut patches = Vec::new();
    for index in (0..world.releases.len()).rev() {
        let parent = index
            .checked_sub(1)
            .map(|index| world.releases[index].sha.clone());
        let commit = Commit::new(world, &world.releases[index], parent);
        history.extend(commit.log_entry());
        patches.push(commit.patch_entry());
    }
    files.push(("git/history.log".to_owned(), history));
    files.push((
        "git/patches.log".to_owned(),
        patches.join("\n").into_bytes(),
    ));
    if world.forge {
        github(world, files);
    }
}

fn author(release: &Release) -> (&'static str, &'static str) {
    PEOPLE[ids::number(&release.sha, PEOPLE.len() as u64) as usize]
}

fn reviewer(release: &Release) -> (&'static str, &'static str) {
    PEOPLE[(ids::number(&release.sha, PEOPLE.len() as u64) as usize + 1) % PEOPLE.len()]
}

/// From the merge to the rollout.
fn merged(release: &Release) -> Ns {
    release.time - 19 * MINUTE - ids::number(&release.sha, 400) as Ns * SECOND
}

struct Commit<'a> {
    world: &'a World,
    release: &'a Release,
    parent: Option<String>,
    path: String,
    hunk: String,
    added: usize,
}

impl<'a> Commit<'a> {
    fn new(world: &'a World, release: &'a Release, parent: Option<String>) -> Self {
        let service = &world.services[release.service];
        let path = format!("services/{}/src/{}.rs", service.name, service.noun);
        let start = 20 + ids::number(&release.sha, 90);
        let count = release.added.len();
        let mut hunk = format!(
            "@@ -{start},4 +{start},{} @@ impl Handler\n     let started = Instant::now();\n-    let _ = settings.generation();\n",
            3 + count
        );
        for line in &release.added {
            let line = line.replace("{noun}", service.noun);
            let _ = writeln!(hunk, "+{line}");
        }
        hunk += "     self.finish(started);\n }\n";
        Self {
            world,
            release,
            parent,
            path,
            hunk,
            added: count,
        }
    }

    fn subject(&self) -> String {
        let service = &self.world.services[self.release.service];
        format!(
            "{}: {} (#{})",
            service.name, self.release.title, self.release.number
        )
    }

    fn email(&self) -> String {
        format!("{}@{}.example", author(self.release).1, self.world.org)
    }

    /// As `git log -z --numstat` with the format of docs/formats.md.
    fn log_entry(&self) -> Vec<u8> {
        let release = self.release;
        let service = self.world.services[release.service].name;
        let (name, _) = author(release);
        let date = time::git(merged(release));
        let fields = [
            release.sha.clone(),
            ids::sha(&format!("tree {}", release.sha)),
            self.parent.clone().unwrap_or_default(),
            name.to_owned(),
            self.email(),
            date.clone(),
            "GitHub".to_owned(),
            "noreply@github.com".to_owned(),
            date,
            format!("tag: {service}-{}", release.version),
            self.subject(),
            String::new(),
            String::new(),
            String::new(),
        ];
        format!(
            "\u{1e}{}\0\n{}\t1\t{}\0",
            fields.join("\u{1f}"),
            self.added,
            self.path
        )
        .into_bytes()
    }

    /// As `git log -p --format=fuller --date=iso-strict`.
    fn patch_entry(&self) -> String {
        let release = self.release;
        let (name, _) = author(release);
        let (email, path) = (self.email(), &self.path);
        let date = time::git(merged(release));
        let blob = |side: &str| ids::sha(&format!("{side} {}", release.sha))[..9].to_owned();
        format!(
            "commit {}\nAuthor:     {name} <{email}>\nAuthorDate: {date}\nCommit:     GitHub <noreply@github.com>\nCommitDate: {date}\n\n    {}\n\n\
             diff --git a/{path} b/{path}\nindex {}..{} 100644\n--- a/{path}\n+++ b/{path}\n{}",
            release.sha,
            self.subject(),
            blob("old"),
            blob("new"),
            self.hunk
        )
    }
}

fn github(world: &World, files: &mut Vec<(String, Vec<u8>)>) {
    const KINDS: [&str; 5] = [
        "pull_request",
        "pull_request_review",
        "workflow_run",
        "deployment",
        "deployment_status",
    ];
    let mut texts: [String; 5] = Default::default();
    for (index, release) in world
        .releases
        .iter()
        .enumerate()
        .filter(|(_, release)| !release.before)
    {
        let hooks = Hooks {
            world,
            release,
            deployment: deployment_id(world, index),
        };
        let bodies = [
            hooks.pull_event(),
            hooks.review(),
            hooks.run_event(),
            hooks.created(),
            hooks.status(),
        ];
        for (text, body) in texts.iter_mut().zip(bodies) {
            let _ = writeln!(text, "{body}");
        }
    }
    for (name, text) in KINDS.into_iter().zip(texts) {
        files.push((format!("github/{name}.jsonl"), text.into_bytes()));
    }
}

/// The deliveries about one release.
struct Hooks<'a> {
    world: &'a World,
    release: &'a Release,
    deployment: u64,
}

impl Hooks<'_> {
    fn api(&self, path: &str) -> String {
        format!(
            "https://api.github.com/repos/{}/{path}",
            self.world.repository()
        )
    }

    fn html(&self, path: &str) -> String {
        format!("https://github.com/{}/{path}", self.world.repository())
    }

    fn user(login: &str) -> Value {
        let kind = if login.ends_with("[bot]") {
            "Bot"
        } else {
            "User"
        };
        json!({"login": login, "id": 20_000_000 + ids::number(login, 9_000_000), "type": kind})
    }

    fn deliver(&self, sender: &str, mut event: Value) -> Value {
        event["repository"] = json!({
            "id": 512_884_190,
            "name": self.world.repo,
            "full_name": self.world.repository(),
            "private": true,
            "html_url": self.html("").trim_end_matches('/'),
            "default_branch": "main",
        });
        event["sender"] = Self::user(sender);
        event
    }

    fn run_id(&self) -> u64 {
        18_700_000_000 + self.release.number * 31_337
    }

    fn head(&self) -> String {
        ids::sha(&format!("head {}", self.release.sha))
    }

    fn pull(&self) -> Value {
        let (release, number) = (self.release, self.release.number);
        let service = self.world.services[release.service].name;
        let opened = merged(release) - 5 * HOUR;
        let branch = format!("{service}-{number}");
        json!({
            "url": self.api(&format!("pulls/{number}")),
            "id": 2_900_000_000_u64 + number,
            "html_url": self.html(&format!("pull/{number}")),
            "number": number,
            "state": "closed",
            "title": format!("{service}: {}", release.title),
            "user": Self::user(author(release).1),
            "body": "",
            "created_at": time::seconds(opened),
            "updated_at": time::seconds(merged(release)),
            "closed_at": time::seconds(merged(release)),
            "merged_at": time::seconds(merged(release)),
            "merge_commit_sha": release.sha,
            "head": {"label": branch, "ref": branch, "sha": self.head()},
            "base": {"label": "main", "ref": "main", "sha": ids::sha(&format!("base {}", release.sha))},
            "merged": true,
            "merged_by": Self::user(reviewer(release).1),
        })
    }

    fn pull_event(&self) -> Value {
        self.deliver(
            reviewer(self.release).1,
            json!({"action": "closed", "number": self.release.number, "pull_request": self.pull()}),
        )
    }

    fn review(&self) -> Value {
        let number = self.release.number;
        let review = json!({
            "id": 3_020_000_000_u64 + number,
            "user": Self::user(reviewer(self.release).1),
            "body": "",
            "commit_id": self.head(),
            "submitted_at": time::seconds(merged(self.release) - 7 * MINUTE),
            "state": "approved",
            "html_url": self.html(&format!("pull/{number}#pullrequestreview-{}", 3_020_000_000_u64 + number)),
            "pull_request_url": self.api(&format!("pulls/{number}")),
        });
        self.deliver(
            reviewer(self.release).1,
            json!({"action": "submitted", "review": review, "pull_request": self.pull()}),
        )
    }

    fn run(&self, status: &str, conclusion: Option<&str>) -> Value {
        let started = merged(self.release) + 20 * SECOND;
        json!({
            "id": self.run_id(),
            "name": "release",
            "head_branch": "main",
            "head_sha": self.release.sha,
            "path": ".github/workflows/release.yml",
            "run_number": self.release.number,
            "event": "push",
            "status": status,
            "conclusion": conclusion,
            "url": self.api(&format!("actions/runs/{}", self.run_id())),
            "html_url": self.html(&format!("actions/runs/{}", self.run_id())),
            "pull_requests": [],
            "created_at": time::seconds(started),
            "updated_at": time::seconds(self.release.time + 160 * SECOND),
            "actor": Self::user(reviewer(self.release).1),
            "run_attempt": 1,
            "run_started_at": time::seconds(started),
        })
    }

    fn run_event(&self) -> Value {
        let run = self.run("completed", Some("success"));
        self.deliver(
            reviewer(self.release).1,
            json!({"action": "completed", "workflow_run": run}),
        )
    }

    fn deployment(&self) -> Value {
        let release = self.release;
        let service = self.world.services[release.service].name;
        let address = format!("deployments/{}", self.deployment);
        let created = time::seconds(release.time - 40 * SECOND);
        json!({
            "url": self.api(&address),
            "id": self.deployment,
            "sha": release.sha,
            "ref": format!("{service}-{}", release.version),
            "task": "deploy",
            "payload": {
                "service": service,
                "version": release.version,
                "image": format!("{}:{}", self.world.image(release.service), release.version),
                "digest": release.digest,
            },
            "original_environment": "production",
            "environment": "production",
            "description": format!("{service} {}", release.version),
            "creator": Self::user("github-actions[bot]"),
            "created_at": created,
            "updated_at": created,
            "statuses_url": self.api(&format!("{address}/statuses")),
        })
    }

    fn created(&self) -> Value {
        let run = self.run("in_progress", None);
        self.deliver(
            "github-actions[bot]",
            json!({"action": "created", "deployment": self.deployment(), "workflow_run": run}),
        )
    }

    fn status(&self) -> Value {
        let id = self.deployment * 2 + 1;
        let moment = self.release.time + 150 * SECOND;
        let status = json!({
            "url": self.api(&format!("deployments/{}/statuses/{id}", self.deployment)),
            "id": id,
            "state": "success",
            "creator": Self::user("github-actions[bot]"),
            "description": "",
            "environment": "production",
            "log_url": self.html(&format!("actions/runs/{}", self.run_id())),
            "created_at": time::seconds(moment),
            "updated_at": time::seconds(moment),
        });
        self.deliver("github-actions[bot]", json!({"action": "created", "deployment_status": status, "deployment": self.deployment()}))
    }
}
