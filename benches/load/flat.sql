-- The least that DuckDB can be asked for: one row a span, attributes as the list that was found.
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
                        attributes JSON, events JSON, status STRUCT(code INTEGER, message VARCHAR)
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
    span.events AS events,
    span.attributes AS attributes
FROM spans;
CHECKPOINT;
