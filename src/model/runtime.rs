//! Tables about what ran: resources, spans, logs, metrics, access, identities, incidents.
//!
//! Columns use OpenTelemetry attribute names (semantic conventions 1.44) with dots turned to
//! underscores; both generations of a renamed attribute land in the new name's column.

use super::record::record;

record! {
    /// An OpenTelemetry resource: what emitted telemetry. Stored once per distinct attribute set.
    Resource RESOURCE "resource" {
        /// First 64 bits of the SHA-256 of the sorted attributes.
        resource_id: Uint,
        /// `service.name`.
        service_name: Name,
        /// `service.namespace`.
        service_namespace: Name,
        /// `service.version`.
        service_version: Name,
        /// `service.instance.id`.
        service_instance_id: Text,
        /// `deployment.environment.name`.
        deployment_environment_name: Name,
        /// `deployment.id`.
        deployment_id: Text,
        /// `vcs.ref.head.revision`.
        vcs_ref_head_revision: Text,
        /// `vcs.repository.url.full`, canonical.
        vcs_repository: Name,
        /// `container.image.name`.
        container_image_name: Name,
        /// First of `container.image.tags`.
        container_image_tag: Name,
        /// Digest from `oci.manifest.digest`, `container.image.repo_digests` or `container.image.id`.
        container_image_digest: Text,
        /// `container.id`.
        container_id: Text,
        /// `k8s.cluster.name`.
        k8s_cluster_name: Name,
        /// `k8s.namespace.name`.
        k8s_namespace_name: Name,
        /// `k8s.pod.name`.
        k8s_pod_name: Text,
        /// `k8s.pod.uid`.
        k8s_pod_uid: Text,
        /// `k8s.deployment.name`.
        k8s_deployment_name: Name,
        /// `k8s.node.name`.
        k8s_node_name: Name,
        /// `host.name`.
        host_name: Name,
        /// All attributes, as an object with sorted keys.
        attributes: Json,
    }
}

record! {
    /// A span.
    Span SPAN "span" {
        /// Trace.
        trace_id: TraceId,
        /// Span.
        span_id: SpanId,
        /// Parent span.
        parent_span_id: SpanId,
        /// The resource that emitted it.
        resource_id: Uint,
        /// `service.name` of the resource, repeated here because every question asks for it.
        service_name: Name,
        /// Instrumentation scope.
        scope_name: Name,
        /// Span name.
        name: Name,
        /// `internal`, `server`, `client`, `producer` or `consumer`.
        kind: Name,
        /// Duration in nanoseconds.
        duration_ns: Int,
        /// `unset`, `ok` or `error`.
        status_code: Name,
        /// Status message.
        status_message: Text,
        /// `error.type`.
        error_type: Name,
        /// `http.request.method`.
        http_request_method: Name,
        /// `http.route`.
        http_route: Name,
        /// `http.response.status_code`.
        http_response_status_code: Int,
        /// `server.address`, or the peer's name or address.
        server_address: Name,
        /// `server.port`.
        server_port: Int,
        /// `db.system.name`.
        db_system_name: Name,
        /// `db.operation.name`.
        db_operation_name: Name,
        /// `rpc.service` and `rpc.method`, joined by `/`.
        rpc_method: Name,
        /// Other attributes, as an object.
        attributes: Json,
    }
}

record! {
    /// An event inside a span, such as an exception.
    SpanEvent SPAN_EVENT "span_event" {
        /// Trace.
        trace_id: TraceId,
        /// Span.
        span_id: SpanId,
        /// Event name.
        name: Name,
        /// `exception.type`.
        exception_type: Name,
        /// `exception.message`.
        exception_message: Text,
        /// `exception.stacktrace`.
        exception_stacktrace: Text,
        /// Other attributes, as an object.
        attributes: Json,
    }
}

record! {
    /// A log record.
    Log LOG "log" {
        /// Trace, where the record carries one.
        trace_id: TraceId,
        /// Span, where the record carries one.
        span_id: SpanId,
        /// The resource that emitted it, where there is one.
        resource_id: Uint,
        /// Service.
        service_name: Name,
        /// OpenTelemetry severity number, 1 to 24.
        severity_number: Int,
        /// Severity as the source wrote it.
        severity_text: Name,
        /// Event name.
        event_name: Name,
        /// The message. Longer than 64 KiB is cut; the citation has all of it.
        body: Text,
        /// Pod, where the source says and there is no resource.
        k8s_pod_name: Text,
        /// Logger or instrumentation scope.
        scope_name: Name,
        /// Other fields, as an object.
        attributes: Json,
    }
}

record! {
    /// A metric series: one name and one set of labels.
    MetricSeries METRIC_SERIES "metric_series" {
        /// First 64 bits of the SHA-256 of name, resource and sorted labels.
        series_id: Uint,
        /// Metric name.
        name: Name,
        /// Unit.
        unit: Name,
        /// `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`, or `unknown`.
        kind: Name,
        /// `delta` or `cumulative`.
        temporality: Name,
        /// True for a counter.
        is_monotonic: Bool,
        /// The resource, where there is one.
        resource_id: Uint,
        /// Service, from the resource or the labels.
        service_name: Name,
        /// Labels, as an object with sorted keys.
        attributes: Json,
    }
}

record! {
    /// One point of a metric series.
    MetricPoint METRIC_POINT "metric_point" {
        /// Series.
        series_id: Uint,
        /// Value of a gauge or sum; sum of a histogram.
        value: Float,
        /// Count of a histogram or summary.
        count: Int,
        /// Histogram bounds and bucket counts, or quantiles, as an object.
        buckets: Json,
    }
}

record! {
    /// Somebody or something touched a secret, the network, a privilege, a process or a file.
    Access ACCESS "access" {
        /// `secret`, `network`, `privilege`, `process`, `file` or `api`.
        kind: Name,
        /// System that recorded it: `vault`, `kubernetes`, `aws`.
        provider: Name,
        /// Id of the event there.
        event_id: Text,
        /// OCSF class id (1.9), such as 6003 API Activity.
        class_uid: Int,
        /// Who acted, as the system names it.
        principal: Name,
        /// What the principal acted for: a service account behind a token, a role's session name.
        on_behalf_of: Name,
        /// The object: a secret's path, a host, a role.
        object: Name,
        /// What was done: `read`, `create`, `connect`.
        verb: Name,
        /// `success`, `denied` or `error`.
        result: Name,
        /// Error text or code.
        error: Text,
        /// Address it came from.
        source_address: Name,
        /// Client software.
        user_agent: Name,
        /// Cluster or account.
        account: Name,
        /// Namespace or region.
        region: Name,
        /// Pod that acted, where the record says.
        k8s_pod_name: Text,
        /// Service account that acted, as `namespace/name`.
        service_account: Name,
        /// Who gained a privilege by it: `namespace/name` of a service account, a role, a user; several
        /// are separated by blanks.
        grantee: Name,
        /// What was granted: a role or policy.
        granted: Name,
        /// True where the verb changes nothing.
        is_read: Bool,
        /// Fields that matter beyond these, as an object.
        attributes: Json,
        /// The whole event as the source wrote it, for rules that look at any field; absent where it is
        /// longer than 64 KiB or came in no form of its own.
        event: Json,
    }
}

record! {
    /// An identity that is not a person: service account, role, bot, agent.
    Identity IDENTITY "identity" {
        /// System.
        provider: Name,
        /// Its name there; the same form as `access.principal`.
        principal: Name,
        /// `service_account`, `role`, `bot`, `agent`, `user`.
        kind: Name,
        /// `namespace/name` of the Kubernetes service account behind it.
        service_account: Name,
        /// Owner, where stated.
        owner: Name,
        /// Policies or roles granted, separated by blanks.
        grants: Text,
    }
}

record! {
    /// An incident, alert or page.
    Incident INCIDENT "incident" {
        /// System.
        provider: Name,
        /// Id there.
        incident_id: Text,
        /// Title.
        title: Text,
        /// Severity as written.
        severity: Name,
        /// `triggered`, `acknowledged`, `resolved`.
        state: Name,
        /// Service.
        service: Name,
        /// Environment.
        environment: Name,
        /// End.
        resolved_ns: Time,
        /// Text.
        description: Text,
    }
}
