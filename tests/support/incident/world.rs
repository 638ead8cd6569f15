//! The story worked out: commits have ids, builds have digests, pods have names, requests have
//! happened. Every source writes from this.

use super::clock::{Ns, SECOND, at};
use super::fleet::{self, Pod, Rollout};
use super::history::{History, Source};
use super::ids;
use super::releases::RELEASES;
use super::story::Release;
use super::traffic::{self, Request};

/// Everything.
pub struct World {
    /// Commits.
    pub history: History,
    /// Releases with their ids, in the order of [`RELEASES`].
    pub ships: Vec<Ship>,
    /// What the cluster was told to run, in time order.
    pub rollouts: Vec<Rollout>,
    /// What ran.
    pub pods: Vec<Pod>,
    /// What was asked of it.
    pub requests: Vec<Request>,
}

/// A release on its way to production.
pub struct Ship {
    /// What the story says of it.
    pub release: &'static Release,
    /// Digest of its image.
    pub digest: String,
    /// GitHub Actions run that built and deployed it.
    pub run: u64,
    /// Start of the attempt that succeeded.
    pub started: Ns,
    /// End of its build job.
    pub built: Ns,
    /// GitHub deployment.
    pub deployment: u64,
    /// When somebody let it into production.
    pub admitted: Ns,
    /// When the cluster was told.
    pub deployed: Ns,
    /// Pod of the runner that deployed it.
    pub runner: String,
}

impl World {
    /// Works the story out.
    pub fn new() -> Self {
        let history = History::new();
        let ships: Vec<Ship> = RELEASES
            .iter()
            .map(|release| ship(release, &history))
            .collect();
        let rollouts = fleet::rollouts(&history, &ships);
        let pods = fleet::pods(&rollouts);
        let requests = traffic::requests(&pods);
        Self {
            history,
            ships,
            rollouts,
            pods,
            requests,
        }
    }

    /// Where a release's commits ended up.
    pub fn source(&self, ship: &Ship) -> &Source {
        let index = self.ships.iter().position(|other| other.run == ship.run);
        &self.history.sources[index.unwrap_or(0)]
    }

    /// The release that this sample is about.
    pub fn bad(&self) -> &Ship {
        self.ships
            .iter()
            .find(|ship| ship.release.is_bad())
            .expect("it is in the story")
    }
}

/// `sha256:…` of the image built from that commit.
pub fn image_digest(service: &str, sha: &str) -> String {
    format!("sha256:{}", ids::sha256(&format!("image {service} {sha}")))
}

/// `ghcr.io/acme/checkout`.
pub fn image_name(service: &str) -> String {
    format!("ghcr.io/acme/{service}")
}

/// An id of GitHub's, which grows with time.
pub fn github_id(base: u64, per_second: u64, time: Ns, label: &str) -> u64 {
    let since = u64::try_from((time - at("10-01 00:00:00")) / SECOND).unwrap_or(0);
    base + since * per_second + ids::number(label, per_second)
}

fn ship(release: &'static Release, history: &History) -> Ship {
    let tag = release.tag();
    let merged = at(release.merged);
    let deployed = at(release.deployed);
    // A second attempt starts when somebody sees that the first one failed.
    let started = merged + 22 * SECOND + (release.attempts - 1) * 628 * SECOND;
    let lasted = i64::try_from(ids::number(&tag, 90)).unwrap_or(0) + 480;
    let built = started + lasted * SECOND;
    let sha = history
        .tagged(&tag)
        .map_or("", |commit| commit.sha.as_str());
    Ship {
        release,
        digest: image_digest(release.service, sha),
        run: github_id(18_640_000_000, 37, merged + 22 * SECOND, &tag),
        started,
        built,
        deployment: github_id(3_190_000_000, 11, built + 14 * SECOND, &tag),
        admitted: deployed - 131 * SECOND,
        deployed,
        runner: format!(
            "shop-runners-{}-runner-{}",
            ids::kube("runners", 5),
            ids::kube(&format!("runner {tag}"), 5)
        ),
    }
}
