//! The stage: services, their releases, their pods. What goes wrong on it is `plan`'s.

use super::ids;
use super::rng::{Rng, exp};
use super::time::{DAY, HOUR, MINUTE, Ns, SECOND, weekday};
use super::truth::ReleaseRef;
use super::words::{self, Failure};

/// Everything that the exports tell of.
pub struct World {
    /// Seed.
    pub seed: u64,
    /// Organisation.
    pub org: &'static str,
    /// Repository's name.
    pub repo: &'static str,
    /// Namespace.
    pub namespace: &'static str,
    /// AWS account.
    pub account: String,
    /// First moment.
    pub begin: Ns,
    /// Last moment.
    pub end: Ns,
    /// Where dense sampling of traces begins.
    pub dense: Ns,
    /// False where the cluster alone tells of releases.
    pub forge: bool,
    /// Services.
    pub services: Vec<Service>,
    /// Releases in time order.
    pub releases: Vec<Release>,
    /// Every time the cluster was told to run something, in time order.
    pub rollouts: Vec<Rollout>,
    /// Pods by rollout.
    pub pods: Vec<Pod>,
}

/// A service.
pub struct Service {
    /// Name; also its service account.
    pub name: &'static str,
    /// What it deals in.
    pub noun: &'static str,
    /// Pods.
    pub replicas: usize,
    /// Requests per five minutes, on average over a day.
    pub traffic: f64,
    /// Operations, the busiest first.
    pub ops: Vec<Op>,
    /// Ordinary log lines: level, text.
    pub lines: Vec<(&'static str, &'static str)>,
    /// Paths in Vault that each pod reads at its start.
    pub vault: Vec<String>,
    /// Secret of the cluster that each pod reads at its start.
    pub secret: Option<String>,
    /// True where each pod takes its AWS role and decrypts with a key at its start.
    pub kms: bool,
    /// True where telemetry writes versions without their `v`.
    pub bare_version: bool,
}

/// An operation.
pub struct Op {
    /// Method.
    pub method: &'static str,
    /// Route.
    pub route: &'static str,
    /// Share of the service's requests.
    pub share: f64,
    /// Median duration in milliseconds.
    pub millis: f64,
    /// Share of requests that fail on an ordinary day.
    pub errors: f64,
    /// How they fail.
    pub failures: Vec<Failure>,
    /// Whom it calls: host, port, share of requests.
    pub calls: Vec<(String, u16, f64)>,
}

/// A release.
#[derive(Clone)]
pub struct Release {
    /// Index of the service.
    pub service: usize,
    /// Version with its `v`.
    pub version: String,
    /// When the cluster was told.
    pub time: Ns,
    /// Merge commit.
    pub sha: String,
    /// Image digest.
    pub digest: String,
    /// Title of its change.
    pub title: String,
    /// Lines that its diff adds.
    pub added: Vec<String>,
    /// Pull request; the forge's ids derive from it.
    pub number: u64,
    /// True where it went live before the evidence begins.
    pub before: bool,
}

/// The cluster was told to run a release.
pub struct Rollout {
    /// Index of the release.
    pub release: usize,
    /// When.
    pub time: Ns,
    /// True for `kubectl rollout undo`.
    pub undo: bool,
}

/// A pod.
pub struct Pod {
    /// Index of the service.
    pub service: usize,
    /// Index of the release.
    pub release: usize,
    /// Hash of its template.
    pub template: String,
    /// Name.
    pub name: String,
    /// Unique id.
    pub uid: String,
    /// Address.
    pub ip: String,
    /// Node's number, from 1.
    pub node: usize,
    /// Created.
    pub created: Ns,
    /// Ready.
    pub ready: Ns,
    /// Gone.
    pub ended: Option<Ns>,
    /// True where nothing is heard of it.
    pub silent: bool,
    /// True where a rollback leaves it running, out of its replica set.
    pub kept: bool,
    /// When its container was restarted.
    pub restarted: Option<Ns>,
}

impl Pod {
    /// True while it takes requests.
    pub fn serves(&self, time: Ns) -> bool {
        self.ready <= time && self.exists(time)
    }

    /// True while it exists.
    pub fn exists(&self, time: Ns) -> bool {
        self.created <= time && self.ended.is_none_or(|ended| time < ended)
    }
}

/// Requests per five minutes, on average over a day: of the focus, and of all others together. What
/// nobody asks for cannot be seen to fail.
const TRAFFIC: (f64, f64) = (9.6, 5.8);

impl World {
    /// Services and releases, no pods yet. The first service is the focus.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::new(seed, "world");
        let (org, repo, namespace) = *rng.pick(words::HOMES);
        // Days since 1970 of 2026-09-01, and a working day of the next two months.
        let mut last = (20_697 + rng.between(0, 60)) * DAY;
        while weekday(last) > 4 {
            last += DAY;
        }
        let days = rng.between(9, 13);
        let focus =
            last + rng.between(8 * 60 + 30, 12 * 60 + 30) * MINUTE + rng.between(0, 60) * SECOND;
        let mut world = Self {
            seed,
            org,
            repo,
            namespace,
            account: format!(
                "{:012}",
                ids::number(&format!("account {seed}"), 1_000_000_000_000)
            ),
            begin: last - (days - 1) * DAY,
            end: 0,
            dense: focus - 25 * HOUR,
            forge: rng.chance(0.7),
            services: services(&mut rng, namespace),
            releases: Vec::new(),
            rollouts: Vec::new(),
            pods: Vec::new(),
        };
        for service in 0..world.services.len() {
            world.calendar(
                service,
                last,
                days,
                (service == 0).then_some(focus),
                &mut rng,
            );
        }
        world
    }

    /// One service's releases: the one that was live before, and two to four on working days.
    fn calendar(&mut self, service: usize, last: Ns, days: i64, focus: Option<Ns>, rng: &mut Rng) {
        let mut open: Vec<Ns> = (1..days)
            .map(|back| last - back * DAY)
            .filter(|day| weekday(*day) < 5)
            .collect();
        rng.shuffle(&mut open);
        let count = rng.between(2, 5) as usize - usize::from(focus.is_some());
        let mut times: Vec<Ns> = open.into_iter().take(count).collect();
        for time in &mut times {
            *time += rng.between(8 * 3600, 16 * 3600) * SECOND;
        }
        times.extend(focus);
        times.sort_unstable();
        let mut version = [rng.between(1, 6), rng.between(0, 19), rng.between(0, 5)];
        let before = self.begin - rng.between(20, 140) * HOUR;
        for (index, time) in std::iter::once(before).chain(times).enumerate() {
            self.release(service, version, time, index == 0);
            let part = if rng.chance(0.3) { 1 } else { 2 };
            version[part] += 1;
            if part == 1 {
                version[2] = 0;
            }
        }
    }

    /// Adds a release of a service. Call before [`World::settle`].
    pub fn release(&mut self, service: usize, version: [i64; 3], time: Ns, before: bool) {
        let name = self.services[service].name;
        let version = format!("v{}.{}.{}", version[0], version[1], version[2]);
        let label = format!("{} {name} {version}", self.seed);
        let mut rng = Rng::new(self.seed, &label);
        let (title, line) = rng.pick(words::CHANGES);
        self.releases.push(Release {
            service,
            version,
            time,
            sha: ids::sha(&format!("merge {label}")),
            digest: format!("sha256:{}", ids::sha256(&format!("image {label}"))),
            title: title.replace("{noun}", self.services[service].noun),
            added: vec![(*line).to_owned()],
            number: 0,
            before,
        });
    }

    /// Adds a release one patch above the service's newest.
    pub fn patch_release(&mut self, service: usize, time: Ns) {
        let text = &self.releases[self.newest_of_unsorted(service)].version;
        let mut numbers = text[1..].split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let version = [next(), next(), next() + 1];
        self.release(service, version, time, false);
    }

    /// Puts the releases in order and numbers them.
    pub fn settle(&mut self) {
        self.releases
            .sort_by_key(|release| (release.time, release.service));
        for (number, release) in (310..).zip(&mut self.releases) {
            release.number = number;
        }
    }

    /// The newest release of a service, before [`World::settle`].
    pub fn newest_of_unsorted(&self, service: usize) -> usize {
        let mine =
            (0..self.releases.len()).filter(|&index| self.releases[index].service == service);
        mine.max_by_key(|&index| self.releases[index].time)
            .unwrap_or(0)
    }

    /// The newest release of a service.
    pub fn newest(&self, service: usize) -> usize {
        let mine = |release: &Release| release.service == service;
        self.releases.iter().rposition(mine).unwrap_or(0)
    }

    /// The release that was live when this one came.
    pub fn previous(&self, release: usize) -> Option<usize> {
        let service = self.releases[release].service;
        let mine = |other: &Release| other.service == service;
        self.releases[..release].iter().rposition(mine)
    }

    /// A release as the truth names it.
    pub fn named(&self, release: usize) -> ReleaseRef {
        let release = &self.releases[release];
        ReleaseRef {
            service: self.services[release.service].name.to_owned(),
            version: release.version.clone(),
            digest: release.digest.clone(),
            sha: release.sha.clone(),
            deployed_ns: release.time,
        }
    }

    /// Image without tag or digest.
    pub fn image(&self, service: usize) -> String {
        format!("ghcr.io/{}/{}", self.org, self.services[service].name)
    }

    /// Image as the deploy job pins it.
    pub fn pinned(&self, release: &Release) -> String {
        format!(
            "{}:{}@{}",
            self.image(release.service),
            release.version,
            release.digest
        )
    }

    /// `github.com/org/repo` without its host.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.org, self.repo)
    }

    /// The newest pod of a service that serves at a time.
    pub fn serving(&self, service: usize, time: Ns) -> Option<usize> {
        self.pods
            .iter()
            .rposition(|pod| pod.service == service && pod.serves(time))
    }
}

/// Draws three to five services. The bundle is about the first.
fn services(rng: &mut Rng, namespace: &str) -> Vec<Service> {
    let mut trades: Vec<&words::Trade> = words::TRADES.iter().collect();
    rng.shuffle(&mut trades);
    trades.truncate(rng.between(3, 6) as usize);
    let mut hosts = words::HOSTS.to_vec();
    rng.shuffle(&mut hosts);
    let weights: Vec<f64> = (0..trades.len())
        .map(|index| if index == 0 { 0.0 } else { rng.real(0.6, 1.4) })
        .collect();
    let total: f64 = weights.iter().sum();
    let names: Vec<&str> = trades.iter().map(|trade| trade.name).collect();
    let mut services = Vec::new();
    for (index, trade) in trades.iter().enumerate() {
        let mut lines = words::LINES.to_vec();
        rng.shuffle(&mut lines);
        lines.truncate(rng.between(4, 10) as usize);
        let mut secrets = words::SECRETS.to_vec();
        rng.shuffle(&mut secrets);
        let vault = secrets[..2]
            .iter()
            .map(|word| format!("secret/data/{}/{word}", trade.name));
        let peer = names[(index + 1) % names.len()];
        services.push(Service {
            name: trade.name,
            noun: trade.noun,
            replicas: if index < 3 {
                rng.between(2, 4) as usize
            } else {
                2
            },
            traffic: if index == 0 {
                TRAFFIC.0
            } else {
                TRAFFIC.1 * weights[index] / total
            },
            ops: ops(trade, namespace, peer, hosts[index], rng),
            lines,
            vault: vault.collect(),
            secret: rng.chance(0.5).then(|| format!("{}-tls", trade.name)),
            kms: index == 0 || rng.chance(0.25),
            bare_version: false,
        });
    }
    services
}

fn ops(trade: &words::Trade, namespace: &str, peer: &str, outside: &str, rng: &mut Rng) -> Vec<Op> {
    // The first half fails in ordinary life, the second in misdeeds alone.
    let mut failures = words::FAILURES[..4].to_vec();
    rng.shuffle(&mut failures);
    let calls = [
        vec![
            (format!("{}-db.{namespace}.svc", trade.name), 5432, 0.25),
            (outside.to_owned(), 443, 0.1),
        ],
        vec![(format!("{peer}.{namespace}.svc"), 8080, 0.35)],
        vec![(format!("{}-db.{namespace}.svc", trade.name), 5432, 0.3)],
    ];
    let ops = trade
        .ops
        .iter()
        .zip([0.5, 0.33, 0.17])
        .zip(calls)
        .enumerate();
    let op = |(index, ((&(method, route, millis), share), calls))| Op {
        method,
        route,
        share,
        millis,
        // From 0.2 % to 2 %, evenly over the orders of magnitude.
        errors: 0.002 * exp(rng.real(0.0, 2.3)),
        failures: failures[index..=index + usize::from(index < 2)].to_vec(),
        calls,
    };
    ops.map(op).collect()
}
