//! Every request that customers made, whether or not its trace was kept. Metrics count all of them,
//! Vault sees every read of the credential, traces and logs show the sampled ones.

use std::collections::BTreeMap;

use super::clock::{self, MILLI, MINUTE, Ns, SECOND, at};
use super::fleet::Pod;
use super::rng::Rng;
use super::story::{BEGIN, CAMPAIGN, CLOSE_LOOK, END, LEGACY_SLOWS};

/// A customer's request.
#[derive(Clone)]
pub struct Request {
    /// When the web tier got it.
    pub time: Ns,
    /// What it asked for.
    pub kind: Kind,
    /// Web pod.
    pub web: usize,
    /// Catalog or checkout pod.
    pub backend: usize,
    /// The payment, where it is an order.
    pub payment: Option<Payment>,
    /// What the backend took without waiting for others.
    pub own: Ns,
    /// True where its trace was kept.
    pub sampled: bool,
    /// Seeds what only its telemetry shows.
    pub number: usize,
}

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A product page.
    Browse,
    /// A search.
    Search,
    /// The cart.
    Cart,
    /// An order.
    Order,
}

/// How an order was paid.
#[derive(Clone)]
pub struct Payment {
    /// Payments pod.
    pub pod: usize,
    /// What the primary gateway took.
    pub cardnet: Ns,
    /// What the exchange rate took, where one was fetched.
    pub rate: Option<Ns>,
    /// How long checkout waited for payments.
    pub waited: Ns,
    /// What came of it.
    pub way: Way,
}

/// What came of a payment.
#[derive(Clone)]
pub enum Way {
    /// Paid.
    Paid,
    /// Payments did not answer in time, and that was that.
    TimedOut,
    /// Payments did not answer in time, and the legacy gateway was asked.
    Legacy {
        /// True where the credential had to be read first.
        read: bool,
        /// How long the legacy gateway took, or was waited for.
        took: Ns,
        /// Whether it answered.
        answered: bool,
    },
}

impl Request {
    /// What the backend took, waiting included.
    pub fn backend_took(&self) -> Ns {
        let waited = self.payment.as_ref().map_or(0, |payment| {
            payment.waited
                + match payment.way {
                    Way::Legacy { read, took, .. } => took + Ns::from(read) * READ,
                    _ => 0,
                }
        });
        self.own + waited
    }

    /// What the web tier took.
    pub fn web_took(&self) -> Ns {
        self.backend_took() + 7 * MILLI + self.own / 4
    }

    /// True where the order failed.
    pub fn failed(&self) -> bool {
        let way = self.payment.as_ref().map(|payment| &payment.way);
        matches!(
            way,
            Some(
                Way::TimedOut
                    | Way::Legacy {
                        answered: false,
                        ..
                    }
            )
        )
    }
}

/// How long a read of a secret takes.
pub const READ: Ns = 23 * MILLI;
/// The legacy gateway is given up on after this.
pub const LEGACY_TIMEOUT: Ns = 5 * SECOND;
/// One in so many traces is kept, except in the last hours.
pub const SAMPLING: i64 = 256;
/// One in so many traces is kept in the last hours.
pub const CLOSE_SAMPLING: i64 = 8;

/// Requests in five minutes of a weekday's busiest hour.
const PEAK: i64 = 110;
/// Share of the peak by hour, in percent.
const DAY: [i64; 24] = [
    12, 9, 8, 8, 10, 16, 30, 48, 62, 74, 84, 92, 98, 100, 98, 97, 94, 92, 96, 90, 72, 50, 32, 20,
];

/// Rounds of five minutes.
pub const BLOCK: Ns = 5 * MINUTE;

/// All requests in time order.
pub fn requests(pods: &[Pod]) -> Vec<Request> {
    let mut rng = Rng::named("traffic");
    let mut credentials = BTreeMap::new();
    let mut requests = Vec::new();
    let mut block = at(BEGIN);
    while block < at(END) {
        let mut times: Vec<Ns> = (0..volume(block, &mut rng))
            .map(|_| block + rng.between(0, BLOCK))
            .collect();
        times.sort_unstable();
        for time in times {
            let number = requests.len();
            requests.push(request(time, number, pods, &mut credentials, &mut rng));
        }
        block += BLOCK;
    }
    requests
}

fn volume(block: Ns, rng: &mut Rng) -> i64 {
    let mut percent = DAY[clock::hour(block)];
    if clock::weekend(block) {
        percent = percent * 7 / 10;
    }
    if (at(CAMPAIGN.0)..at(CAMPAIGN.1)).contains(&block) {
        percent *= 3;
    }
    PEAK * percent * rng.between(88, 113) / 10_000
}

fn request(
    time: Ns,
    number: usize,
    pods: &[Pod],
    credentials: &mut BTreeMap<usize, Ns>,
    rng: &mut Rng,
) -> Request {
    let kind = match rng.between(0, 100) {
        0..35 => Kind::Browse,
        35..50 => Kind::Search,
        50..70 => Kind::Cart,
        _ => Kind::Order,
    };
    let web = choose("web", time, pods, rng);
    let (backend, own) = match kind {
        Kind::Browse => (choose("catalog", time, pods, rng), rng.skewed(6, 40)),
        Kind::Search => (choose("catalog", time, pods, rng), rng.skewed(20, 140)),
        Kind::Cart => (choose("checkout", time, pods, rng), rng.skewed(3, 25)),
        Kind::Order => (choose("checkout", time, pods, rng), rng.skewed(18, 90)),
    };
    let payment = (kind == Kind::Order).then(|| {
        let payments = choose("payments", time, pods, rng);
        let began = time + 5 * MILLI;
        pay(began, backend, payments, pods, credentials, rng)
    });
    let sampling = if time < at(CLOSE_LOOK) {
        SAMPLING
    } else {
        CLOSE_SAMPLING
    };
    let sampled = rng.between(0, sampling) == 0;
    Request {
        time,
        kind,
        web,
        backend,
        payment,
        own: own * MILLI + rng.between(0, MILLI),
        sampled,
        number,
    }
}

fn choose(service: &str, time: Ns, pods: &[Pod], rng: &mut Rng) -> usize {
    let serving: Vec<usize> = (0..pods.len())
        .filter(|&index| pods[index].service == service && pods[index].serves(time))
        .collect();
    *rng.pick(&serving)
}

fn pay(
    time: Ns,
    checkout: usize,
    payments: usize,
    pods: &[Pod],
    credentials: &mut BTreeMap<usize, Ns>,
    rng: &mut Rng,
) -> Payment {
    // At daytime the primary gateway loses one authorization in twenty-five.
    let lost = if (8..20).contains(&clock::hour(time)) {
        40
    } else {
        12
    };
    let millis = if rng.rarely(lost) {
        rng.between(2_100, 6_000)
    } else {
        rng.skewed(170, 900)
    };
    let cardnet = millis * MILLI + rng.between(0, MILLI);
    let rate = (pods[payments].version == "v1.10.0" && rng.chance(35))
        .then(|| rng.skewed(20, 180) * MILLI);
    let needed = cardnet + rate.unwrap_or(0) + 6 * MILLI;
    let falls_back = pods[checkout].version == "v2.15.0";
    let patience = if falls_back { 400 * MILLI } else { 2 * SECOND };
    let way = if needed <= patience {
        Way::Paid
    } else if falls_back {
        legacy(time + patience, checkout, credentials, rng)
    } else {
        Way::TimedOut
    };
    Payment {
        pod: payments,
        cardnet,
        rate,
        waited: needed.min(patience),
        way,
    }
}

fn legacy(time: Ns, checkout: usize, credentials: &mut BTreeMap<usize, Ns>, rng: &mut Rng) -> Way {
    let read = credentials
        .get(&checkout)
        .is_none_or(|&until| until <= time);
    if read {
        credentials.insert(checkout, time + 10 * MINUTE);
    }
    let slow = time >= at(LEGACY_SLOWS);
    let answered = !slow || rng.chance(12);
    let took = match (slow, answered) {
        (false, _) => rng.skewed(500, 1_400) * MILLI,
        (true, true) => rng.between(2_400, 4_900) * MILLI,
        (true, false) => LEGACY_TIMEOUT,
    };
    Way::Legacy {
        read,
        took,
        answered,
    }
}
