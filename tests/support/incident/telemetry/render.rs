//! The spans and log records of each sampled request, as the services' own instrumentation tells it.

use serde_json::json;

use super::super::clock::{MILLI, Ns, SECOND, at};
use super::super::story::BEGIN;
use super::super::traffic::{Kind, Request};
use super::super::world::World;
use super::trace::{CLIENT, Record, SERVER, Shape, Span, Trace, http};

const PRODUCTS: [&str; 8] = [
    "lamp-oslo",
    "desk-turin",
    "chair-lund",
    "rug-fez",
    "shelf-kyoto",
    "vase-delft",
    "clock-jura",
    "mirror-porto",
];
const SEARCHES: [&str; 6] = [
    "lamp",
    "oak desk",
    "rug 140x200",
    "vase",
    "standing lamp",
    "clock",
];

/// All sampled requests, and what pods say when they start.
pub fn all(world: &World) -> (Vec<Span>, Vec<Record>) {
    let (mut spans, mut records) = (Vec::new(), starts(world));
    for request in world.requests.iter().filter(|request| request.sampled) {
        let mut trace = Trace::new(request, &world.pods);
        trace.web();
        spans.append(&mut trace.spans);
        records.append(&mut trace.records);
    }
    spans.sort_by_key(|span| span.end);
    records.sort_by_key(|record| record.time);
    (spans, records)
}

fn starts(world: &World) -> Vec<Record> {
    let line = |pod: usize, time: Ns, body: String| Record {
        pod,
        time,
        severity: "INFO",
        body,
        context: None,
    };
    let began = world
        .pods
        .iter()
        .enumerate()
        .filter(|(_, pod)| pod.created >= at(BEGIN));
    began
        .flat_map(|(index, pod)| {
            [
                line(
                    index,
                    pod.created + 9 * SECOND,
                    format!("starting {} {}", pod.service, pod.version),
                ),
                line(
                    index,
                    pod.ready - SECOND,
                    "listening on 0.0.0.0:8080".into(),
                ),
            ]
        })
        .collect()
}

impl Trace<'_> {
    /// The whole trace, from the web tier on.
    pub fn web(&mut self) {
        let Request { time, web, .. } = *self.request;
        let product = *self.rng.pick(&PRODUCTS);
        let (method, route, backend) = match self.request.kind {
            Kind::Browse => ("GET", "/products/{slug}", "catalog"),
            Kind::Search => ("GET", "/search", "catalog"),
            Kind::Cart => ("GET", "/cart", "checkout"),
            Kind::Order => ("POST", "/checkout", "checkout"),
        };
        let status = if self.request.failed() { 502 } else { 200 };
        let took = self.request.web_took();
        let server = self.add(Shape {
            pod: web,
            parent: None,
            name: &format!("{method} {route}"),
            kind: SERVER,
            start: time,
            took,
            // The web tier still has the names of before the conventions settled.
            attributes: vec![
                ("http.method", json!(method)),
                ("http.route", json!(route)),
                ("http.status_code", json!(status)),
            ],
        });
        if status >= 500 {
            self.fail("502", None);
        }
        if self.request.kind == Kind::Order || self.request.number.is_multiple_of(3) {
            let path = route.replace("{slug}", product);
            self.log(
                web,
                time + took,
                "INFO",
                &server,
                format!("{method} {path} {status} {} ms", took / MILLI),
            );
        }
        let client = self.add(Shape {
            pod: web,
            parent: Some(&server),
            name: method,
            kind: CLIENT,
            start: time + 3 * MILLI,
            took: self.request.backend_took() + 2 * MILLI,
            attributes: vec![
                ("server.address", json!(format!("{backend}.shop.svc"))),
                ("server.port", json!(8080)),
            ],
        });
        if status >= 500 {
            self.fail("504", None);
        }
        match self.request.kind {
            Kind::Browse | Kind::Search => self.catalog(&client),
            Kind::Cart => self.cart(&client),
            Kind::Order => self.place(&client),
        }
    }

    /// A server span of the backend.
    pub fn serve(&mut self, parent: &str, method: &str, route: &str, status: u16) -> String {
        self.add(Shape {
            pod: self.request.backend,
            parent: Some(parent),
            name: &format!("{method} {route}"),
            kind: SERVER,
            start: self.request.time + 4 * MILLI,
            took: self.request.backend_took(),
            attributes: http(method, route, status),
        })
    }

    fn catalog(&mut self, parent: &str) {
        let (pod, own, start) = (
            self.request.backend,
            self.request.own,
            self.request.time + 5 * MILLI,
        );
        if self.request.kind == Kind::Browse {
            let server = self.serve(parent, "GET", "/products/{slug}", 200);
            self.database(
                &server,
                "SELECT products",
                "SELECT",
                ("postgresql", "catalog-db.shop.svc", 5432),
                start,
                own * 3 / 4,
            );
            return;
        }
        let server = self.serve(parent, "GET", "/search", 200);
        self.database(
            &server,
            "search products",
            "search",
            ("opensearch", "search.shop.svc", 9200),
            start,
            own * 4 / 5,
        );
        let (query, found) = (*self.rng.pick(&SEARCHES), self.rng.between(0, 120));
        let facets = if self.pods[pod].version == "v3.5.0" || self.pods[pod].version == "v3.5.1" {
            ""
        } else {
            ", 2 facets"
        };
        self.log(
            pod,
            start + own,
            "INFO",
            &server,
            format!("search {query:?} returned {found} products{facets}"),
        );
    }

    fn cart(&mut self, parent: &str) {
        let (pod, own, start) = (
            self.request.backend,
            self.request.own,
            self.request.time + 5 * MILLI,
        );
        let server = self.serve(parent, "GET", "/api/cart", 200);
        self.database(
            &server,
            "GET cart",
            "GET",
            ("redis", "carts.shop.svc", 6379),
            start,
            own / 2,
        );
        if self.request.number.is_multiple_of(2) {
            let lines = self.rng.between(1, 14);
            self.log(
                pod,
                start + own,
                "INFO",
                &server,
                format!("cart {} loaded with {lines} lines", self.request.number),
            );
        }
    }
}
