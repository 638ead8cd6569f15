//! Made-up traces of a shop, the same for every run: what the Collector's `file` exporter writes.
//!
//! A line holds 50 to 100 spans of one to three pods. Ids are random, as they are in life, because
//! they are what costs; names, routes and hosts come from short lists; about one value in three is
//! new. Spans are of five kinds with four to eleven attributes each, one in thirty fails with an
//! exception event.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;

/// Name, language, database or none.
const SERVICES: &[(&str, &str, Option<&str>)] = &[
    ("web", "nodejs", None),
    ("checkout", "go", Some("postgresql")),
    ("payments", "java", Some("postgresql")),
    ("catalog", "python", Some("mongodb")),
    ("inventory", "go", Some("redis")),
    ("shipping", "rust", None),
];
const PODS: u64 = 4;
const ROUTES: &[&str] = &[
    "/cart/{id}",
    "/checkout",
    "/products/{id}",
    "/products",
    "/orders/{id}",
    "/login",
    "/search",
    "/health",
];
const METHODS: &[&str] = &["GET", "GET", "GET", "POST", "PUT", "DELETE"];
const TABLES: &[&str] = &["orders", "carts", "products", "payments", "stock"];
const FUNCTIONS: &[&str] = &[
    "applyDiscount",
    "priceCart",
    "reserveStock",
    "renderPage",
    "chooseCarrier",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15",
    "okhttp/4.12.0",
];
/// 2026-05-04T00:00:00Z in nanoseconds.
const START: u64 = 1_777_852_800_000_000_000;

/// What was written.
pub struct Written {
    pub bytes: u64,
    pub spans: u64,
    pub events: u64,
}

/// Writes lines to `path` until there are `bytes` of them.
pub fn write(path: &Path, bytes: u64) -> Result<Written> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut shop = Shop::new();
    let mut written = 0;
    while written < bytes {
        let line = shop.line();
        file.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    file.flush()?;
    Ok(Written {
        bytes: written,
        spans: shop.spans,
        events: shop.events,
    })
}

/// SplitMix64: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let at = self.below(from.len() as u64);
        from[usize::try_from(at).unwrap_or(0)]
    }
}

/// A span that others may be children of.
#[derive(Clone, Copy)]
struct Parent {
    trace: (u64, u64),
    span: u64,
}

struct Shop {
    random: Random,
    now: u64,
    recent: Vec<Parent>,
    line: String,
    spans: u64,
    events: u64,
}

impl Shop {
    fn new() -> Self {
        Self {
            random: Random(7),
            now: START,
            recent: Vec::new(),
            line: String::new(),
            spans: 0,
            events: 0,
        }
    }

    /// The next line, with its end.
    fn line(&mut self) -> &str {
        self.line.clear();
        self.line.push_str(r#"{"resourceSpans":["#);
        let (pods, spans) = (1 + self.random.below(3), 50 + self.random.below(51));
        for pod in 0..pods {
            self.comma(pod);
            self.pod(spans / pods);
        }
        self.line.push_str("]}\n");
        &self.line
    }

    fn comma(&mut self, number: u64) {
        if number > 0 {
            self.line.push(',');
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.line.write_fmt(text);
    }

    /// What one pod sent.
    fn pod(&mut self, spans: u64) {
        let (service, language, database) = self.random.pick(SERVICES);
        let pod = self.random.below(PODS);
        self.line.push_str(r#"{"resource":{"attributes":["#);
        let version = 14 + pod / 3;
        let attributes = [
            ("service.name", service.to_owned()),
            ("service.namespace", "shop".to_owned()),
            ("service.version", format!("v2.{version}.0")),
            (
                "service.instance.id",
                format!(
                    "3f6a0c1e-7d52-4c1b-9a44-{pod:04}{:08x}",
                    service.len() * 77_777
                ),
            ),
            ("deployment.environment.name", "production".to_owned()),
            ("telemetry.sdk.language", language.to_owned()),
            ("k8s.cluster.name", "prod-1".to_owned()),
            ("k8s.namespace.name", "shop".to_owned()),
            ("k8s.deployment.name", service.to_owned()),
            ("k8s.pod.name", format!("{service}-7c9d8b5f6-x{pod}kq2")),
            ("k8s.node.name", format!("node-{}", pod % 3)),
            ("container.image.name", format!("ghcr.io/acme/{service}")),
        ];
        for (number, (key, value)) in (0..).zip(&attributes) {
            self.comma(number);
            self.text(key, value);
        }
        self.put(format_args!(r#"]}},"scopeSpans":[{{"scope":{{"name":"shop-telemetry-{language}","version":"1.12.0"}},"spans":["#));
        for number in 0..spans {
            self.comma(number);
            self.span(service, database);
        }
        self.line.push_str("]}]}");
    }

    fn span(&mut self, service: &str, database: Option<&str>) {
        self.spans += 1;
        self.now += 20_000 + self.random.below(200_000);
        let (id, parent) = (self.random.next(), self.parent());
        let trace = parent.map_or_else(
            || (self.random.next(), self.random.next()),
            |parent| parent.trace,
        );
        self.remember(Parent { trace, span: id });
        self.put(format_args!(
            r#"{{"traceId":"{:016x}{:016x}","spanId":"{id:016x}","#,
            trace.0, trace.1
        ));
        if let Some(parent) = parent {
            self.put(format_args!(r#""parentSpanId":"{:016x}","#, parent.span));
        }
        let fails = self.random.below(30) == 0;
        match (parent, self.random.below(10)) {
            (None, _) | (_, 0..=2) => self.server(service, fails),
            (_, 3..=4) => self.client(fails),
            (_, 5..=6) => self.query(database.unwrap_or("redis")),
            (_, 7) => self.call(),
            _ => self.step(),
        }
        self.line.push(']');
        if fails {
            self.exception();
        }
        self.line.push_str(if fails {
            r#","status":{"code":2,"message":"upstream timed out"}}"#
        } else {
            r#","status":{}}"#
        });
    }

    /// Most spans have a parent among the last few thousand.
    fn parent(&mut self) -> Option<Parent> {
        if self.recent.is_empty() || self.random.below(8) == 0 {
            return None;
        }
        let recent = std::mem::take(&mut self.recent);
        let parent = self.random.pick(&recent);
        self.recent = recent;
        Some(parent)
    }

    fn remember(&mut self, parent: Parent) {
        if self.recent.len() < 4_000 {
            self.recent.push(parent);
        } else {
            let at = usize::try_from(self.random.below(4_000)).unwrap_or(0);
            self.recent[at] = parent;
        }
    }

    /// Name, kind, times, and the beginning of the attributes.
    fn open(&mut self, name: &str, kind: u8) {
        let start = self.now;
        let end = start + 100_000 + self.random.below(50_000_000);
        self.put(format_args!(
            r#""name":"{name}","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","attributes":["#
        ));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.put(format_args!(
            r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#
        ));
    }

    fn int(&mut self, key: &str, value: u64) {
        self.put(format_args!(
            r#",{{"key":"{key}","value":{{"intValue":"{value}"}}}}"#
        ));
    }

    /// Text attributes, each behind a comma.
    fn texts(&mut self, pairs: &[(&str, &str)]) {
        for (key, value) in pairs {
            self.line.push(',');
            self.text(key, value);
        }
    }

    fn status(&mut self, fails: bool) {
        let code = if fails {
            504
        } else {
            self.random.pick(&[200, 200, 200, 201, 304, 404])
        };
        self.int("http.response.status_code", code);
        if fails {
            self.texts(&[("error.type", "504")]);
        }
    }

    fn server(&mut self, service: &str, fails: bool) {
        let (method, route, agent) = (
            self.random.pick(METHODS),
            self.random.pick(ROUTES),
            self.random.pick(AGENTS),
        );
        let path = route.replace("{id}", &self.random.below(100_000).to_string());
        let client = format!(
            "10.{}.{}.{}",
            self.random.below(4),
            self.random.below(256),
            self.random.below(256)
        );
        self.open(&format!("{method} {route}"), 2);
        self.text("http.request.method", method);
        self.texts(&[
            ("http.route", route),
            ("url.path", &path),
            ("url.scheme", "https"),
            ("server.address", service),
            ("client.address", &client),
            ("user_agent.original", agent),
            ("network.protocol.version", "1.1"),
        ]);
        self.int("server.port", 8080);
        self.status(fails);
    }

    fn client(&mut self, fails: bool) {
        let (method, (peer, ..)) = (self.random.pick(METHODS), self.random.pick(SERVICES));
        let url = format!(
            "http://{peer}:8080/internal/{}?k={}",
            self.random.pick(TABLES),
            self.random.below(1_000_000)
        );
        self.open(method, 3);
        self.text("http.request.method", method);
        self.texts(&[
            ("url.full", &url),
            ("server.address", peer),
            ("network.peer.address", "10.96.14.7"),
            ("network.protocol.version", "2"),
        ]);
        self.int("server.port", 8080);
        self.int("http.request.resend_count", 0);
        self.status(fails);
    }

    fn query(&mut self, system: &str) {
        let (table, verb) = (
            self.random.pick(TABLES),
            self.random.pick(&["SELECT", "SELECT", "INSERT", "UPDATE"]),
        );
        self.open(&format!("{verb} {table}"), 3);
        self.text("db.system.name", system);
        self.texts(&[
            ("db.operation.name", verb),
            ("db.collection.name", table),
            ("db.namespace", "shop"),
            (
                "db.query.text",
                &format!("{verb} id, state, total FROM {table} WHERE id = $1"),
            ),
            ("server.address", "db-primary.shop.svc"),
        ]);
        self.int("server.port", 5432);
        let rows = self.random.below(40);
        self.int("db.response.returned_rows", rows);
    }

    fn call(&mut self) {
        let (peer, ..) = self.random.pick(SERVICES);
        let function = self.random.pick(FUNCTIONS);
        self.open(&format!("shop.{peer}.v1/{function}"), 3);
        self.text("rpc.system", "grpc");
        self.texts(&[
            ("rpc.service", &format!("shop.{peer}.v1")),
            ("rpc.method", function),
            ("server.address", peer),
        ]);
        self.int("server.port", 9090);
        self.int("rpc.grpc.status_code", 0);
    }

    fn step(&mut self) {
        let function = self.random.pick(FUNCTIONS);
        let customer = format!("cus_{:012x}", self.random.next() >> 16);
        self.open(function, 1);
        self.text("code.function.name", function);
        self.texts(&[
            ("shop.customer.id", &customer),
            ("feature_flag.key", "new-pricing"),
        ]);
        let items = self.random.below(20);
        self.int("shop.cart.items", items);
        let thread = self.random.below(64);
        self.int("thread.id", thread);
    }

    fn exception(&mut self) {
        self.events += 1;
        let time = self.now + 90_000;
        self.put(format_args!(
            r#","events":[{{"timeUnixNano":"{time}","name":"exception","attributes":["#
        ));
        self.text("exception.type", "TimeoutError");
        self.texts(&[
            ("exception.message", "no answer within 2000 ms"),
            ("exception.stacktrace", r"TimeoutError: no answer within 2000 ms\n    at request (/app/http.js:118:11)\n    at priceCart (/app/cart.js:42:7)"),
        ]);
        self.line.push_str("]}]");
    }
}
