-- from: change_request
-- to: review
-- class: I
-- weight: 0.92
-- one: from
-- why: the review belongs to this change request by repository and number
SELECT
    'change_request:' || concat_ws('#', r.repository, r.number) AS from_id,
    'review:' || concat_ws('#', v.repository, v.number) || ':' || coalesce(v.review_id, concat_ws('@', v.reviewer, v.sha)) AS to_id,
    concat_ws('#', r.repository, r.number) AS left_value,
    concat_ws('#', v.repository, v.number) AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    v.file_id AS to_file_id, v."offset" AS to_offset, v.length AS to_length
FROM base.review AS v
JOIN base.change_request AS r ON r.repository = v.repository AND r.number = v.number
