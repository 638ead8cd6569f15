-- from: artifact
-- to: resource
-- class: S
-- weight: 0.97
-- one: from
-- why: the telemetry names the digest of the image that emits it
SELECT
    'artifact:' || r.container_image_digest AS from_id,
    'resource:' || span_hex(r.resource_id) AS to_id,
    r.container_image_digest AS left_value,
    r.container_image_digest AS right_value,
    a.file_id AS from_file_id, a."offset" AS from_offset, a.length AS from_length,
    r.file_id AS to_file_id, r."offset" AS to_offset, r.length AS to_length
FROM base.resource AS r
LEFT JOIN base.artifact AS a ON a.digest = r.container_image_digest
WHERE r.container_image_digest IS NOT NULL
