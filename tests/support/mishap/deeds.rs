//! What the plan lays upon the stage: effects on traffic, and acts that audit logs record.

use super::time::{DAY, HOUR, Ns};
use super::words::Failure;

/// Something that changes how requests go.
pub struct Effect {
    /// Service; none for all.
    pub service: Option<usize>,
    /// The release under which alone it holds; none for any.
    pub release: Option<usize>,
    /// From.
    pub from: Ns,
    /// To.
    pub to: Ns,
    /// What.
    pub what: What,
    /// Which injected misdeed it is, to note its first record.
    pub injected: Option<usize>,
    /// Which decoy it is.
    pub decoy: Option<usize>,
}

/// How requests go otherwise.
#[derive(Clone)]
pub enum What {
    /// So many times the failures in an operation.
    Failures(usize, f64),
    /// That share of an operation's requests fails in that way.
    Path(usize, Failure, f64),
    /// That share of all requests writes that line at level ERROR.
    Alarm(&'static str, f64),
    /// So many times as slow in an operation.
    Slow(usize, f64),
    /// That share of an operation's requests calls that host at that port; port 0 draws an
    /// ephemeral one each time.
    Call(usize, String, u16, f64),
    /// So many times the requests.
    Load(f64),
}

impl Effect {
    /// True where it holds for a request.
    pub fn holds(&self, service: usize, release: usize, time: Ns) -> bool {
        self.service.is_none_or(|mine| mine == service)
            && self.release.is_none_or(|mine| mine == release)
            && (self.from..self.to).contains(&time)
    }
}

/// Something that a pod does and an audit log records.
pub struct Act {
    /// When.
    pub time: Ns,
    /// Index of the pod.
    pub pod: usize,
    /// What.
    pub deed: Deed,
}

/// What a pod does.
#[derive(Clone)]
pub enum Deed {
    /// Reads a path of Vault.
    Vault(String),
    /// Gets a secret of the cluster: namespace, name.
    Secret(String, String),
    /// Lists the secrets of a namespace.
    Secrets(String),
    /// Opens a shell in a pod.
    Exec(String),
    /// Decrypts with a key of KMS: its id.
    Decrypt(String),
    /// Reads a secret of Secrets Manager.
    Value(String),
    /// Takes a role of IAM: its name.
    Assume(String),
}

/// A right that the deploy job gives to a service.
pub struct Grant {
    /// When.
    pub time: Ns,
    /// Index of the release.
    pub release: usize,
    /// Role or policy.
    pub role: String,
    /// How.
    pub way: Way,
}

/// How a right is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A role in the namespace and its binding.
    Role,
    /// A binding of a role of the whole cluster.
    ClusterRole,
    /// A managed policy attached to the service's IAM role.
    Attach,
    /// An inline policy written into it.
    Put,
}

/// A change of a config map.
pub struct Config {
    /// When.
    pub time: Ns,
    /// Service whose config map it is.
    pub service: usize,
    /// Key.
    pub key: &'static str,
    /// Value.
    pub value: String,
    /// Audit event.
    pub id: String,
}

/// Everything that happens beyond releases.
#[derive(Default)]
pub struct Deeds {
    /// Effects on traffic.
    pub effects: Vec<Effect>,
    /// Acts of pods.
    pub acts: Vec<Act>,
    /// Rights given.
    pub grants: Vec<Grant>,
    /// Config maps changed.
    pub configs: Vec<Config>,
    /// Deployments scaled: service, when, to how many.
    pub scales: Vec<(usize, Ns, usize)>,
}

/// Load over the day, in thousandths of its mean, hour by hour (UTC).
const DAILY: [f64; 24] = [
    420.0, 350.0, 310.0, 300.0, 320.0, 420.0, 620.0, 880.0, 1120.0, 1300.0, 1400.0, 1430.0, 1450.0,
    1420.0, 1400.0, 1390.0, 1420.0, 1480.0, 1560.0, 1600.0, 1500.0, 1250.0, 900.0, 600.0,
];

/// Load at a time as a multiple of the mean: the hours of the day, joined by lines.
pub fn daily(time: Ns) -> f64 {
    let of_day = time.rem_euclid(DAY);
    let hour = (of_day / HOUR) as usize % 24;
    let past = (of_day % HOUR) as f64 / HOUR as f64;
    (DAILY[hour] * (1.0 - past) + DAILY[(hour + 1) % 24] * past) / 1000.0
}
