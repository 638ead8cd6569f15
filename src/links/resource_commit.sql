-- from: commit
-- to: resource
-- class: I
-- weight: 0.95
-- one: from
-- why: the telemetry states the revision that was built
SELECT
    'commit:' || c.sha AS from_id,
    'resource:' || span_hex(r.resource_id) AS to_id,
    c.sha AS left_value,
    coalesce(r.vcs_ref_head_revision, r.service_version) AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    r.file_id AS to_file_id, r."offset" AS to_offset, r.length AS to_length
FROM base.resource AS r
JOIN base.commit AS c
    ON c.sha = r.vcs_ref_head_revision
    OR (r.vcs_ref_head_revision IS NULL AND regexp_full_match(r.service_version, '[0-9a-f]{7,40}') AND starts_with(c.sha, r.service_version))
