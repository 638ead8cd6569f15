//! The sample events, as rows of the tables that a case has and as an evaluator sees them.
//!
//! Shared by the suite and by the program that made `expected.tsv`. A row keeps the original event;
//! the view of an evaluator adds, under their Sigma names, the fields that a mapping renames, made
//! here by hand so that a wrong mapping shows.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// One event.
pub struct Event {
    /// Row number, unique: the `file_id` of the tests.
    pub id: i64,
    /// The relation that holds it: `access` or `turn`.
    pub table: &'static str,
    /// Typed columns of the relation.
    pub columns: Vec<(&'static str, String)>,
    /// Nanoseconds since 1970, where the event says.
    pub ts_ns: Option<i64>,
    /// The original event.
    pub document: Value,
    /// What an evaluator is given.
    pub view: Value,
    /// Product, service and category, as rules name them.
    pub source: [&'static str; 3],
}

/// Where the samples are, if they are.
pub fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    beside.join("cloudtrail").is_dir().then_some(beside)
}

/// All sample events, in a fixed order.
pub fn events(samples: &Path) -> Vec<Event> {
    let mut out = Corpus(Vec::new());
    for (folder, name, provider, source) in [
        ("cloudtrail", "", "aws", ["aws", "cloudtrail", ""]),
        (
            "sniff-fixtures-rsigma",
            "aws_cloudtrail",
            "aws",
            ["aws", "cloudtrail", ""],
        ),
        ("k8s-audit", "", "kubernetes", ["kubernetes", "audit", ""]),
        (
            "sniff-fixtures-rsigma",
            "k8s_audit",
            "kubernetes",
            ["kubernetes", "audit", ""],
        ),
        ("vault-audit", "", "vault", ["vault", "audit", ""]),
        ("github-audit", "", "github", ["github", "audit", ""]),
        (
            "sniff-fixtures-rsigma",
            "github_audit",
            "github",
            ["github", "audit", ""],
        ),
        ("gcp-audit", "", "gcp", ["gcp", "gcp.audit", ""]),
        (
            "sniff-fixtures-rsigma",
            "gcp_audit",
            "gcp",
            ["gcp", "gcp.audit", ""],
        ),
        ("azure-activity", "", "azure", ["azure", "activitylogs", ""]),
        (
            "sniff-fixtures-rsigma",
            "azure_",
            "azure",
            ["azure", "activitylogs", ""],
        ),
    ] {
        for document in documents(&samples.join(folder), name) {
            out.audit(provider, source, document);
        }
    }
    for document in documents(&samples.join("vpc-flow"), "")
        .into_iter()
        .chain(documents(&samples.join("hubble"), ""))
    {
        out.flow(document);
    }
    for document in documents(&samples.join("agent-sessions"), "") {
        out.calls(&document, "");
    }
    out.0
}

struct Corpus(Vec<Event>);

impl Corpus {
    fn push(
        &mut self,
        table: &'static str,
        columns: Vec<(&'static str, String)>,
        source: [&'static str; 3],
        document: Value,
        extra: &[(&str, Value)],
    ) {
        let mut view = document.clone();
        if let Some(map) = view.as_object_mut() {
            for (name, value) in extra {
                if !value.is_null() {
                    map.insert((*name).to_owned(), value.clone());
                }
            }
        }
        let ts_ns = time(&document);
        let id = i64::try_from(self.0.len()).unwrap();
        self.0.push(Event {
            id,
            table,
            columns,
            ts_ns,
            document,
            view,
            source,
        });
    }

    fn audit(&mut self, provider: &'static str, source: [&'static str; 3], document: Value) {
        let at = |pointer: &str| document.pointer(pointer).cloned().unwrap_or_default();
        let mut extra = match provider {
            "kubernetes" => vec![
                ("resource", at("/objectRef/resource")),
                ("subresource", at("/objectRef/subresource")),
                ("namespace", at("/objectRef/namespace")),
                ("username", at("/user/username")),
                ("groups", at("/user/groups")),
                (
                    "hostPath",
                    each(&at("/requestObject/spec/volumes"), "/hostPath/path"),
                ),
                (
                    "annotations.authorization.k8s.io/decision",
                    at("/annotations/authorization.k8s.io~1decision"),
                ),
                (
                    "annotations.authorization.k8s.io/reason",
                    at("/annotations/authorization.k8s.io~1reason"),
                ),
            ],
            "gcp" => vec![
                ("gcp.audit.method_name", at("/protoPayload/methodName")),
                ("gcp.audit.service_name", at("/protoPayload/serviceName")),
                ("gcp.audit.resource_name", at("/protoPayload/resourceName")),
                (
                    "principalEmail",
                    at("/protoPayload/authenticationInfo/principalEmail"),
                ),
            ],
            "azure" => vec![
                ("OperationName", at("/operationName")),
                ("Category", at("/category")),
            ],
            _ => Vec::new(),
        };
        extra.retain(|(name, value)| !value.is_null() && document.get(*name).is_none());
        let columns = vec![
            ("kind", String::from("api")),
            ("provider", provider.to_owned()),
        ];
        self.push("access", columns, source, document, &extra);
    }

    fn flow(&mut self, document: Value) {
        let text = |pointer: &str| {
            document
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let query = text("/query_name").or_else(|| text("/flow/l7/dns/query"));
        let source = text("/srcaddr").or_else(|| text("/flow/IP/source"));
        let target = text("/flow/IP/destination");
        let verb = if query.is_some() {
            "resolve"
        } else {
            "connect"
        };
        let object = query.clone().or_else(|| target.clone());
        let port = [
            "/flow/l4/TCP/destination_port",
            "/flow/l4/UDP/destination_port",
        ];
        let port = port
            .iter()
            .find_map(|pointer| document.pointer(pointer))
            .cloned();
        let mut columns = vec![("kind", String::from("network")), ("verb", verb.to_owned())];
        columns.extend(object.clone().map(|object| ("object", object)));
        columns.extend(source.clone().map(|source| ("source_address", source)));
        let category = if query.is_some() {
            "dns"
        } else {
            "network_connection"
        };
        let extra = [
            ("query", json!(query)),
            ("SourceIp", json!(source)),
            ("src_ip", json!(source)),
            ("DestinationIp", json!(target.or(object))),
            ("DestinationPort", port.unwrap_or_default()),
            (
                "action",
                document
                    .pointer("/flow/verdict")
                    .cloned()
                    .unwrap_or_default(),
            ),
        ];
        self.push("access", columns, ["", "", category], document, &extra);
    }

    fn calls(&mut self, value: &Value, session: &str) {
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.calls(value, session)),
            Value::Object(map) => {
                let session = map
                    .get("sessionId")
                    .and_then(Value::as_str)
                    .unwrap_or(session);
                if let (Some("tool_use"), Some(name), Some(input)) = (
                    map.get("type").and_then(Value::as_str),
                    map.get("name").and_then(Value::as_str),
                    map.get("input").filter(|input| input.is_object()),
                ) {
                    self.call(name, session, input.clone());
                }
                map.values().for_each(|value| self.calls(value, session));
            }
            _ => {}
        }
    }

    fn call(&mut self, name: &str, session: &str, input: Value) {
        let file = input
            .get("file_path")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mut columns = vec![
            ("kind", String::from("tool_call")),
            ("name", name.to_owned()),
            ("session_id", session.to_owned()),
        ];
        columns.extend(file.clone().map(|file| ("file_path", file)));
        let extra = [
            ("tool", json!(name)),
            ("session", json!(session)),
            (
                "CommandLine",
                input.get("command").cloned().unwrap_or_default(),
            ),
            ("TargetFilename", json!(file)),
        ];
        self.push("turn", columns, ["agent", "tool", ""], input, &extra);
    }
}

fn each(list: &Value, pointer: &str) -> Value {
    let found: Vec<_> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| value.pointer(pointer))
        .cloned()
        .collect();
    if found.is_empty() {
        Value::Null
    } else {
        Value::Array(found)
    }
}

fn time(document: &Value) -> Option<i64> {
    let text = [
        "/eventTime",
        "/requestReceivedTimestamp",
        "/timestamp",
        "/time",
        "/flow/time",
        "/query_timestamp",
    ];
    let text = text
        .iter()
        .find_map(|pointer| document.pointer(pointer).and_then(Value::as_str))?;
    let parsed = chrono::DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let parsed = parsed.or_else(|_| {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
            .map(|time| time.and_utc())
    });
    // Whole seconds, as the evaluator of correlations counts them.
    parsed.ok().map(|time| time.timestamp() * 1_000_000_000)
}

fn documents(folder: &Path, name: &str) -> Vec<Value> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.retain(|path| {
        path.file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(name))
    });
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let text = std::fs::read(&path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        match path.extension().and_then(|ext| ext.to_str()) {
            Some("json" | "jsonl") => {
                for value in serde_json::Deserializer::from_str(&text)
                    .into_iter::<Value>()
                    .map_while(Result::ok)
                {
                    unpack(value, &mut out);
                }
            }
            Some("yaml") => {
                let value: Value = serde_saphyr::from_str(&text).unwrap_or_default();
                let entries = value
                    .pointer("/0/entries")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                out.extend(entries.iter().filter_map(|entry| {
                    let mut event = entry.get("jsonPayload")?.as_object()?.clone();
                    event.insert(String::from("time"), entry.get("timestamp")?.clone());
                    Some(Value::Object(event))
                }));
            }
            _ => {}
        }
    }
    out
}

fn unpack(value: Value, out: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.into_iter().for_each(|value| unpack(value, out)),
        Value::Object(mut map) if map.get("Records").is_some_and(Value::is_array) => {
            unpack(map.remove("Records").unwrap_or_default(), out);
        }
        Value::Object(map) => out.push(Value::Object(Map::from_iter(map))),
        _ => {}
    }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else {
            out.push(path);
        }
    }
}
