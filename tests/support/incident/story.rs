//! What happened at acme, as data: services, releases, and the moments of 29 October.
//!
//! This is the only place that decides anything. Every other file writes some system's view of it.

use super::people::Person;

/// The repository on GitHub.
pub const REPOSITORY: &str = "acme/shop";
/// First moment of the evidence.
pub const BEGIN: &str = "10-20 00:00:00";
/// From here on the telemetry is sampled less.
pub const CLOSE_LOOK: &str = "10-29 13:00:00";
/// Last moment of the evidence.
pub const END: &str = "10-29 16:00:00";
/// The catalog's configuration is edited by hand.
pub const CONFIG_EDIT: &str = "10-29 13:40:17";
/// The legacy gateway stops keeping up.
pub const LEGACY_SLOWS: &str = "10-29 14:08:52";
/// One bad pod is taken out of its replica set, to be looked at later.
pub const QUARANTINE: &str = "10-29 14:36:21";
/// `kubectl rollout undo`.
pub const ROLLBACK: &str = "10-29 14:41:12";
/// Which replica of the bad release is quarantined.
pub const QUARANTINED_REPLICA: usize = 1;
/// Where the fallback connects to.
pub const LEGACY_HOST: &str = "legacy-pay.acme-partners.example";
/// Its port.
pub const LEGACY_PORT: i64 = 8443;
/// What the fallback reads.
pub const LEGACY_SECRET: &str = "secret/data/payments/legacy-gateway-key";
/// A campaign brings three times the visitors.
pub const CAMPAIGN: (&str, &str) = ("10-27 12:00:00", "10-27 12:40:00");
/// The tax job runs at these times, and only then reads the tax provider's key.
pub const TAX_JOB: [&str; 2] = ["10-22 14:20:04", "10-29 14:20:04"];

/// A service of the shop.
pub struct Service {
    /// Deployment, service account and image have this name too.
    pub name: &'static str,
    /// `service.criticality`.
    pub criticality: &'static str,
    /// Pods.
    pub replicas: usize,
    /// Version that ran before the evidence begins.
    pub before: &'static str,
    /// When that version was deployed.
    pub since: &'static str,
    /// Its revision number at the cluster.
    pub revision: usize,
}

/// All of them.
pub const SERVICES: [Service; 4] = [
    Service {
        name: "checkout",
        criticality: "critical",
        replicas: 3,
        before: "v2.13.4",
        since: "10-15 08:31:40",
        revision: 41,
    },
    Service {
        name: "payments",
        criticality: "critical",
        replicas: 2,
        before: "v1.8.2",
        since: "10-13 13:02:11",
        revision: 28,
    },
    Service {
        name: "catalog",
        criticality: "medium",
        replicas: 2,
        before: "v3.5.0",
        since: "10-16 09:47:55",
        revision: 63,
    },
    Service {
        name: "web",
        criticality: "high",
        replicas: 2,
        before: "v5.1.0",
        since: "10-14 12:20:33",
        revision: 77,
    },
];

/// A commit of a release's branch.
pub struct Patch {
    /// First line.
    pub subject: &'static str,
    /// Rest, without trailers.
    pub body: &'static str,
    /// When it was written.
    pub authored: &'static str,
    /// When it was rebased, where it was.
    pub rebased: Option<&'static str>,
    /// See [`super::diff`].
    pub diff: &'static str,
}

/// The coding agent behind a release.
pub struct Agent {
    /// Who ran it.
    pub operator: Person,
    /// When.
    pub started: &'static str,
    /// What it was asked.
    pub prompt: &'static str,
    /// How it summed up.
    pub answer: &'static str,
    /// False where the transcript is not in the evidence.
    pub exported: bool,
}

/// A release, from request to production.
pub struct Release {
    /// Service.
    pub service: &'static str,
    /// Version, which is also the end of the tag.
    pub version: &'static str,
    /// Ticket; the web's last one has only a GitHub issue.
    pub ticket: Option<&'static str>,
    /// GitHub issue.
    pub issue: u64,
    /// Pull request.
    pub number: u64,
    /// Title, without the ticket.
    pub title: &'static str,
    /// Branch.
    pub branch: &'static str,
    /// Text of the issue.
    pub wish: &'static str,
    /// Who wrote it, or ran the agent that did.
    pub author: Person,
    /// Who approved it.
    pub reviewer: Person,
    /// What the reviewer said.
    pub remark: &'static str,
    /// The agent, where there was one.
    pub agent: Option<Agent>,
    /// True where the branch's commits were squashed into one.
    pub squashed: bool,
    /// Commits.
    pub patches: &'static [Patch],
    /// Pull request opened.
    pub opened: &'static str,
    /// Pull request approved.
    pub approved: &'static str,
    /// Pull request merged.
    pub merged: &'static str,
    /// Cluster told.
    pub deployed: &'static str,
    /// Runs of the release workflow until one succeeded.
    pub attempts: i64,
    /// Who let it into production.
    pub admitted_by: Person,
}

impl Release {
    /// `checkout-v2.15.0`.
    pub fn tag(&self) -> String {
        format!("{}-{}", self.service, self.version)
    }

    /// Title of the pull request: the ticket first, as acme's bot demands.
    pub fn headline(&self) -> String {
        match self.ticket {
            Some(ticket) => format!("{ticket}: {}", self.title),
            None => format!("{} (closes #{})", self.title, self.issue),
        }
    }

    /// The key in commit trailers: the ticket, or the issue as GitHub writes it from afar.
    pub fn request(&self) -> String {
        let issue = || format!("{REPOSITORY}#{}", self.issue);
        self.ticket.map_or_else(issue, str::to_owned)
    }

    /// True for the release that this sample is about.
    pub fn is_bad(&self) -> bool {
        self.service == "checkout" && self.version == "v2.15.0"
    }
}
