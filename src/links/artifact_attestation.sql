-- from: artifact
-- to: attestation
-- class: S
-- weight: 0.97
-- one: none
-- why: the artifact's digest is a subject of the attestation
SELECT
    'artifact:' || s.digest AS from_id,
    'attestation:' || s.statement AS to_id,
    s.digest AS left_value,
    s.digest AS right_value,
    d.file_id AS from_file_id, d."offset" AS from_offset, d.length AS from_length,
    s.file_id AS to_file_id, s."offset" AS to_offset, s.length AS to_length
FROM base.attestation_subject AS s
LEFT JOIN base.artifact AS d ON d.digest = s.digest
WHERE NOT coalesce(s.is_source, FALSE) AND s.digest LIKE 'sha%:%'
