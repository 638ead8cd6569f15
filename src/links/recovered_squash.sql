-- from: session
-- to: commit
-- class: T
-- weight: 0.40
-- one: none
-- why: recovered: the change request that held the commit naming the session was merged as this one commit, by a squash
WITH stated AS (
    SELECT DISTINCT 'change_request:' || concat_ws('#', r.repository, r.number) AS request, r.merge_sha AS sha
    FROM base.change_request AS r
    SEMI JOIN base.commit AS c ON c.sha = r.merge_sha
),
-- A number in a subject speaks where no record does: backports repeat it.
merged AS (
    SELECT request, sha FROM stated
    UNION
    SELECT l.from_id, substr(l.to_id, 8)
    FROM base.link AS l
    ANTI JOIN stated AS s ON s.request = l.from_id
    WHERE l.method = 'commit_change_request_number' AND l.state = 'matched'
),
-- A merge keeps the commits that it merges, so nothing of theirs is lost.
squash AS (
    SELECT m.request, c.sha, min(c.file_id) AS file_id, arg_min(c."offset", (c.file_id, c."offset")) AS "offset",
           arg_min(c.length, (c.file_id, c."offset")) AS length
    FROM merged AS m
    JOIN base.commit AS c ON c.sha = m.sha
    GROUP BY m.request, c.sha
    HAVING bool_and(coalesce(c.parents, '') NOT LIKE '% %')
    QUALIFY count(*) OVER (PARTITION BY m.request) = 1
),
held AS (
    SELECT 'change_request:' || concat_ws('#', repository, number) AS request, head_sha AS sha FROM base.change_request WHERE head_sha IS NOT NULL
    UNION
    SELECT 'change_request:' || concat_ws('#', repository, number), sha FROM base.review WHERE sha IS NOT NULL
    UNION
    SELECT from_id, substr(to_id, 8) FROM base.link WHERE method = 'commit_change_request_branch' AND state = 'inferred'
    UNION
    -- What a change request lists as its own stands inside its record.
    SELECT 'change_request:' || concat_ws('#', r.repository, r.number), c.sha
    FROM base.commit AS c
    ASOF JOIN base.change_request AS r ON r.file_id = c.file_id AND c."offset" >= r."offset"
    WHERE c."offset" + c.length <= r."offset" + r.length
),
named AS (
    SELECT from_id, substr(to_id, 8) AS sha, min(from_file_id) AS file_id, arg_min(from_offset, (from_file_id, from_offset)) AS "offset",
           arg_min(from_length, (from_file_id, from_offset)) AS length
    FROM base.link
    WHERE method IN ('commit_session_note', 'commit_session_checkpoint', 'commit_session_stated', 'commit_session_trailer', 'recovered_session_key')
    GROUP BY ALL
),
-- Commits that were found again one by one were rebased, not squashed.
copied AS (
    SELECT DISTINCT from_id, split_part(left_value, ' ', 1) AS sha FROM base.link WHERE method IN ('recovered_patch', 'recovered_author')
),
pair AS (
    SELECT n.from_id, s.sha, s.request, min(n.sha) AS lost, count(DISTINCT n.sha) AS of_session,
           arg_min(n.file_id, n.sha) AS nf, arg_min(n."offset", n.sha) AS no, arg_min(n.length, n.sha) AS nl,
           min(s.file_id) AS sf, min(s."offset") AS so, min(s.length) AS sl
    FROM named AS n
    JOIN held AS h ON h.sha = n.sha
    JOIN squash AS s ON s.request = h.request AND s.sha <> h.sha
    ANTI JOIN copied AS c ON c.from_id = n.from_id AND c.sha = n.sha
    GROUP BY ALL
)
SELECT
    p.from_id,
    'commit:' || p.sha AS to_id,
    p.lost || CASE WHEN p.of_session > 1 THEN ' and ' || (p.of_session - 1) || ' more' ELSE '' END || ' of ' || substr(p.request, 16) AS left_value,
    p.sha || ' merged ' || substr(p.request, 16) AS right_value,
    p.nf AS from_file_id, p.no AS from_offset, p.nl AS from_length,
    p.sf AS to_file_id, p.so AS to_offset, p.sl AS to_length
FROM pair AS p
ANTI JOIN named AS own ON own.from_id = p.from_id AND own.sha = p.sha
