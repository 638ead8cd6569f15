-- from: release
-- to: deployment
-- class: I
-- weight: 0.92
-- one: none
-- when: released
-- why: the deployment states the release's service with its digest, commit or version
SELECT
    'release:' || r.id AS from_id,
    d.id AS to_id,
    r.id AS left_value,
    coalesce(d.image, d.version, d.sha) AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length
FROM base.release AS r
JOIN main.deployment AS d
    ON (d.digest = r.digest OR d.sha = r.sha OR ltrim(d.version, 'v') = ltrim(r.version, 'v'))
    AND (d.service IS NULL OR d.service = r.service)
    AND (d.environment IS NULL OR r.environment IS NULL OR d.environment = r.environment)
