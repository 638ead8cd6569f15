-- from: session
-- to: commit
-- class: T
-- weight: 0.50
-- one: none
-- why: recovered: the commit's message, as a squash put it together, quotes a trailer that names the session's checkpoint
WITH quoted AS (
    SELECT sha, unnest(list_distinct(regexp_extract_all(body, '(?im)^[ \t]*Entire-Checkpoint:[ \t]*([0-9A-Za-z]{12,64})\s*$', 1))) AS checkpoint,
           file_id, "offset", length
    FROM base.commit
    WHERE contains(lower(body), 'entire-checkpoint:')
),
pair AS (
    SELECT 'session:' || s.tool || ':' || s.session_id AS from_id, 'commit:' || q.sha AS to_id, s.checkpoint_id, q.checkpoint,
           s.file_id AS sf, s."offset" AS so, s.length AS sl, q.file_id AS qf, q."offset" AS qo, q.length AS ql
    FROM quoted AS q
    JOIN base.session AS s ON s.checkpoint_id = q.checkpoint
)
SELECT
    p.from_id,
    p.to_id,
    p.checkpoint_id AS left_value,
    'quoted in the message: ' || p.checkpoint AS right_value,
    p.sf AS from_file_id, p.so AS from_offset, p.sl AS from_length,
    p.qf AS to_file_id, p.qo AS to_offset, p.ql AS to_length
FROM pair AS p
-- What is the commit's own trailer is no recovery.
ANTI JOIN (SELECT from_id, to_id FROM base.link WHERE method = 'commit_session_checkpoint') AS l ON l.from_id = p.from_id AND l.to_id = p.to_id
