-- from: commit
-- to: artifact
-- class: S
-- weight: 0.97
-- one: from
-- why: the provenance of this digest states the commit's full id as its source
SELECT
    'commit:' || a.sha AS from_id,
    'artifact:' || s.digest AS to_id,
    a.sha AS left_value,
    s.digest AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.attestation AS a
JOIN base.attestation_subject AS s USING (statement)
LEFT JOIN base.commit AS c ON c.sha = a.sha
WHERE a.sha IS NOT NULL AND NOT coalesce(s.is_source, FALSE)
