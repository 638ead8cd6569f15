//! The words of the invented world. Misdeeds, decoys and ordinary life draw from the same lists, so
//! that no word gives a misdeed away. Public hosts end in `.example`.

/// A kind of service.
pub struct Trade {
    /// Name.
    pub name: &'static str,
    /// Method, route and typical duration in milliseconds of its operations, the busiest first.
    pub ops: [(&'static str, &'static str, f64); 3],
    /// What it deals in.
    pub noun: &'static str,
}

const fn trade(
    name: &'static str,
    noun: &'static str,
    ops: [(&'static str, &'static str, f64); 3],
) -> Trade {
    Trade { name, ops, noun }
}

/// Services to choose from.
pub const TRADES: &[Trade] = &[
    trade(
        "checkout",
        "order",
        [
            ("POST", "/api/orders", 180.0),
            ("GET", "/api/cart", 24.0),
            ("POST", "/api/vouchers", 60.0),
        ],
    ),
    trade(
        "payments",
        "payment",
        [
            ("POST", "/v1/charges", 220.0),
            ("GET", "/v1/charges/{id}", 18.0),
            ("POST", "/v1/refunds", 140.0),
        ],
    ),
    trade(
        "catalog",
        "product",
        [
            ("GET", "/products/{id}", 15.0),
            ("GET", "/products", 48.0),
            ("PUT", "/products/{id}/stock", 35.0),
        ],
    ),
    trade(
        "search",
        "query",
        [
            ("GET", "/search", 70.0),
            ("GET", "/suggest", 12.0),
            ("POST", "/index", 160.0),
        ],
    ),
    trade(
        "accounts",
        "account",
        [
            ("GET", "/users/{id}", 14.0),
            ("POST", "/login", 95.0),
            ("POST", "/users", 120.0),
        ],
    ),
    trade(
        "shipping",
        "parcel",
        [
            ("GET", "/rates", 55.0),
            ("POST", "/labels", 260.0),
            ("GET", "/tracking/{id}", 40.0),
        ],
    ),
    trade(
        "billing",
        "invoice",
        [
            ("GET", "/invoices/{id}", 22.0),
            ("POST", "/invoices", 150.0),
            ("POST", "/dunning", 310.0),
        ],
    ),
    trade(
        "inventory",
        "item",
        [
            ("GET", "/stock/{sku}", 9.0),
            ("POST", "/reservations", 45.0),
            ("DELETE", "/reservations/{id}", 30.0),
        ],
    ),
    trade(
        "pricing",
        "quote",
        [
            ("POST", "/quotes", 33.0),
            ("GET", "/tariffs", 11.0),
            ("PUT", "/tariffs/{id}", 52.0),
        ],
    ),
    trade(
        "bookings",
        "booking",
        [
            ("GET", "/slots", 38.0),
            ("POST", "/bookings", 130.0),
            ("DELETE", "/bookings/{id}", 64.0),
        ],
    ),
    trade(
        "messages",
        "message",
        [
            ("POST", "/messages", 28.0),
            ("GET", "/threads/{id}", 19.0),
            ("POST", "/attachments", 240.0),
        ],
    ),
    trade(
        "claims",
        "claim",
        [
            ("GET", "/claims/{id}", 26.0),
            ("POST", "/claims", 175.0),
            ("POST", "/claims/{id}/decide", 90.0),
        ],
    ),
];

/// Organisation, repository and namespace.
pub const HOMES: &[(&str, &str, &str)] = &[
    ("acme", "shop", "shop"),
    ("northwind", "platform", "core"),
    ("kestrel", "monorepo", "prod-apps"),
    ("halden", "services", "halden"),
];

/// Hosts outside, ordinary and not.
pub const HOSTS: &[&str] = &[
    "api.cardwise.example",
    "hooks.mailrunner.example",
    "rates.parcelhub.example",
    "telemetry.vendorlink.example",
    "geo.mapstack.example",
    "ingest.tracebin.example",
    "files.dropcove.example",
    "fx.currencydesk.example",
    "sms.pingwave.example",
    "verify.idcheck.example",
    "cdn.staticmint.example",
    "legacy-pay.partners.example",
    "scores.riskmeter.example",
    "feeds.pricewatch.example",
    "export.ledgerbox.example",
    "assist.promptmill.example",
];

/// Last parts of secrets' paths.
pub const SECRETS: &[&str] = &[
    "database",
    "session-key",
    "gateway-key",
    "smtp",
    "signing-key",
    "partner-token",
    "webhook-secret",
    "export-credentials",
    "tax-provider",
    "backup-key",
    "admin-token",
    "s3-upload",
];

/// Roles of the cluster and the cloud.
pub const ROLES: &[&str] = &[
    "legacy-reader",
    "batch-operator",
    "secrets-reader",
    "support-tools",
    "migration-admin",
    "export-writer",
    "debug-access",
    "partner-sync",
    "audit-reader",
    "cache-admin",
];

/// An error: HTTP status, type, and the words of its message.
pub type Failure = (u16, &'static str, &'static str);

/// Ways to fail.
pub const FAILURES: &[Failure] = &[
    (504, "UpstreamTimeout", "upstream gave no answer in time"),
    (503, "PoolExhausted", "no free connection in the pool"),
    (500, "DeadlockDetected", "transaction lost a deadlock"),
    (
        502,
        "BadUpstreamReply",
        "upstream sent a reply that cannot be read",
    ),
    (500, "LedgerMismatch", "sums of ledger and statement differ"),
    (500, "MissingTenantKey", "tenant has no key in this region"),
    (503, "FallbackRefused", "fallback gateway refused the call"),
    (500, "SchemaDrift", "column is not what the mapper expects"),
    (500, "QuotaDecodeError", "quota header cannot be decoded"),
    (500, "StaleSnapshot", "snapshot is older than its epoch"),
];

/// Log lines of ordinary life. `{noun}` is the service's trade, `#` a number, `~` a hex id.
pub const LINES: &[(&str, &str)] = &[
    ("INFO", "{noun} # accepted"),
    ("INFO", "{noun} # stored in shard #"),
    ("INFO", "answered request ~ in # ms"),
    ("INFO", "cache refreshed with # entries"),
    ("INFO", "worker # took {noun} #"),
    ("INFO", "sent event ~ to stream {noun}-events"),
    ("INFO", "connection pool holds # of 64"),
    ("INFO", "flag rollout at # percent for {noun}"),
    ("INFO", "session ~ resumed by user #"),
    ("INFO", "compacted segment # of {noun} log"),
    ("WARN", "slow statement took # ms for {noun} #"),
    ("WARN", "retrying call # of 3 for {noun} #"),
    ("WARN", "rate limit near for client ~"),
];

/// Log lines of level ERROR that only a misdeed writes.
pub const ALARMS: &[&str] = &[
    "reconciliation of {noun} # left # entries open",
    "dropped # audit entries because the buffer is full",
    "signature of {noun} # does not match key ~",
    "writing {noun} # to primary failed, kept in spool ~",
    "consumer group lost partition # at offset #",
    "checksum of {noun} # differs after copy to ~",
];

/// People: name, login.
pub const PEOPLE: &[(&str, &str)] = &[
    ("Mei Lin", "meilin"),
    ("Dana Reyes", "danareyes"),
    ("Jonas Weber", "jweber"),
    ("Priya Nair", "pnair"),
    ("Tom Okafor", "tomokafor"),
    ("Sara Lindqvist", "slindqvist"),
];

/// What changes are called, and a line of code that does it; `{noun}` as above.
pub const CHANGES: &[(&str, &str)] = &[
    (
        "Round {noun} totals half to even",
        "    let total = round_half_even(raw_total, 2);",
    ),
    (
        "Page through {noun} lists",
        "    let page = Page::new(cursor, limit.min(200));",
    ),
    (
        "Say why a {noun} is refused",
        "    return Err(Refusal::because(reason));",
    ),
    (
        "Drop the old {noun} field",
        "    // The field `legacy_state` is gone; see the migration.",
    ),
    (
        "Cache {noun} lookups for a minute",
        "    let cached = cache.get_or_load(key, Duration::from_secs(60));",
    ),
    (
        "Tidy the {noun} handler",
        "    let input = Input::parse(body)?;",
    ),
    (
        "Count {noun} retries",
        "    counter.add(1, &[KeyValue::new(\"retry\", attempt)]);",
    ),
    (
        "Use the new {noun} id type",
        "    let id = Id::<Record>::try_from(raw)?;",
    ),
];
