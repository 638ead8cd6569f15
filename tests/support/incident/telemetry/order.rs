//! An order's spans and log records: checkout, payments, and what becomes of a late answer.

use serde_json::json;

use super::super::clock::{MILLI, Ns};
use super::super::story::{LEGACY_HOST, LEGACY_PORT, LEGACY_SECRET};
use super::super::traffic::{LEGACY_TIMEOUT, Payment, READ, Way};
use super::trace::{CLIENT, INTERNAL, SERVER, Shape, Trace, http};

impl Trace<'_> {
    /// An order: the database, then payments, then whatever becomes of it.
    pub fn place(&mut self, parent: &str) {
        let request = self.request;
        let Some(payment) = &request.payment else {
            return;
        };
        let (pod, began, order) = (request.backend, request.time + 5 * MILLI, self.order());
        let status = if request.failed() { 504 } else { 201 };
        let server = self.serve(parent, "POST", "/api/checkout", status);
        match payment.way {
            Way::TimedOut => self.fail(
                "PaymentTimeout",
                Some(format!("payments did not answer in time for order {order}")),
            ),
            Way::Legacy {
                answered: false, ..
            } => {
                self.fail(
                    "LegacyGatewayTimeout",
                    Some(format!(
                        "the legacy gateway did not answer in time for order {order}"
                    )),
                );
            }
            _ => {}
        }
        self.database(
            &server,
            "INSERT orders",
            "INSERT",
            ("postgresql", "orders-db.shop.svc", 5432),
            began,
            request.own / 3,
        );
        let asked = began + request.own / 3;
        let client = self.add(Shape {
            pod,
            parent: Some(&server),
            name: "POST",
            kind: CLIENT,
            start: asked,
            took: payment.waited,
            attributes: vec![
                ("http.request.method", json!("POST")),
                ("server.address", json!("payments.shop.svc")),
                ("server.port", json!(8080)),
            ],
        });
        let late = !matches!(payment.way, Way::Paid);
        if late {
            self.fail("timeout", None);
        }
        self.authorize(payment, &client, asked + MILLI);
        self.settle(payment, &server, asked + payment.waited);
        if late {
            let waited = payment.waited / MILLI;
            let legacy = matches!(payment.way, Way::Legacy { .. });
            let body = if legacy {
                format!(
                    "payments slow after {waited} ms, using the legacy gateway for order {order}"
                )
            } else {
                format!("payment authorization timed out after {waited} ms for order {order}")
            };
            self.log(pod, asked + payment.waited, "WARN", &server, body);
        }
    }

    /// What payments does. It does not learn that checkout stopped waiting.
    fn authorize(&mut self, payment: &Payment, parent: &str, start: Ns) {
        let rate = payment.rate.unwrap_or(0);
        let server = self.add(Shape {
            pod: payment.pod,
            parent: Some(parent),
            name: "POST /v1/authorizations",
            kind: SERVER,
            start,
            took: payment.cardnet + rate + 4 * MILLI,
            attributes: http("POST", "/v1/authorizations", 200),
        });
        self.outbound(
            payment.pod,
            &server,
            "POST",
            ("api.cardnet.example", 443),
            (start + MILLI, payment.cardnet),
        );
        let done = start + 2 * MILLI + payment.cardnet;
        if payment.rate.is_some() {
            self.outbound(
                payment.pod,
                &server,
                "GET",
                ("fx.acme-rates.example", 443),
                (done, rate),
            );
            let ppm = self.rng.between(1_078_000, 1_094_000);
            self.log(
                payment.pod,
                done + rate,
                "INFO",
                &server,
                format!("fx rate EUR/USD fetched, ppm={ppm}"),
            );
        }
        let body = format!(
            "authorized order {} in {} ms",
            self.order(),
            payment.cardnet / MILLI
        );
        self.log(payment.pod, done + rate + MILLI, "INFO", &server, body);
    }

    /// What checkout does once it has an answer, or has stopped waiting for one.
    fn settle(&mut self, payment: &Payment, server: &str, time: Ns) {
        let (pod, order) = (self.request.backend, self.order());
        let total = self.rng.between(900, 42_000);
        let version = self.pods[pod].version;
        let placed = if matches!(version, "v2.14.2" | "v2.14.3" | "v2.15.0") {
            format!("order {order} placed, total_minor={total} EUR")
        } else {
            format!(
                "order {order} placed, total {}.{:02} EUR",
                total / 100,
                total % 100
            )
        };
        match payment.way {
            Way::Paid => self.log(pod, time + 4 * MILLI, "INFO", server, placed),
            Way::TimedOut => self.log(
                pod,
                time + MILLI,
                "ERROR",
                server,
                format!("order {order} failed: PaymentTimeout"),
            ),
            Way::Legacy {
                read,
                took,
                answered,
            } => {
                self.fall_back(server, time, (read, took, answered));
                let end = time + took + Ns::from(read) * READ;
                if answered {
                    self.log(pod, end + 4 * MILLI, "INFO", server, placed);
                } else {
                    self.log(
                        pod,
                        end + MILLI,
                        "ERROR",
                        server,
                        format!("order {order} failed: LegacyGatewayTimeout"),
                    );
                }
            }
        }
    }

    fn fall_back(&mut self, server: &str, time: Ns, (read, took, answered): (bool, Ns, bool)) {
        let (pod, order) = (self.request.backend, self.order());
        let reading = Ns::from(read) * READ;
        let fallback = self.add(Shape {
            pod,
            parent: Some(server),
            name: "payment.fallback",
            kind: INTERNAL,
            start: time,
            took: took + reading,
            attributes: vec![(
                "code.function.name",
                json!("checkout::payment::fallback::LegacyGateway::charge"),
            )],
        });
        if !answered {
            self.fail("LegacyGatewayTimeout", None);
        }
        if read {
            self.add(Shape {
                pod,
                parent: Some(&fallback),
                name: "GET",
                kind: CLIENT,
                start: time,
                took: reading,
                attributes: vec![
                    ("http.request.method", json!("GET")),
                    ("server.address", json!("vault.platform.svc")),
                    ("server.port", json!(8200)),
                    ("url.path", json!(format!("/v1/{LEGACY_SECRET}"))),
                ],
            });
            self.log(
                pod,
                time + reading,
                "INFO",
                &fallback,
                "legacy gateway credential loaded, version 3".into(),
            );
        }
        let start = time + reading;
        self.add(Shape {
            pod,
            parent: Some(&fallback),
            name: &format!("POST {LEGACY_HOST}"),
            kind: CLIENT,
            start,
            took,
            attributes: vec![
                ("http.request.method", json!("POST")),
                ("server.address", json!(LEGACY_HOST)),
                ("server.port", json!(LEGACY_PORT)),
                ("network.peer.address", json!("203.0.113.77")),
            ],
        });
        if answered {
            return;
        }
        self.fail("LegacyGatewayTimeout", None);
        let body = format!(
            "legacy gateway did not answer within {} ms, order {order} left pending",
            LEGACY_TIMEOUT / MILLI
        );
        self.log(pod, start + took, "ERROR", &fallback, body);
        // Said by the HTTP library, in no diff of this repository.
        if self.rng.chance(45) {
            let queued = self.rng.between(2, 19);
            let body = format!(
                "connection pool for {LEGACY_HOST}:{LEGACY_PORT} exhausted: 8 of 8 in use, {queued} waiting"
            );
            self.log(pod, start + 900 * MILLI, "ERROR", &fallback, body);
        }
    }
}
