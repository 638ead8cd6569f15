-- from: session
-- to: commit
-- class: T
-- weight: 0.50
-- one: none
-- why: recovered: the commit has author, author time and subject of the one that names the session, as after a rebase or an amendment
WITH made AS (
    SELECT sha, min(committed_ns) AS committed_ns, min(authored_ns) AS authored_ns, min(lower(author_email)) AS author, min(trim(subject)) AS subject,
           min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset", arg_min(length, (file_id, "offset")) AS length
    FROM base.commit
    WHERE authored_ns IS NOT NULL AND author_email IS NOT NULL AND subject <> ''
    GROUP BY sha
),
-- Many commits of one second under one subject are a machine's, and tell nobody apart.
shared AS (
    SELECT authored_ns, author, subject FROM made GROUP BY ALL HAVING count(*) BETWEEN 2 AND 8
),
named AS (
    SELECT from_id, to_id, min(from_file_id) AS file_id, arg_min(from_offset, (from_file_id, from_offset)) AS "offset",
           arg_min(from_length, (from_file_id, from_offset)) AS length
    FROM base.link
    WHERE method IN ('commit_session_note', 'commit_session_checkpoint', 'commit_session_stated', 'commit_session_trailer', 'recovered_session_key')
    GROUP BY ALL
),
pair AS (
    SELECT n.from_id, n.file_id AS nf, n."offset" AS no, n.length AS nl, a.sha AS lost, b.*
    FROM named AS n
    JOIN made AS a ON n.to_id = 'commit:' || a.sha
    JOIN shared AS s ON s.authored_ns = a.authored_ns AND s.author = a.author AND s.subject = a.subject
    JOIN made AS b ON b.authored_ns = a.authored_ns AND b.author = a.author AND b.subject = a.subject AND b.sha <> a.sha
    WHERE coalesce(b.committed_ns >= a.committed_ns, TRUE)
),
alike AS (
    SELECT DISTINCT p.lost, p.sha
    FROM pair AS p
    JOIN base.commit_file AS x ON x.sha = p.lost
    JOIN base.commit_file AS y ON y.sha = p.sha AND y.path = x.path
),
listed AS (
    SELECT DISTINCT sha FROM base.commit_file
)
SELECT
    p.from_id,
    'commit:' || p.sha AS to_id,
    p.lost || ' by ' || p.author || ' ' || p.authored_ns AS left_value,
    p.sha || ' by ' || p.author || ' ' || p.authored_ns AS right_value,
    p.nf AS from_file_id, p.no AS from_offset, p.nl AS from_length,
    p.file_id AS to_file_id, p."offset" AS to_offset, p.length AS to_length
FROM pair AS p
LEFT JOIN alike AS k ON k.lost = p.lost AND k.sha = p.sha
LEFT JOIN listed AS x ON x.sha = p.lost
LEFT JOIN listed AS y ON y.sha = p.sha
-- One that says itself who wrote it is asked, not its original; and two that changed different files are two.
WHERE NOT EXISTS (SELECT 1 FROM named AS own WHERE own.to_id = 'commit:' || p.sha)
  AND NOT EXISTS (SELECT 1 FROM base.attribution AS said WHERE said.sha = p.sha)
  AND (k.sha IS NOT NULL OR x.sha IS NULL OR y.sha IS NULL)
