-- from: build
-- to: gate_decision
-- class: I
-- weight: 0.92
-- one: none
-- why: the decision let this run go on or stopped it
SELECT
    'build:' || concat_ws('/', coalesce(b.repository, b.provider), b.run_id, coalesce(b.attempt, 1)) AS from_id,
    'gate_decision:' || concat_ws('/', g.repository, g.gate, g.run_id, g.decision, g.approver, g.ts_ns) AS to_id,
    b.run_id AS left_value,
    g.run_id AS right_value,
    b.file_id AS from_file_id, b."offset" AS from_offset, b.length AS from_length,
    g.file_id AS to_file_id, g."offset" AS to_offset, g.length AS to_length
FROM base.gate_decision AS g
JOIN base.build AS b ON b.run_id = g.run_id AND (b.repository IS NULL OR g.repository IS NULL OR b.repository = g.repository)
