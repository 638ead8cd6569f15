//! Which table answers for a log source, and what its fields are called there.
//!
//! A mapping is data: a relation, a condition, and names. Every event has its original text in one
//! JSON column; a field of a rule is a path into it, unless the mapping renames it to other paths or
//! to a typed column. What no mapping takes is *not evaluable*, and said to be.

use serde::Serialize;

/// The log source of a rule, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogSource {
    /// `aws`, `kubernetes`, …
    pub product: Option<String>,
    /// `cloudtrail`, `audit`, …
    pub service: Option<String>,
    /// `network_connection`, …
    pub category: Option<String>,
}

impl std::fmt::Display for LogSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |part: &Option<String>| part.clone().unwrap_or_else(|| String::from("*"));
        write!(
            out,
            "{}/{}/{}",
            name(&self.product),
            name(&self.service),
            name(&self.category)
        )
    }
}

impl LogSource {
    /// Whether everything that `self` states is stated the same by `rule`.
    #[must_use]
    pub fn takes(&self, rule: &Self) -> bool {
        let same = |mine: &Option<String>, other: &Option<String>| mine.is_none() || mine == other;
        same(&self.product, &rule.product)
            && same(&self.service, &rule.service)
            && same(&self.category, &rule.category)
    }
}

/// Where the value of a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A path of keys in the original event.
    Path(&'static [&'static str]),
    /// A typed column of the relation.
    Column(&'static str),
}

/// One log source.
#[derive(Debug, Clone, Copy)]
pub struct Mapping {
    /// Its name, for people.
    pub name: &'static str,
    /// Products that it answers for; none: any.
    pub products: &'static [&'static str],
    /// Services that it answers for; none: any.
    pub services: &'static [&'static str],
    /// Categories that it answers for; none: any.
    pub categories: &'static [&'static str],
    /// The table or view, with `file_id`, `"offset"`, `length` and `ts_ns`.
    pub relation: &'static str,
    /// Condition on the relation.
    pub filter: &'static str,
    /// Expression of the original event's JSON text.
    pub document: &'static str,
    /// Fields that stand elsewhere than their name says; the first source that is there counts.
    pub renames: &'static [(&'static str, &'static [Source])],
    /// Paths below which the rest of a field name is one key, whatever its dots.
    pub opaque: &'static [&'static str],
}

use Source::{Column, Path};

const ACCESS: &str = "main.access";

/// All mappings. The first that takes a log source answers for it.
pub const ALL: &[Mapping] = &[
    Mapping {
        name: "AWS CloudTrail",
        products: &["aws"],
        services: &["cloudtrail"],
        filter: "provider = 'aws'",
        ..EMPTY
    },
    Mapping {
        name: "Kubernetes audit",
        products: &["kubernetes"],
        services: &["audit"],
        filter: "provider = 'kubernetes'",
        renames: &[
            ("resource", &[Path(&["objectRef", "resource"])]),
            ("subresource", &[Path(&["objectRef", "subresource"])]),
            ("namespace", &[Path(&["objectRef", "namespace"])]),
            ("name", &[Path(&["objectRef", "name"])]),
            ("apiGroup", &[Path(&["objectRef", "apiGroup"])]),
            ("username", &[Path(&["user", "username"])]),
            ("groups", &[Path(&["user", "groups"])]),
            (
                "hostPath",
                &[Path(&[
                    "requestObject",
                    "spec",
                    "volumes",
                    "hostPath",
                    "path",
                ])],
            ),
            (
                "capabilities",
                &[Path(&[
                    "requestObject",
                    "spec",
                    "containers",
                    "securityContext",
                    "capabilities",
                    "add",
                ])],
            ),
        ],
        opaque: &[
            "annotations",
            "requestObject.metadata.annotations",
            "requestObject.metadata.labels",
            "responseObject.metadata.annotations",
            "responseObject.metadata.labels",
        ],
        ..EMPTY
    },
    Mapping {
        name: "HashiCorp Vault audit",
        products: &["vault", "hashicorp"],
        services: &["audit", "vault"],
        filter: "provider = 'vault'",
        ..EMPTY
    },
    Mapping {
        name: "GitHub audit",
        products: &["github"],
        services: &["audit"],
        filter: "provider = 'github'",
        ..EMPTY
    },
    Mapping {
        name: "GCP audit",
        products: &["gcp", "google_cloud"],
        services: &["gcp.audit", "audit"],
        filter: "provider = 'gcp'",
        renames: &[
            (
                "gcp.audit.method_name",
                &[Path(&["protoPayload", "methodName"])],
            ),
            (
                "gcp.audit.service_name",
                &[Path(&["protoPayload", "serviceName"])],
            ),
            (
                "gcp.audit.resource_name",
                &[Path(&["protoPayload", "resourceName"])],
            ),
            (
                "gcp.audit.authentication_info.principal_email",
                &[Path(&[
                    "protoPayload",
                    "authenticationInfo",
                    "principalEmail",
                ])],
            ),
            (
                "principalEmail",
                &[Path(&[
                    "protoPayload",
                    "authenticationInfo",
                    "principalEmail",
                ])],
            ),
        ],
        opaque: &["labels", "resource.labels"],
        ..EMPTY
    },
    Mapping {
        name: "Azure activity and audit",
        products: &["azure"],
        services: &["activitylogs", "azureactivity", "auditlogs", "signinlogs"],
        filter: "provider = 'azure'",
        renames: &[
            ("ResourceId", &[Path(&["resourceId"])]),
            ("OperationName", &[Path(&["operationName"])]),
            ("Category", &[Path(&["category"])]),
            (
                "properties.message",
                &[Path(&["properties", "message"]), Path(&["operationName"])],
            ),
            (
                "userPrincipalName",
                &[
                    Path(&["properties", "userPrincipalName"]),
                    Path(&["properties", "initiatedBy", "user", "userPrincipalName"]),
                ],
            ),
        ],
        ..EMPTY
    },
    Mapping {
        name: "DNS queries",
        categories: &["dns", "dns_query"],
        filter: "kind = 'network' AND verb IN ('resolve', 'dns')",
        renames: &[
            ("query", &[Column("object")]),
            ("QueryName", &[Column("object")]),
            ("src_ip", &[Column("source_address")]),
            ("record_type", &[Path(&["query_type"])]),
        ],
        ..EMPTY
    },
    Mapping {
        name: "Network connections",
        categories: &["network_connection", "firewall"],
        filter: "kind = 'network'",
        renames: &[
            ("SourceIp", &[Column("source_address")]),
            ("src_ip", &[Column("source_address")]),
            (
                "DestinationIp",
                &[
                    Path(&["dstaddr"]),
                    Path(&["flow", "IP", "destination"]),
                    Column("object"),
                ],
            ),
            (
                "dst_ip",
                &[
                    Path(&["dstaddr"]),
                    Path(&["flow", "IP", "destination"]),
                    Column("object"),
                ],
            ),
            (
                "DestinationHostname",
                &[Path(&["flow", "destination_names"]), Column("object")],
            ),
            ("DestinationPort", PORT),
            ("dst_port", PORT),
            ("User", &[Column("principal")]),
            (
                "action",
                &[
                    Path(&["action"]),
                    Path(&["flow", "verdict"]),
                    Column("result"),
                ],
            ),
        ],
        ..EMPTY
    },
    Mapping {
        name: "Agent tool calls",
        products: &["agent"],
        services: &["tool"],
        relation: "main.turn",
        filter: "kind = 'tool_call'",
        document: "input",
        renames: &[
            ("tool", &[Column("name")]),
            ("agent", &[Column("tool")]),
            ("session", &[Column("session_id")]),
            ("CommandLine", &[Path(&["command"])]),
            (
                "TargetFilename",
                &[Column("file_path"), Path(&["file_path"])],
            ),
            ("url", &[Column("url"), Path(&["url"])]),
            ("model", &[Column("model")]),
        ],
        ..EMPTY
    },
    Mapping {
        name: "OpenTelemetry spans",
        products: &["otel", "opentelemetry"],
        services: &["traces", "spans"],
        relation: "main.span",
        filter: "true",
        document: "attributes",
        renames: &[
            ("name", &[Column("name")]),
            ("kind", &[Column("kind")]),
            ("service.name", &[Column("service_name")]),
            ("status.code", &[Column("status_code")]),
            ("status.message", &[Column("status_message")]),
            ("error.type", &[Column("error_type")]),
            ("http.request.method", &[Column("http_request_method")]),
            ("http.route", &[Column("http_route")]),
            (
                "http.response.status_code",
                &[Column("http_response_status_code")],
            ),
            ("server.address", &[Column("server_address")]),
            ("server.port", &[Column("server_port")]),
            ("db.system.name", &[Column("db_system_name")]),
            ("db.operation.name", &[Column("db_operation_name")]),
            ("duration_ns", &[Column("duration_ns")]),
        ],
        ..EMPTY
    },
    Mapping {
        name: "OpenTelemetry logs",
        products: &["otel", "opentelemetry"],
        services: &["logs"],
        relation: "main.log",
        filter: "true",
        document: "attributes",
        renames: &[
            ("body", &[Column("body")]),
            ("severity", &[Column("severity_text")]),
            ("severity_number", &[Column("severity_number")]),
            ("service.name", &[Column("service_name")]),
            ("event.name", &[Column("event_name")]),
            ("scope", &[Column("scope_name")]),
        ],
        ..EMPTY
    },
];

const PORT: &[Source] = &[
    Path(&["dstport"]),
    Path(&["flow", "l4", "TCP", "destination_port"]),
    Path(&["flow", "l4", "UDP", "destination_port"]),
];

const EMPTY: Mapping = Mapping {
    name: "",
    products: &[],
    services: &[],
    categories: &[],
    relation: ACCESS,
    filter: "",
    document: "event",
    renames: &[],
    opaque: &[],
};

impl Mapping {
    /// Whether the mapping answers for `source`.
    ///
    /// What the rule states must be among what the mapping states, and the product or the category
    /// must be stated by both: `product: windows` alone is no network connection, and
    /// `service: audit` alone says nothing.
    #[must_use]
    pub fn takes(&self, source: &LogSource) -> bool {
        let mut common = false;
        for (stated, mine, is_telling) in [
            (&source.product, self.products, true),
            (&source.service, self.services, false),
            (&source.category, self.categories, true),
        ] {
            let Some(stated) = stated else { continue };
            if mine.contains(&stated.as_str()) {
                common |= is_telling;
            } else if !mine.is_empty() {
                return false;
            }
        }
        common
    }

    /// The sources of `field`, where it is renamed.
    #[must_use]
    pub fn sources(&self, field: &str) -> &'static [Source] {
        let found = self.renames.iter().find(|(name, _)| *name == field);
        found.map_or(&[], |(_, sources)| sources)
    }

    /// The keys that `field` walks through.
    #[must_use]
    pub fn keys<'f>(&self, field: &'f str) -> Vec<&'f str> {
        for path in self.opaque {
            if let Some(key) = field
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('.'))
            {
                return field[..path.len()].split('.').chain([key]).collect();
            }
        }
        field.split('.').collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(product: &str, service: &str, category: &str) -> &'static str {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let source = LogSource {
            product: part(product),
            service: part(service),
            category: part(category),
        };
        ALL.iter()
            .find(|mapping| mapping.takes(&source))
            .map_or("", |mapping| mapping.name)
    }

    #[test]
    fn a_log_source_finds_its_table_or_none() {
        assert_eq!(name("aws", "cloudtrail", ""), "AWS CloudTrail");
        assert_eq!(name("aws", "", ""), "AWS CloudTrail");
        assert_eq!(name("aws", "route53", ""), "");
        assert_eq!(
            name("kubernetes", "audit", "application"),
            "Kubernetes audit"
        );
        assert_eq!(
            name("windows", "", "network_connection"),
            "Network connections"
        );
        assert_eq!(name("", "", "dns"), "DNS queries");
        assert_eq!(name("windows", "", "process_creation"), "");
        assert_eq!(name("windows", "", ""), "");
        assert_eq!(name("", "audit", ""), "");
        assert_eq!(name("", "", ""), "");
        assert_eq!(name("agent", "tool", ""), "Agent tool calls");
    }

    #[test]
    fn dots_below_an_opaque_path_are_part_of_the_key() {
        let kubernetes = &ALL[1];
        assert_eq!(
            kubernetes.keys("annotations.authorization.k8s.io/decision"),
            ["annotations", "authorization.k8s.io/decision"]
        );
        assert_eq!(
            kubernetes.keys("objectRef.resource"),
            ["objectRef", "resource"]
        );
    }
}
