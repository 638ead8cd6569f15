-- When an instance was seen, and with which digest.
SELECT ts_ns, state, digest, restarts, started_ns, ended_ns FROM base.instance
WHERE concat_ws('/', namespace, name, container) = $key ORDER BY ts_ns, file_id LIMIT 500
