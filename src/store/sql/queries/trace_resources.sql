-- The resources that speak in a trace.
SELECT DISTINCT 'resource:' || span_hex(resource_id) AS id
FROM base.span
WHERE trace_id_hi = $hi AND trace_id_lo = $lo AND resource_id IS NOT NULL
ORDER BY id
