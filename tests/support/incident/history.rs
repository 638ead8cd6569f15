//! The repository's commits: what came before, then each release's branch and its merge.
//!
//! Object ids are hashes of what git would hash (tree, parents, people, times, message), so a change
//! to any of these moves every later id, as it would in a repository.

use super::clock::{self, Ns, at};
use super::diff::{self, FileDiff};
use super::ids;
use super::people::{DANA, GITHUB, JONAS, MEI, PRIYA, Person, TOM};
use super::releases::RELEASES;
use super::story::{Release, SERVICES};

/// The model of every agent session.
pub const MODEL: &str = "claude-opus-4-8";

/// A commit.
pub struct Commit {
    /// Object id.
    pub sha: String,
    /// Tree id.
    pub tree: String,
    /// Parents.
    pub parents: Vec<String>,
    /// Author.
    pub author: Person,
    /// Author date.
    pub authored: Ns,
    /// Committer.
    pub committer: Person,
    /// Commit date.
    pub committed: Ns,
    /// First line.
    pub subject: String,
    /// Rest of the message, trailers included.
    pub body: String,
    /// Trailers.
    pub trailers: Vec<String>,
    /// Tags and branches.
    pub refs: Vec<String>,
    /// Changed files, where the commit is of the period.
    pub files: Vec<FileDiff>,
    /// Path, added and removed lines of older commits.
    pub counted: Vec<(&'static str, usize, usize)>,
    /// git-ai's note.
    pub note: Option<String>,
}

/// Where a release's commits ended up.
pub struct Source {
    /// Commits of the branch, oldest first. They are not in the history where it was squashed.
    pub branch: Vec<String>,
    /// The commit that was approved.
    pub approved: String,
    /// Merge or squash commit on `main`: what was built.
    pub merged: String,
    /// Its tree.
    pub tree: String,
    /// `main` before.
    pub base: String,
}

/// The history being written.
pub struct History {
    /// Oldest first.
    pub commits: Vec<Commit>,
    /// One per release.
    pub sources: Vec<Source>,
}

/// Author, time, subject, tag and files of what came before the evidence.
type Old = (
    Person,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [(&'static str, usize, usize)],
);

const BEFORE: [Old; 7] = [
    (
        MEI,
        "10-12 08:14:02",
        "checkout: keep carts for thirty days",
        None,
        &[("services/checkout/src/cart.rs", 6, 2)],
    ),
    (
        JONAS,
        "10-13 12:21:47",
        "payments: name the issuer in declines",
        Some("payments-v1.8.2"),
        &[("services/payments/src/authorize.rs", 9, 3)],
    ),
    (
        TOM,
        "10-14 11:38:20",
        "web: one font file less",
        Some("web-v5.1.0"),
        &[
            ("services/web/src/styles/fonts.css", 2, 11),
            ("services/web/public/fonts/acme-bold.woff2", 0, 0),
        ],
    ),
    (
        DANA,
        "10-15 07:50:13",
        "checkout: log why a cart is gone",
        Some("checkout-v2.13.4"),
        &[("services/checkout/src/cart.rs", 4, 1)],
    ),
    (
        PRIYA,
        "10-16 09:02:36",
        "catalog: search by article number",
        Some("catalog-v3.5.0"),
        &[
            ("services/catalog/src/search/query.rs", 18, 5),
            ("services/catalog/src/search/mod.rs", 3, 1),
        ],
    ),
    (
        MEI,
        "10-16 14:45:09",
        "ci: sign what we build",
        None,
        &[(".github/workflows/release.yml", 21, 4)],
    ),
    (
        JONAS,
        "10-19 09:30:51",
        "docs: what the legacy gateway was",
        None,
        &[("docs/runbooks/legacy-gateway.md", 34, 0)],
    ),
];

/// Commits straight to `main`, which touch documents only, and after which release they came.
const DOCUMENTS: [(usize, Person, &str, &str, &str); 2] = [
    (
        11,
        MEI,
        "10-27 15:10:22",
        "docs: count pods after a rollback",
        include_str!("diffs/docs-1.diff"),
    ),
    (
        14,
        PRIYA,
        "10-29 08:30:14",
        "docs: on-call for the rest of October",
        include_str!("diffs/docs-2.diff"),
    ),
];

impl History {
    /// The whole history.
    pub fn new() -> Self {
        let mut history = Self {
            commits: Vec::new(),
            sources: Vec::new(),
        };
        for (author, time, subject, tag, counted) in BEFORE {
            let tip = history.tip();
            let commit = Draft::new(author, at(time), subject, tip).finish();
            history.commits.push(Commit {
                counted: counted.to_vec(),
                refs: tag.into_iter().map(|tag| format!("tag: {tag}")).collect(),
                ..commit
            });
        }
        for (index, release) in RELEASES.iter().enumerate() {
            history.release(release);
            for (_, author, time, subject, text) in
                DOCUMENTS.iter().filter(|entry| entry.0 == index)
            {
                let tip = history.tip();
                let commit = Draft {
                    content: text,
                    ..Draft::new(*author, at(time), subject, tip)
                };
                history.commits.push(Commit {
                    files: diff::parse(text),
                    ..commit.finish()
                });
            }
        }
        if let Some(last) = history.commits.last_mut() {
            last.refs.splice(
                0..0,
                [
                    "HEAD -> main".into(),
                    "origin/main".into(),
                    "origin/HEAD".into(),
                ],
            );
        }
        history
    }

    /// The commit with that id.
    pub fn find(&self, sha: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.sha == sha)
    }

    /// The commit that a tag names.
    pub fn tagged(&self, tag: &str) -> Option<&Commit> {
        let name = format!("tag: {tag}");
        self.commits
            .iter()
            .find(|commit| commit.refs.contains(&name))
    }

    fn tip(&self) -> Option<&Commit> {
        self.commits.last()
    }

    fn release(&mut self, release: &Release) {
        let base = self
            .tip()
            .map(|tip| (tip.sha.clone(), tip.tree.clone()))
            .unwrap_or_default();
        let mut branch: Vec<Commit> = Vec::new();
        for patch in release.patches {
            let parent = branch.last().or(self.tip());
            let draft = Draft {
                committed: at(patch.rebased.unwrap_or(patch.authored)),
                body: body(patch.body, &trailers(release)),
                trailers: trailers(release),
                content: patch.diff,
                ..Draft::new(release.author, at(patch.authored), patch.subject, parent)
            };
            let mut commit = Commit {
                files: diff::parse(patch.diff),
                ..draft.finish()
            };
            commit.note = release
                .agent
                .as_ref()
                .map(|agent| note(release, agent.operator, &commit));
            branch.push(commit);
        }
        let reviewed = branch
            .iter()
            .rfind(|commit| commit.committed <= at(release.approved));
        let approved = reviewed
            .map(|commit| commit.sha.clone())
            .unwrap_or_default();
        let shas = branch.iter().map(|commit| commit.sha.clone()).collect();
        let mut merge = if release.squashed {
            squash(release, &base.0, &branch)
        } else {
            merge(release, &base.0, &branch)
        };
        merge.refs.push(format!("tag: {}", release.tag()));
        let (merged, tree) = (merge.sha.clone(), merge.tree.clone());
        if !release.squashed {
            self.commits.append(&mut branch);
        }
        self.commits.push(merge);
        self.sources.push(Source {
            branch: shas,
            approved,
            merged,
            tree,
            base: base.0,
        });
    }
}

fn merge(release: &Release, base: &str, branch: &[Commit]) -> Commit {
    let head = branch.last().expect("a release has commits");
    let subject = format!(
        "Merge pull request #{} from acme/{}",
        release.number, release.branch
    );
    Draft {
        parents: vec![base.to_owned(), head.sha.clone()],
        // The branch was up to date with main, so the merge changes nothing more.
        tree: Some(head.tree.clone()),
        committer: GITHUB,
        body: format!("{}\n", release.headline()),
        ..Draft::new(merger(release), at(release.merged), &subject, None)
    }
    .finish()
}

fn squash(release: &Release, base: &str, branch: &[Commit]) -> Commit {
    let head = branch.last().expect("a release has commits");
    let patch = &release.patches[0];
    let trailers = trailers(release);
    let subject = format!("{} (#{})", release.headline(), release.number);
    let draft = Draft {
        parents: vec![base.to_owned()],
        tree: Some(head.tree.clone()),
        committer: GITHUB,
        body: body(patch.body, &trailers),
        trailers,
        ..Draft::new(release.author, at(release.merged), &subject, None)
    };
    Commit {
        files: diff::parse(patch.diff),
        ..draft.finish()
    }
}

/// Who pressed the button: the author, as is the custom at acme.
pub fn merger(release: &Release) -> Person {
    release.author
}

fn trailers(release: &Release) -> Vec<String> {
    let mut trailers = vec![format!("Request: {}", release.request())];
    if release.agent.is_some() {
        trailers.push("Co-Authored-By: Claude <noreply@anthropic.com>".into());
    }
    trailers
}

fn body(text: &str, trailers: &[String]) -> String {
    let trailers = trailers.join("\n");
    if text.is_empty() {
        format!("{trailers}\n")
    } else {
        format!("{text}\n\n{trailers}\n")
    }
}

/// git-ai's authorship log: whose lines these are, as the tool on the operator's machine saw it.
fn note(release: &Release, operator: Person, commit: &Commit) -> String {
    let session = session(release);
    let key = &ids::sha256(&format!("claude:{session}"))[..14];
    let mut text = String::new();
    for file in &commit.files {
        let ranges: Vec<String> = file
            .added()
            .into_iter()
            .map(|(first, last)| {
                if first == last {
                    first.to_string()
                } else {
                    format!("{first}-{last}")
                }
            })
            .collect();
        let trace = &ids::sha256(&format!("{session} {} {}", commit.authored, file.path))[..14];
        text += &format!("{}\n  s_{key}::t_{trace} {}\n", file.path, ranges.join(","));
    }
    let record = serde_json::json!({
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.6.22",
        "base_commit_sha": commit.sha,
        "prompts": {},
        "sessions": {
            format!("s_{key}"): {
                "agent_id": {"tool": "claude", "id": session, "model": MODEL},
                "human_author": format!("{} <{}>", operator.name, operator.email),
            }
        }
    });
    format!("{text}---\n{record:#}")
}

/// Id of the agent session behind a release.
pub fn session(release: &Release) -> String {
    ids::uuid(&format!("session {}", release.tag()))
}

/// Tag of the version that a service ran before the evidence.
pub fn tag_before(service: &str) -> String {
    let before = SERVICES
        .iter()
        .find(|known| known.name == service)
        .map_or("", |known| known.before);
    format!("{service}-{before}")
}

/// A commit without its ids.
struct Draft<'a> {
    author: Person,
    authored: Ns,
    committer: Person,
    committed: Ns,
    subject: String,
    body: String,
    trailers: Vec<String>,
    parents: Vec<String>,
    tree: Option<String>,
    tree_before: String,
    content: &'a str,
}

impl<'a> Draft<'a> {
    fn new(author: Person, time: Ns, subject: &'a str, parent: Option<&Commit>) -> Self {
        Self {
            author,
            authored: time,
            committer: author,
            committed: time,
            subject: subject.to_owned(),
            body: String::new(),
            trailers: Vec::new(),
            parents: parent
                .map(|parent| parent.sha.clone())
                .into_iter()
                .collect(),
            tree: None,
            tree_before: parent.map(|parent| parent.tree.clone()).unwrap_or_default(),
            content: subject,
        }
    }

    fn finish(self) -> Commit {
        let tree = self
            .tree
            .unwrap_or_else(|| ids::sha(&format!("tree {} {}", self.tree_before, self.content)));
        let signature = |person: Person, time: Ns| {
            format!("{} <{}> {}", person.name, person.email, clock::unix(time))
        };
        let object = format!(
            "commit\0tree {tree}\nparent {}\nauthor {}\ncommitter {}\n\n{}\n\n{}",
            self.parents.join(" "),
            signature(self.author, self.authored),
            signature(self.committer, self.committed),
            self.subject,
            self.body,
        );
        Commit {
            sha: ids::sha(&object),
            tree,
            parents: self.parents,
            author: self.author,
            authored: self.authored,
            committer: self.committer,
            committed: self.committed,
            subject: self.subject,
            body: self.body,
            trailers: self.trailers,
            refs: Vec::new(),
            files: Vec::new(),
            counted: Vec::new(),
            note: None,
        }
    }
}
