-- What the panes and rules ask for: well-known attributes in columns, all of them as one JSON object.
CREATE TABLE record AS
WITH emitted AS (
    SELECT unnest(resourceSpans) AS emitter
    FROM read_json(
        '{file}',
        format = 'newline_delimited',
        columns = {
            resourceSpans: 'STRUCT(
                resource STRUCT(attributes STRUCT("key" VARCHAR, "value" STRUCT(stringValue VARCHAR))[]),
                scopeSpans STRUCT(
                    scope STRUCT("name" VARCHAR),
                    spans STRUCT(
                        traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, "name" VARCHAR, kind INTEGER,
                        startTimeUnixNano BIGINT, endTimeUnixNano BIGINT,
                        attributes STRUCT(
                            "key" VARCHAR,
                            "value" STRUCT(stringValue VARCHAR, intValue VARCHAR, doubleValue VARCHAR, boolValue VARCHAR)
                        )[],
                        events JSON, status STRUCT(code INTEGER, message VARCHAR)
                    )[]
                )[]
            )[]'
        }
    )
),
scoped AS (
    SELECT
        list_filter(emitter.resource.attributes, lambda pair: pair."key" = 'service.name')[1]."value".stringValue AS service_name,
        unnest(emitter.scopeSpans) AS scoped
    FROM emitted
),
spans AS (
    SELECT service_name, scoped.scope."name" AS scope_name, unnest(scoped.spans) AS span FROM scoped
),
keyed AS (
    SELECT
        service_name,
        scope_name,
        span,
        map_from_entries(list_transform(span.attributes, lambda pair: {
            'key': pair."key",
            'value': coalesce(pair."value".stringValue, pair."value".intValue, pair."value".doubleValue, pair."value".boolValue)
        })) AS attribute
    FROM spans
)
SELECT
    span.startTimeUnixNano AS ts_ns,
    span.traceId AS trace_id,
    span.spanId AS span_id,
    span.parentSpanId AS parent_span_id,
    service_name,
    scope_name,
    span."name" AS "name",
    span.kind AS kind,
    span.endTimeUnixNano - span.startTimeUnixNano AS duration_ns,
    span.status.code AS status_code,
    span.status.message AS status_message,
    attribute['error.type'] AS error_type,
    attribute['http.request.method'] AS http_request_method,
    attribute['http.route'] AS http_route,
    attribute['http.response.status_code']::INTEGER AS http_response_status_code,
    attribute['server.address'] AS server_address,
    attribute['server.port']::INTEGER AS server_port,
    attribute['db.system.name'] AS db_system_name,
    attribute['db.operation.name'] AS db_operation_name,
    concat_ws('/', attribute['rpc.service'], attribute['rpc.method']) AS rpc_method,
    span.events AS events,
    to_json(attribute)::VARCHAR AS attributes
FROM keyed;
CHECKPOINT;
