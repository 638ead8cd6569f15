-- from: commit
-- to: review
-- class: I
-- weight: 0.95
-- one: from
-- why: the review was made at this commit
SELECT
    'commit:' || v.sha AS from_id,
    'review:' || concat_ws('#', v.repository, v.number) || ':' || coalesce(v.review_id, concat_ws('@', v.reviewer, v.sha)) AS to_id,
    v.sha AS left_value,
    v.sha AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    v.file_id AS to_file_id, v."offset" AS to_offset, v.length AS to_length
FROM base.review AS v
LEFT JOIN base.commit AS c ON c.sha = v.sha
WHERE v.sha IS NOT NULL
