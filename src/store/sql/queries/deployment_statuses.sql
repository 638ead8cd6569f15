-- The states that a deployment passed through.
SELECT DISTINCT ts_ns, state, environment, description, actor FROM base.change_status
WHERE provider = $provider AND change_id = $change ORDER BY ts_ns, state LIMIT 500
