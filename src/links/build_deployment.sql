-- from: build
-- to: deployment
-- class: I
-- weight: 0.92
-- one: from
-- why: the deployment was made by this run
SELECT
    'build:' || concat_ws('/', coalesce(b.repository, b.provider), b.run_id, coalesce(b.attempt, 1)) AS from_id,
    'deployment:' || d.provider || ':' || d.change_id AS to_id,
    b.run_id AS left_value,
    d.run_id AS right_value,
    b.file_id AS from_file_id, b."offset" AS from_offset, b.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length
FROM (
    SELECT provider, change_id, repository, run_id, file_id, "offset", length FROM base.change WHERE kind = 'deploy'
    UNION ALL
    SELECT provider, change_id, repository, run_id, file_id, "offset", length FROM base.change_status
) AS d
JOIN base.build AS b ON b.run_id = d.run_id AND (b.repository IS NULL OR d.repository IS NULL OR b.repository = d.repository)
