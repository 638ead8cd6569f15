-- from: gate_decision
-- to: deployment
-- class: I
-- weight: 0.92
-- one: none
-- why: the decision was about the run that made the deployment
SELECT
    'gate_decision:' || concat_ws('/', g.repository, g.gate, g.run_id, g.decision, g.approver, g.ts_ns) AS from_id,
    'deployment:' || d.provider || ':' || d.change_id AS to_id,
    'run ' || g.run_id || ' ' || g.environment AS left_value,
    'run ' || d.run_id || ' ' || d.environment AS right_value,
    g.file_id AS from_file_id, g."offset" AS from_offset, g.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length
FROM base.gate_decision AS g
JOIN (
    SELECT provider, change_id, run_id, environment, file_id, "offset", length FROM base.change WHERE kind = 'deploy'
    UNION ALL
    SELECT provider, change_id, run_id, environment, file_id, "offset", length FROM base.change_status
) AS d ON d.run_id = g.run_id AND (d.environment IS NULL OR g.environment IS NULL OR d.environment = g.environment)
