-- from: session
-- to: commit
-- class: I
-- weight: 0.85
-- one: none
-- why: the commit's trailer Entire-Checkpoint names the checkpoint that holds the session
WITH trailer AS (
    SELECT sha, unnest(list_distinct(regexp_extract_all(trailers, '(?im)^Entire-Checkpoint:[ \t]*([0-9A-Za-z]{12,64})\s*$', 1))) AS checkpoint,
           file_id, "offset", length
    FROM base.commit
    WHERE contains(lower(trailers), 'entire-checkpoint:')
),
named AS (
    SELECT sha, checkpoint, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM trailer
    GROUP BY ALL
),
held AS (
    SELECT tool, session_id, checkpoint_id, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM base.session
    WHERE checkpoint_id IS NOT NULL AND session_id IS NOT NULL
    GROUP BY ALL
)
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'commit:' || n.sha AS to_id,
    s.checkpoint_id AS left_value,
    n.checkpoint AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    n.file_id AS to_file_id, n."offset" AS to_offset, n.length AS to_length
FROM named AS n
JOIN held AS s ON s.checkpoint_id = n.checkpoint
