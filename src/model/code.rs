//! Tables about how code came to be: requests, agent sessions, commits, attribution, review.

use super::record::record;

record! {
    /// A ticket or issue that asked for work.
    Request REQUEST "request" {
        /// Tracker: `github`, `jira`, `linear` or whatever the export names.
        tracker: Name,
        /// Key as people write it: `SHOP-142`, `#17`.
        key: Text,
        /// Canonical repository, where the tracker belongs to one.
        repository: Name,
        /// Title.
        title: Text,
        /// Body text.
        body: Text,
        /// Web address.
        url: Text,
        /// State in the tracker's own word.
        state: Name,
        /// Who opened it.
        author: Name,
        /// When it was closed.
        closed_ns: Time,
    }
}

record! {
    /// A coding-agent session as one source tells it; several sources may tell of the same one.
    Session SESSION "session" {
        /// Agent in lower case: `claude`, `codex`, `gemini`, `cursor`.
        tool: Name,
        /// The agent's own session id.
        session_id: Text,
        /// git-ai's key: `s_` and the first 14 hex digits of `sha256("tool:session_id")`.
        session_hash: Text,
        /// Title or summary.
        title: Text,
        /// Model that answered, as the source names it.
        model: Name,
        /// Version of the agent.
        version: Name,
        /// Working directory.
        cwd: Text,
        /// Canonical repository, where the source states it.
        repository: Name,
        /// Branch that was checked out.
        branch: Name,
        /// Commit that was checked out when the session began: the parent of its work.
        base_sha: Text,
        /// The person who ran it (name and address as written).
        operator: Name,
        /// First time seen.
        started_ns: Time,
        /// Last time seen.
        ended_ns: Time,
        /// Change request that the session opened, as a web address.
        change_request_url: Text,
        /// Checkpoint of the session, which a commit's trailer `Entire-Checkpoint` names.
        checkpoint_id: Text,
        /// Commits that the source states as the session's own, separated by blanks; some abbreviate.
        commits: Text,
        /// Other facts that the source states of the session as a whole, as an object.
        attributes: Json,
    }
}

record! {
    /// One turn of a session: a prompt, an answer, a tool call, a tool result.
    Turn TURN "turn" {
        /// Agent in lower case.
        tool: Name,
        /// The agent's own session id.
        session_id: Text,
        /// The turn's own id.
        turn_id: Text,
        /// The turn before it.
        parent_id: Text,
        /// Position of this block inside the turn, from 0.
        block: Int,
        /// `user`, `assistant` or `system`.
        role: Name,
        /// `prompt`, `text`, `thinking`, `tool_call`, `tool_result`, `summary` or `system`; `file_edit` for
        /// a further file that the `tool_call` of the same `call_id` writes.
        kind: Name,
        /// Name of the tool, for calls.
        name: Name,
        /// Id that ties a tool result to its call.
        call_id: Text,
        /// The text: prompt, answer, command, result.
        text: Text,
        /// The tool call's input as the source wrote it.
        input: Json,
        /// File that the tool call reads or writes, as written.
        file_path: Text,
        /// Web address that the tool call fetches.
        url: Text,
        /// True where the tool reported an error.
        is_error: Bool,
        /// True in a subagent's side conversation.
        is_sidechain: Bool,
        /// Model that answered.
        model: Name,
        /// Id of the model's reply; token counts are given once per reply.
        message_id: Text,
        /// Tokens in, on the first block of a reply only.
        input_tokens: Int,
        /// Tokens out, on the first block of a reply only.
        output_tokens: Int,
        /// True where the call writes the file at `file_path`, as far as the tool's name tells.
        is_write: Bool,
    }
}

record! {
    /// A commit.
    Commit COMMIT "commit" {
        /// Canonical repository, where the export states it.
        repository: Name,
        /// Full object id, lower-case hex.
        sha: Text,
        /// Tree id.
        tree: Text,
        /// Parents, separated by blanks.
        parents: Text,
        /// Author's name.
        author_name: Name,
        /// Author's address.
        author_email: Name,
        /// Author date: claimed by the author, changed by nothing.
        authored_ns: Time,
        /// Committer's name.
        committer_name: Name,
        /// Committer's address.
        committer_email: Name,
        /// Commit date; use this one to order.
        committed_ns: Time,
        /// Branches and tags that pointed at it in the export.
        refs: Text,
        /// First line of the message.
        subject: Text,
        /// Rest of the message.
        body: Text,
        /// Trailers, one `Key: value` a line.
        trailers: Text,
    }
}

record! {
    /// A commit or annotated tag as git stores it, where its bytes are at hand.
    GitObject GIT_OBJECT "git_object" {
        /// `commit` or `tag`.
        kind: Name,
        /// The object's id, as the export states it.
        sha: Text,
        /// Canonical repository, where the export states it.
        repository: Name,
        /// A tag's name.
        name: Text,
        /// The object that a tag names.
        target: Text,
        /// Who made it, by address.
        author_email: Name,
        /// How it is signed: `ssh`, `openpgp`, `x509`.
        signature: Name,
    }
}

record! {
    /// Where a branch or tag pointed.
    GitRef GIT_REF "git_ref" {
        /// Canonical repository, where the export states it.
        repository: Name,
        /// Full name: `refs/tags/v2.4.0`.
        name: Text,
        /// The object that it named; absent where the ref was deleted.
        sha: Text,
        /// What it named before, where the record is of a move.
        old_sha: Text,
        /// True where the move left what it named before behind.
        forced: Bool,
        /// Who moved it.
        actor: Name,
    }
}

record! {
    /// A file that a commit changed.
    CommitFile COMMIT_FILE "commit_file" {
        /// Commit.
        sha: Text,
        /// Path after the commit.
        path: Text,
        /// Path before, where it was renamed.
        old_path: Text,
        /// `added`, `modified`, `deleted`, `renamed`; absent where the export does not say.
        status: Name,
        /// Lines added; absent for a binary file.
        additions: Int,
        /// Lines deleted; absent for a binary file.
        deletions: Int,
    }
}

record! {
    /// One hunk of a commit's diff.
    DiffHunk DIFF_HUNK "diff_hunk" {
        /// Commit.
        sha: Text,
        /// Path after the commit.
        path: Text,
        /// First line of the old side.
        old_start: Int,
        /// Lines on the old side.
        old_lines: Int,
        /// First line of the new side.
        new_start: Int,
        /// Lines on the new side.
        new_lines: Int,
        /// Text after the second `@@`.
        heading: Text,
        /// The hunk's lines with their ` `, `+` or `-`.
        patch: Text,
    }
}

record! {
    /// Who wrote a range of lines, as a tool recorded it. Lines without one are untracked, not human.
    Attribution ATTRIBUTION "attribution" {
        /// Commit at which the line numbers hold.
        sha: Text,
        /// Path at that commit.
        path: Text,
        /// First line, from 1.
        line_start: Int,
        /// Last line, inclusive.
        line_end: Int,
        /// `ai`, `human`, `mixed` or `unknown`.
        author_kind: Name,
        /// git-ai's session key, whether or not a record explains it.
        session_hash: Text,
        /// Agent in lower case.
        tool: Name,
        /// The agent's own session id.
        session_id: Text,
        /// Model.
        model: Name,
        /// The person: operator of the session, or writer of the line.
        human: Name,
        /// True where the key points at no record in the note.
        dangling: Bool,
        /// Commit that was checked out when the lines were written: an ancestor of the one that holds
        /// them. Line numbers need not hold at it.
        base_sha: Text,
    }
}

record! {
    /// A pull or merge request in one state; the newest row is its present state.
    ChangeRequest CHANGE_REQUEST "change_request" {
        /// Canonical repository.
        repository: Name,
        /// Number.
        number: Int,
        /// Title.
        title: Text,
        /// Body text.
        body: Text,
        /// `open`, `closed` or `merged`.
        state: Name,
        /// Who opened it.
        author: Name,
        /// Who merged it.
        merged_by: Name,
        /// Source branch.
        head_ref: Name,
        /// Target branch.
        base_ref: Name,
        /// Head commit.
        head_sha: Text,
        /// Merge commit.
        merge_sha: Text,
        /// When it was opened.
        opened_ns: Time,
        /// When it was merged.
        merged_ns: Time,
        /// Web address.
        url: Text,
    }
}

record! {
    /// A review of a change request at one commit.
    Review REVIEW "review" {
        /// Canonical repository.
        repository: Name,
        /// Number of the change request.
        number: Int,
        /// The review's own id.
        review_id: Text,
        /// Who reviewed.
        reviewer: Name,
        /// `approved`, `changes_requested`, `commented` or `dismissed`.
        state: Name,
        /// The commit that was reviewed, which need not be the one that was merged.
        sha: Text,
        /// Text.
        body: Text,
        /// Web address.
        url: Text,
    }
}
