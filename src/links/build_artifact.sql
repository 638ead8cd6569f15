-- from: build
-- to: artifact
-- class: I
-- weight: 0.92
-- one: from
-- why: an attestation about the artifact names this run
SELECT
    'build:' || concat_ws('/', coalesce(b.repository, b.provider), b.run_id, coalesce(b.attempt, 1)) AS from_id,
    'artifact:' || s.digest AS to_id,
    'run ' || concat_ws(' attempt ', b.run_id, b.attempt) AS left_value,
    'run ' || concat_ws(' attempt ', a.run_id, a.attempt) AS right_value,
    b.file_id AS from_file_id, b."offset" AS from_offset, b.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.attestation AS a
JOIN base.attestation_subject AS s USING (statement)
JOIN base.build AS b ON b.run_id = a.run_id AND (b.repository IS NULL OR a.repository IS NULL OR b.repository = a.repository)
    AND (a.attempt IS NULL OR coalesce(b.attempt, 1) = a.attempt)
WHERE NOT coalesce(s.is_source, FALSE)
