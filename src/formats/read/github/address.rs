//! What an address says: repository, run, deployment, number.
//!
//! Objects saved with `gh api` often leave out what is around them; a review does not name its
//! repository, a deployment status does not name its deployment. Their addresses do.

use serde_json::Value;

use super::field::text;
use crate::model::id;

/// Fields of a REST object whose address lies below its repository's.
const OWN: &[&str] = &[
    "/repository/url",
    "/repository_url",
    "/html_url",
    "/url",
    "/run_url",
    "/pull_request_url",
    "/deployment_url",
];

/// First path segments of github.com that are no owners.
const NO_OWNERS: &[&str] = &[
    "orgs",
    "users",
    "organizations",
    "apps",
    "enterprises",
    "settings",
];

/// The canonical repository of an event or object. The web address comes first because it names
/// the host, which `full_name` leaves out.
pub fn repository(value: &Value) -> Option<String> {
    let address = |pointer: &str| text(value, pointer).and_then(repository_in);
    let name = |pointer: &str| text(value, pointer).and_then(id::repository);
    address("/repository/html_url")
        .or_else(|| {
            ["/repository/full_name", "/repository", "/repo/name"]
                .into_iter()
                .find_map(name)
        })
        .or_else(|| OWN.iter().copied().find_map(address))
}

/// The canonical repository that a web or API address lies in, also on an enterprise host.
pub fn repository_in(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let bare = path.strip_prefix("api/v3/");
    let is_api = bare.is_some() || host.starts_with("api.");
    let path = bare.unwrap_or(path);
    let path = if is_api {
        path.strip_prefix("repos/")?
    } else {
        path
    };
    let mut parts = path.split(['/', '?', '#']).filter(|part| !part.is_empty());
    let (owner, name) = (parts.next()?, parts.next()?);
    if NO_OWNERS.contains(&owner) {
        return None;
    }
    let host = host.strip_prefix("api.").unwrap_or(host);
    id::repository(&format!("https://{host}/{owner}/{name}"))
}

/// The first digits that directly follow `marker`: `id_after(address, "/actions/runs/")`.
pub fn id_after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    text.match_indices(marker).find_map(|(at, _)| {
        let rest = text.get(at.checked_add(marker.len())?..)?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..end).filter(|digits| !digits.is_empty())
    })
}

/// The workflow run in an address. `/runs/…` without `/actions` is a check run, another thing.
pub fn run_in(address: &str) -> Option<&str> {
    id_after(address, "/actions/runs/")
}

/// The number of the issue or change request in an address.
pub fn number_in(address: &str) -> Option<i64> {
    let markers = ["/pull/", "/pulls/", "/issues/"];
    markers
        .into_iter()
        .find_map(|marker| id_after(address, marker))?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_web_and_enterprise_addresses_name_one_repository() {
        for address in [
            "https://api.github.com/repos/Lumen/Till/pulls/7/reviews/1",
            "https://github.com/lumen/till/pull/7#pullrequestreview-1",
            "https://github.com/lumen/till?tab=readme",
        ] {
            assert_eq!(
                repository_in(address).as_deref(),
                Some("github.com/lumen/till"),
                "{address}"
            );
        }
        let enterprise = Some("git.lumen.example/pay/till".to_owned());
        assert_eq!(
            repository_in("https://git.lumen.example/api/v3/repos/pay/till/pulls/7"),
            enterprise
        );
        assert_eq!(
            repository_in("https://git.lumen.example/pay/till/pull/7"),
            enterprise
        );
        assert_eq!(
            repository_in("https://api.github.com/orgs/lumen/packages"),
            None
        );
        assert_eq!(repository_in("https://github.com/lumen"), None);
    }

    #[test]
    fn a_check_run_is_no_workflow_run() {
        assert_eq!(
            run_in("https://github.com/lumen/till/actions/runs/42/job/7"),
            Some("42")
        );
        assert_eq!(
            run_in("https://github.com/lumen/till/runs/42?check_suite_focus=true"),
            None
        );
    }

    #[test]
    fn ids_are_found_behind_the_right_marker() {
        assert_eq!(id_after("dry-run-notes/run-55.json", "run-"), Some("55"));
        assert_eq!(
            number_in("https://api.github.com/repos/lumen/till/issues/12/comments"),
            Some(12)
        );
    }
}
