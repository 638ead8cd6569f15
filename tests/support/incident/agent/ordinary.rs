//! A session as most are: read, edit, test, commit, open the pull request.

use super::super::clock::{MINUTE, SECOND, at};
use super::super::diff;
use super::super::history;
use super::super::story::{Agent, REPOSITORY, Release};
use super::transcript::{Call, Transcript};

/// The session behind an ordinary release.
pub fn session(release: &Release, agent: &Agent) -> Transcript {
    let mut session = Transcript::new(
        &history::session(release),
        agent.operator,
        "main",
        at(agent.started),
    );
    session.summary(release.title);
    session.prompt(agent.prompt);
    session.switch(release.branch);
    let checkout = format!("git switch -c {}", release.branch);
    let switched = format!("Switched to a new branch '{}'", release.branch);
    session.reply(
        "",
        "I'll look at the code first.",
        vec![Call::bash(&checkout, "Start a branch", &switched)],
    );

    let patch = &release.patches[0];
    let files = diff::parse(patch.diff);
    for file in files.iter().filter(|file| !file.created) {
        let reads = file
            .hunks
            .iter()
            .map(|hunk| Call::read(&session.path(file.path), hunk.old_start, &hunk.before()));
        session.reply("", "", reads.collect());
    }
    for file in &files {
        let edits = Call::edits(&session.path(file.path), file);
        session.reply(
            "The change is small and stays inside the request.",
            "",
            edits,
        );
    }
    let test = format!("cargo test -p {} --quiet", release.service);
    let passed = "running 38 tests\n......................................\ntest result: ok. 38 passed; 0 failed; 0 ignored";
    session.reply(
        "",
        "Now the tests.",
        vec![Call::bash(&test, "Run the service's tests", passed)],
    );

    session.wait_until(at(patch.authored) - 5 * SECOND);
    let commit = format!("git commit -am \"{}\"", patch.subject);
    let changed = match files.len() {
        1 => " 1 file changed".to_owned(),
        count => format!(" {count} files changed"),
    };
    // Most transcripts never show the id that git gave the commit.
    session.reply("", "", vec![Call::bash(&commit, "Commit", &changed)]);
    session.wait_until(at(release.opened) - 5 * SECOND);
    let url = format!("https://github.com/{REPOSITORY}/pull/{}", release.number);
    session.reply(
        "",
        "",
        vec![Call::bash(
            "git push -u origin HEAD && gh pr create --fill",
            "Open the pull request",
            &url,
        )],
    );
    session.link(release.number, REPOSITORY);
    session.reply(
        "",
        &format!("{} Pull request: {url}", agent.answer),
        Vec::new(),
    );
    session.end_turn(12 * MINUTE);
    session
}
