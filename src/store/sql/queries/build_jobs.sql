-- The jobs of a run.
SELECT name, status, conclusion, runner, started_ns, finished_ns, steps
FROM base.job WHERE run_id = $run AND coalesce(attempt, 1) = $attempt
QUALIFY row_number() OVER (PARTITION BY job_id ORDER BY conclusion IS NULL, ts_ns DESC NULLS LAST, file_id, "offset") = 1
ORDER BY started_ns NULLS LAST, name LIMIT 500
