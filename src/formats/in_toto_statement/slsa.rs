//! Where SLSA provenance keeps its facts: v0.1 (`recipe`), v0.2 (`invocation`), v1
//! (`buildDefinition`) and the draft before it (slsa.dev/spec), in the dialects of their builders.
//!
//! The versions moved the same facts about, and no builder fills all of them; so each fact has a
//! list of places, most telling first, and the places of all versions stand in one list. A place
//! that a predicate does not have costs nothing, and a predicate that mixes versions is still read.
//!
//! What it is not: a judgement of SLSA levels, or of whether source and materials agree.

use serde_json::Value;

use super::subject::is_git;
use crate::formats::read::attestation::workflow::{Run, is_number, workflow_path};
use crate::formats::read::bounded;
use crate::model::delivery::Attestation;
use crate::model::{id, time};

/// Predicate types that are read so. Chainloop's is provenance v0.2 with fields of its own.
const PREDICATES: &[&str] = &["https://slsa.dev/provenance/", "chainloop.dev/attestation/"];

const BUILDER: &[&str] = &["/runDetails/builder/id", "/builder/id"];
const BUILD_TYPE: &[&str] = &["/buildDefinition/buildType", "/buildType", "/recipe/type"];
const REPOSITORY: &[&str] = &[
    "/buildDefinition/externalParameters/workflow/repository",
    "/invocation/configSource/uri",
    "/buildDefinition/externalParameters/source/uri",
    "/buildDefinition/externalParameters/source/artifact/uri",
    "/buildDefinition/externalParameters/configSource/uri",
    "/runDetails/metadata/buildkit_metadata/vcs/source",
    "/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata/vcs/source",
];
const DIGEST: &[&str] = &[
    "/invocation/configSource/digest",
    "/buildDefinition/externalParameters/source/digest",
    "/buildDefinition/externalParameters/source/artifact/digest",
    "/buildDefinition/externalParameters/configSource/digest",
];
const REVISION: &[&str] = &[
    "/runDetails/metadata/buildkit_metadata/vcs/revision",
    "/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata/vcs/revision",
];
const DEPENDENCIES: &[&str] = &["/buildDefinition/resolvedDependencies", "/materials"];
const REF: &[&str] = &["/buildDefinition/externalParameters/workflow/ref"];
const WORKFLOW: &[&str] = &[
    "/buildDefinition/externalParameters/workflow/path",
    "/buildDefinition/externalParameters/workflowPath/value",
    "/invocation/configSource/entryPoint",
    "/recipe/entryPoint",
];
/// A run's address; `BuildKit` has it as its builder id.
const RUN: &[&str] = &[
    "/runDetails/metadata/invocationId",
    "/metadata/buildInvocationId",
    "/metadata/buildInvocationID",
    "/runnerURL",
    "/runDetails/builder/id",
    "/builder/id",
];
const INVOCATION: &[&str] = &[
    "/runDetails/metadata/invocationId",
    "/metadata/buildInvocationId",
    "/metadata/buildInvocationID",
];
const EVENT: &[&str] = &["/buildDefinition/internalParameters/github/event_name"];
const STARTED: &[&str] = &[
    "/runDetails/metadata/startedOn",
    "/metadata/buildStartedOn",
    "/metadata/initializedAt",
];
const FINISHED: &[&str] = &[
    "/runDetails/metadata/finishedOn",
    "/metadata/buildFinishedOn",
    "/metadata/finishedAt",
];
/// Objects that hold the variables of the build's environment.
const ENVIRONMENT: &[&str] = &[
    "/invocation/environment",
    "/buildDefinition/internalParameters",
    "/buildDefinition/systemParameters",
    "/recipe/environment",
    "/env",
];

/// True where predicates of this type are provenance.
pub(super) fn describes(predicate_type: &str) -> bool {
    PREDICATES
        .iter()
        .any(|prefix| predicate_type.starts_with(prefix))
}

/// The facts of a provenance predicate, in the columns that they have.
pub(super) fn facts(predicate: &Value) -> Attestation<'static> {
    let run = texts(predicate, RUN).find_map(Run::from_url);
    let (run_id, attempt) = run_and_attempt(predicate, run.as_ref());
    let (repository, sha, source_ref) = source(predicate, run.as_ref());
    let builder = texts(predicate, BUILDER).next();
    let event = texts(predicate, EVENT).next().map(str::to_owned);
    let path = texts(predicate, WORKFLOW)
        .find_map(workflow_path)
        .map(str::to_owned);
    let path = path.or_else(|| {
        let called = variable(predicate, "WORKFLOW_REF")?;
        workflow_path(&called).map(str::to_owned)
    });
    let github = run.is_some()
        || variable(predicate, "RUN_ID").is_some()
        || predicate
            .pointer("/buildDefinition/internalParameters/github")
            .is_some()
        || builder.is_some_and(|id| id.contains("/.github/workflows/"))
        || builder.is_some_and(|id| id.starts_with("https://github.com/actions/runner"));
    let owned = |text: &str| bounded(text).to_owned().into();
    let instant = |places| texts(predicate, places).find_map(time::parse);
    Attestation {
        builder_id: builder.map(owned),
        build_type: texts(predicate, BUILD_TYPE).next().map(owned),
        repository: repository.map(Into::into),
        source_ref: source_ref.as_deref().map(owned),
        sha: sha.map(Into::into),
        provider: github.then(|| "github".into()),
        run_id: run_id.as_deref().map(owned),
        attempt,
        event: event
            .or_else(|| variable(predicate, "EVENT_NAME"))
            .as_deref()
            .map(owned),
        workflow_path: path.as_deref().map(owned),
        started_ns: instant(STARTED),
        finished_ns: instant(FINISHED),
        ..Attestation::default()
    }
}

/// Repository, commit and ref. Dependencies are asked last and only those that are the repository
/// itself, for a base image or a called workflow is a dependency too.
fn source(
    predicate: &Value,
    run: Option<&Run<'_>>,
) -> (Option<String>, Option<String>, Option<String>) {
    let uri = texts(predicate, REPOSITORY).find(|uri| id::repository(uri).is_some());
    let repository = uri
        .and_then(id::repository)
        .or_else(|| id::repository(&variable(predicate, "REPOSITORY")?))
        .or_else(|| id::repository(run?.repository));
    let dependency = dependencies(predicate).find(|(uri, digest)| {
        let same = repository.is_none() || id::repository(uri) == repository;
        same && is_git(uri) && commit(digest).is_some()
    });
    let sha = values(predicate, DIGEST)
        .find_map(commit)
        .or_else(|| commit(dependency?.1))
        .or_else(|| texts(predicate, REVISION).find_map(id::commit))
        .or_else(|| id::commit(&variable(predicate, "SHA")?))
        .or_else(|| id::commit(&variable(predicate, "SHA1")?));
    let source_ref = texts(predicate, REF)
        .next()
        .or_else(|| ref_of(uri?))
        .map(str::to_owned);
    let source_ref = source_ref
        .or_else(|| variable(predicate, "REF"))
        .or_else(|| ref_of(dependency?.0).map(str::to_owned));
    (
        repository.or_else(|| id::repository(dependency?.0)),
        sha,
        source_ref,
    )
}

/// Run id and attempt: from a run's address, else from variables, else the builder's own id of the
/// invocation, which generators for GitHub write as `run-attempt`.
fn run_and_attempt(predicate: &Value, run: Option<&Run<'_>>) -> (Option<String>, Option<i64>) {
    let attempt = || variable(predicate, "RUN_ATTEMPT")?.parse().ok();
    if let Some(run) = run {
        return (Some(run.id.clone()), run.attempt.or_else(attempt));
    }
    if let Some(id) = variable(predicate, "RUN_ID") {
        return (Some(id), attempt());
    }
    let invocation = texts(predicate, INVOCATION).next();
    match invocation.and_then(|text| text.split_once('-')) {
        Some((id, attempt)) if is_number(id) && is_number(attempt) => {
            (Some(id.to_owned()), attempt.parse().ok())
        }
        _ => (invocation.map(str::to_owned), None),
    }
}

/// The dependencies' addresses and digests.
fn dependencies(predicate: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let lists = values(predicate, DEPENDENCIES).filter_map(Value::as_array);
    lists
        .flatten()
        .filter_map(|entry| Some((entry.get("uri")?.as_str()?, entry.get("digest")?)))
}

/// The commit in a digest set.
fn commit(digest: &Value) -> Option<String> {
    ["gitCommit", "sha1"]
        .iter()
        .find_map(|key| id::commit(digest.get(key)?.as_str()?))
}

/// The ref in `git+https://host/owner/name@refs/heads/main` or `https://….git#refs/tags/v1`.
fn ref_of(uri: &str) -> Option<&str> {
    let (_, path) = uri.split_once("://")?;
    let (_, path) = path.split_once('/')?;
    let at = path.split_once('@').map(|(_, text)| text);
    let text = at.or_else(|| path.split_once('#').map(|(_, text)| text))?;
    (text.starts_with("refs/") || at.is_some())
        .then_some(text)
        .filter(|text| !text.is_empty())
}

/// A variable that GitHub sets, in either spelling. Some builders write numbers, the draft of v1
/// wrapped each in an object.
fn variable(predicate: &Value, name: &str) -> Option<String> {
    let names = [
        format!("GITHUB_{name}"),
        format!("github_{}", name.to_ascii_lowercase()),
    ];
    values(predicate, ENVIRONMENT).find_map(|environment| {
        let value = names.iter().find_map(|name| environment.get(name))?;
        match value.get("value").unwrap_or(value) {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    })
}

/// What stands at each of `places` that the predicate has.
fn values<'a>(predicate: &'a Value, places: &[&str]) -> impl Iterator<Item = &'a Value> {
    places.iter().filter_map(|place| predicate.pointer(place))
}

/// The texts that stand at `places`, without empty ones.
fn texts<'a>(predicate: &'a Value, places: &[&str]) -> impl Iterator<Item = &'a str> {
    values(predicate, places)
        .filter_map(Value::as_str)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
    const OTHER: &str = "0ddba11e0ddba11e0ddba11e0ddba11e0ddba11e";
    const RUN_URL: &str = "https://github.com/acme/shop/actions/runs/42/attempts/3";

    /// Repository, ref, commit, run id, event, workflow path.
    fn shown(facts: &Attestation<'_>) -> [Option<String>; 6] {
        let cells = [
            &facts.repository,
            &facts.source_ref,
            &facts.sha,
            &facts.run_id,
            &facts.event,
            &facts.workflow_path,
        ];
        cells.map(|cell| cell.as_deref().map(str::to_owned))
    }

    fn expected() -> [Option<String>; 6] {
        let path = ".github/workflows/release.yml";
        [
            "github.com/acme/shop",
            "refs/heads/main",
            SHA,
            "42",
            "push",
            path,
        ]
        .map(|text| Some(text.to_owned()))
    }

    #[test]
    fn the_newest_form_is_read() {
        let found = facts(&json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"workflow": {
                    "ref": "refs/heads/main", "repository": "https://github.com/Acme/Shop",
                    "path": ".github/workflows/release.yml"}},
                "internalParameters": {"github": {"event_name": "push"}},
                "resolvedDependencies": [
                    {"uri": "git+https://github.com/acme/tools@v1", "digest": {"gitCommit": OTHER}},
                    {"uri": "git+https://github.com/acme/shop@main", "digest": {"gitCommit": SHA}}]},
            "runDetails": {
                "builder": {"id": "https://github.com/actions/runner/github-hosted"},
                "metadata": {"invocationId": RUN_URL, "startedOn": "2026-02-03T04:05:06Z",
                    "finishedOn": "2026-02-03T04:06:00Z"}}}));
        assert_eq!(shown(&found), expected());
        assert_eq!(
            (found.attempt, found.provider.as_deref()),
            (Some(3), Some("github"))
        );
        assert_eq!(found.started_ns, time::parse("2026-02-03T04:05:06Z"));
        assert_eq!(found.finished_ns, time::parse("2026-02-03T04:06:00Z"));
        assert!(found.build_type.is_some() && found.builder_id.is_some());
    }

    #[test]
    fn variables_are_read_in_every_dialect() {
        let uri = "git+https://github.com/acme/shop@refs/heads/main";
        let source = json!({"uri": uri, "digest": {"sha1": SHA}});
        let path = "acme/shop/.github/workflows/release.yml@refs/heads/main";
        let generator = json!({"invocation": {
            "configSource": {"uri": uri, "digest": {"sha1": SHA}, "entryPoint": path},
            "environment": {"github_run_id": "42", "github_run_attempt": "3",
                "github_event_name": "push", "github_event_payload": {"ref": "x"}}}});
        let container = json!({"buildDefinition": {
            "externalParameters": {"source": source, "configPath": "build.toml"},
            "internalParameters": {"GITHUB_RUN_ID": 42, "GITHUB_RUN_ATTEMPT": 3,
                "GITHUB_EVENT_NAME": "push", "GITHUB_WORKFLOW_REF": path}}});
        let draft = json!({"buildDefinition": {
            "externalParameters": {"source": {"artifact": source},
                "workflowPath": {"value": ".github/workflows/release.yml"}},
            "systemParameters": {"GITHUB_RUN_ID": {"value": "42"},
                "GITHUB_RUN_ATTEMPT": {"value": "3"}, "GITHUB_EVENT_NAME": {"value": "push"}}}});
        let chainloop = json!({"runnerURL": "https://github.com/acme/shop/actions/runs/42",
            "env": {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_REF": "refs/heads/main",
                "GITHUB_SHA": SHA, "GITHUB_RUN_ATTEMPT": "3", "GITHUB_EVENT_NAME": "push",
                "GITHUB_WORKFLOW_REF": path}});
        for predicate in [generator, container, draft, chainloop] {
            let found = facts(&predicate);
            assert_eq!(shown(&found), expected(), "{predicate}");
            assert_eq!(
                (found.attempt, found.provider.as_deref()),
                (Some(3), Some("github"))
            );
        }
    }

    #[test]
    fn builders_outside_of_forges_are_read() {
        let cloud = facts(&json!({
            "builder": {"id": "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3"},
            "recipe": {"type": "CloudBuildYaml@v0.1", "entryPoint": "cloudbuild.yaml"},
            "metadata": {"buildInvocationId": "11f6c682-3451", "buildStartedOn": "2026-02-03T04:05:06Z"},
            "materials": [{"uri": "https://maven.example/a/b/c.jar", "digest": {"sha1": OTHER}},
                {"uri": "https://github.com/acme/shop", "digest": {"sha1": SHA}}]}));
        assert_eq!(
            found_source(&cloud),
            (Some("github.com/acme/shop"), Some(SHA))
        );
        assert_eq!(
            (cloud.run_id.as_deref(), cloud.provider),
            (Some("11f6c682-3451"), None)
        );
        assert_eq!(cloud.build_type.as_deref(), Some("CloudBuildYaml@v0.1"));

        let vcs = json!({"source": "https://github.com/acme/shop", "revision": SHA});
        let image = json!({"uri": "pkg:docker/alpine@3", "digest": {"sha256": "ab".repeat(32)}});
        let old = json!({"builder": {"id": RUN_URL}, "materials": [image],
            "invocation": {"configSource": {"entryPoint": "Dockerfile"}},
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": vcs}}});
        let new = json!({"runDetails": {"builder": {"id": RUN_URL},
            "metadata": {"buildkit_metadata": {"vcs": vcs}, "invocationId": "x1y2"}},
            "buildDefinition": {"resolvedDependencies": [image]}});
        for predicate in [old, new] {
            let found = facts(&predicate);
            assert_eq!(
                found_source(&found),
                (Some("github.com/acme/shop"), Some(SHA))
            );
            assert_eq!(
                (found.run_id.as_deref(), found.attempt),
                (Some("42"), Some(3))
            );
        }
    }

    fn found_source<'a>(facts: &'a Attestation<'_>) -> (Option<&'a str>, Option<&'a str>) {
        (facts.repository.as_deref(), facts.sha.as_deref())
    }

    #[test]
    fn an_invocation_may_be_run_and_attempt() {
        let found = facts(&json!({"metadata": {"buildInvocationID": "42-3"}}));
        assert_eq!(
            (found.run_id.as_deref(), found.attempt),
            (Some("42"), Some(3))
        );
    }

    #[test]
    fn refs_are_read_from_addresses() {
        assert_eq!(
            ref_of("git+https://github.com/a/b@refs/tags/v1"),
            Some("refs/tags/v1")
        );
        assert_eq!(
            ref_of("https://github.com/a/b.git#refs/tags/v1"),
            Some("refs/tags/v1")
        );
        assert_eq!(ref_of("https://github.com/a/b.git#main:sub"), None);
        assert_eq!(ref_of("https://me:token@github.com/a/b"), None);
        assert_eq!(ref_of("git@github.com:a/b"), None);
    }
}
