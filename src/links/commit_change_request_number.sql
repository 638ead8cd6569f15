-- from: change_request
-- to: commit
-- class: I
-- weight: 0.75
-- one: from
-- why: the commit's subject names the change request's number
SELECT
    'change_request:' || concat_ws('#', r.repository, r.number) AS from_id,
    'commit:' || c.sha AS to_id,
    '#' || r.number AS left_value,
    c.subject AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.commit AS c
JOIN base.change_request AS r
    ON r.number = TRY_CAST(coalesce(
        nullif(regexp_extract(c.subject, '\(#([0-9]+)\)$', 1), ''),
        nullif(regexp_extract(c.subject, '^Merge pull request #([0-9]+) ', 1), '')) AS BIGINT)
   AND (c.repository IS NULL OR r.repository IS NULL OR c.repository = r.repository)
