-- from: session
-- to: commit
-- class: T
-- weight: 0.60
-- one: none
-- why: recovered: the note on the commit has no record for its session key; the key is the hash of this session's tool and id
WITH lost AS (
    SELECT sha, session_hash, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM base.attribution
    WHERE dangling AND sha IS NOT NULL AND session_hash IS NOT NULL
    GROUP BY ALL
),
known AS (
    -- A transcript is cited before a note that only names the session.
    SELECT tool, session_id, session_hash, arg_min(file_id, (started_ns IS NULL, file_id, "offset")) AS file_id,
           arg_min("offset", (started_ns IS NULL, file_id, "offset")) AS "offset",
           arg_min(length, (started_ns IS NULL, file_id, "offset")) AS length
    FROM base.session
    WHERE session_id IS NOT NULL AND regexp_full_match(session_hash, 's_[0-9a-f]{14}')
    GROUP BY ALL
),
-- The oldest keys are seven digits of the same hash, which more than one session may begin with.
oldest AS (
    SELECT substr(session_hash, 3, 7) AS digits, min(session_hash) AS session_hash
    FROM known
    GROUP BY ALL
    HAVING count(DISTINCT session_hash) = 1
),
pair AS (
    SELECT 'session:' || k.tool || ':' || k.session_id AS from_id, 'commit:' || l.sha AS to_id, k.session_hash, l.session_hash AS lost,
           k.file_id AS kf, k."offset" AS ko, k.length AS kl, l.file_id AS lf, l."offset" AS lo, l.length AS ll
    FROM (SELECT l.*, coalesce(o.session_hash, l.session_hash) AS meant FROM lost AS l LEFT JOIN oldest AS o ON o.digits = l.session_hash) AS l
    JOIN known AS k ON k.session_hash = l.meant
)
SELECT
    p.from_id,
    p.to_id,
    p.session_hash AS left_value,
    p.lost || ', without a record' AS right_value,
    p.kf AS from_file_id, p.ko AS from_offset, p.kl AS from_length,
    p.lf AS to_file_id, p.lo AS to_offset, p.ll AS to_length
FROM pair AS p
-- A note may spell a session's key twice, once with its record; that one ties it.
ANTI JOIN (SELECT from_id, to_id FROM base.link WHERE method = 'commit_session_note') AS x ON x.from_id = p.from_id AND x.to_id = p.to_id
