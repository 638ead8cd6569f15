-- from: session
-- to: commit
-- class: T
-- weight: 0.60
-- one: none
-- why: recovered: the commit adds and removes the same lines in the same files as the one that names the session, as after a rebase
WITH hunk AS (
    -- Only added and removed lines: what stands around them, and where, changes with the base.
    SELECT DISTINCT file_id, sha, path, new_start, old_start,
           array_to_string(list_filter(string_split(patch, chr(10)), lambda line: line[1] IN ('+', '-')), chr(10)) AS lines
    FROM base.diff_hunk
    WHERE sha IS NOT NULL AND path IS NOT NULL
),
changed AS (
    SELECT file_id, sha, path, string_agg(lines, chr(10) ORDER BY new_start, old_start, lines) AS lines FROM hunk GROUP BY ALL
),
print AS (
    SELECT DISTINCT sha, patch
    FROM (SELECT file_id, sha, md5(string_agg(path || chr(10) || lines, chr(10) ORDER BY path)) AS patch FROM changed GROUP BY ALL)
),
-- A patch that many commits share, such as the next copy of a generated file, tells nobody apart.
shared AS (
    SELECT patch FROM print GROUP BY patch HAVING count(*) BETWEEN 2 AND 8
),
made AS (
    SELECT sha, min(committed_ns) AS committed_ns, arg_min(file_id, (file_id, "offset")) AS file_id,
           arg_min("offset", (file_id, "offset")) AS "offset", arg_min(length, (file_id, "offset")) AS length
    FROM base.commit
    GROUP BY sha
),
named AS (
    SELECT from_id, to_id, min(from_file_id) AS file_id, arg_min(from_offset, (from_file_id, from_offset)) AS "offset",
           arg_min(from_length, (from_file_id, from_offset)) AS length
    FROM base.link
    WHERE method IN ('commit_session_note', 'commit_session_checkpoint', 'commit_session_stated', 'commit_session_trailer', 'recovered_session_key')
    GROUP BY ALL
)
SELECT
    n.from_id,
    'commit:' || b.sha AS to_id,
    a.sha || ' has patch ' || left(a.patch, 16) AS left_value,
    b.sha || ' has patch ' || left(b.patch, 16) AS right_value,
    n.file_id AS from_file_id, n."offset" AS from_offset, n.length AS from_length,
    mb.file_id AS to_file_id, mb."offset" AS to_offset, mb.length AS to_length
FROM named AS n
JOIN print AS a ON n.to_id = 'commit:' || a.sha
JOIN shared AS s ON s.patch = a.patch
JOIN print AS b ON b.patch = a.patch AND b.sha <> a.sha
LEFT JOIN made AS ma ON ma.sha = a.sha
LEFT JOIN made AS mb ON mb.sha = b.sha
-- The copy is the later one; and one that says itself who wrote it is asked, not its original.
WHERE coalesce(mb.committed_ns >= ma.committed_ns, TRUE)
  AND NOT EXISTS (SELECT 1 FROM named AS own WHERE own.to_id = 'commit:' || b.sha)
  AND NOT EXISTS (SELECT 1 FROM base.attribution AS said WHERE said.sha = b.sha)
