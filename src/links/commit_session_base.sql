-- from: session
-- to: commit
-- class: T
-- weight: 0.55
-- one: none
-- why: the session wrote a file of this commit in the day before it, with the commit's parent checked out
WITH based AS (
    SELECT tool, session_id, min(base_sha) AS base_sha
    FROM base.session
    WHERE base_sha IS NOT NULL AND session_id IS NOT NULL
    GROUP BY ALL
    HAVING count(DISTINCT base_sha) = 1
),
noted AS (
    -- Who edits states the commit that was checked out, never the one that is yet to be made.
    SELECT tool, session_id, base_sha, replace(path, chr(92), '/') AS path, ts_ns, file_id, "offset", length
    FROM base.attribution
    WHERE sha IS NULL AND base_sha IS NOT NULL AND author_kind IN ('ai', 'mixed')
    UNION ALL
    SELECT t.tool, t.session_id, b.base_sha, replace(t.file_path, chr(92), '/'), t.ts_ns, t.file_id, t."offset", t.length
    FROM base.turn AS t
    JOIN based AS b ON b.tool = t.tool AND b.session_id = t.session_id
    WHERE t.is_write AND t.kind IN ('tool_call', 'file_edit')
),
edit AS (
    SELECT tool, session_id, base_sha, path, ts_ns, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM noted
    WHERE tool IS NOT NULL AND session_id IS NOT NULL AND path IS NOT NULL AND ts_ns IS NOT NULL
    GROUP BY ALL
),
changed AS (
    SELECT DISTINCT p.parent, f.path, coalesce(p.authored_ns, p.committed_ns) AS made_ns, p.sha
    FROM (SELECT sha, authored_ns, committed_ns, unnest(string_split(parents, ' ')) AS parent FROM base.commit WHERE parents <> '') AS p
    JOIN base.commit_file AS f ON f.sha = p.sha
    WHERE coalesce(p.authored_ns, p.committed_ns) IS NOT NULL
),
-- Transcripts write absolute paths and commits none: the longest end that a child of the base changed counts.
tail AS (
    SELECT base_sha, whole, arg_max(t.path, length(t.path)) AS path
    FROM (
        SELECT base_sha, path AS whole,
               unnest(CASE WHEN regexp_matches(path, '^(/|[A-Za-z]:/)')
                      THEN list_transform(generate_series(1, 24), lambda n: array_to_string(list_reverse(list_reverse(string_split(path, '/'))[1:n]), '/'))
                      ELSE [path] END) AS path
        FROM (SELECT DISTINCT base_sha, path FROM edit)
    ) AS t
    JOIN (SELECT DISTINCT parent, path FROM changed) AS c ON c.parent = t.base_sha AND c.path = t.path
    GROUP BY ALL
),
-- An edit goes into the next commit on its base; what was made of that base later began without it.
next AS (
    SELECT e.*, t.path AS tail, c.made_ns
    FROM edit AS e
    JOIN tail AS t ON t.base_sha = e.base_sha AND t.whole = e.path
    ASOF JOIN (SELECT DISTINCT parent, path, made_ns FROM changed) AS c ON c.parent = e.base_sha AND c.path = t.path AND c.made_ns >= e.ts_ns
),
-- Of two children of one second both may hold it; of many, nothing tells which.
child AS (
    SELECT parent, path, made_ns, unnest(list(sha ORDER BY sha)) AS sha FROM changed
    GROUP BY parent, path, made_ns
    HAVING count(*) <= 8
),
pair AS (
    SELECT n.tool, n.session_id, n.base_sha, c.sha, string_agg(DISTINCT n.tail, ' ' ORDER BY n.tail) AS files, min(n.ts_ns) AS ts_ns, min(n.made_ns) AS made_ns,
           arg_min(n.file_id, (n.ts_ns, n.file_id, n."offset")) AS file_id, arg_min(n."offset", (n.ts_ns, n.file_id, n."offset")) AS "offset",
           arg_min(n.length, (n.ts_ns, n.file_id, n."offset")) AS length
    FROM next AS n
    JOIN child AS c ON c.parent = n.base_sha AND c.path = n.tail AND c.made_ns = n.made_ns
    WHERE n.made_ns - n.ts_ns <= 86400000000000
    GROUP BY ALL
)
SELECT
    'session:' || p.tool || ':' || p.session_id AS from_id,
    'commit:' || p.sha AS to_id,
    'wrote ' || left(p.files, 400) || ' on ' || p.base_sha AS left_value,
    'child of ' || p.base_sha || ', made ' || (p.made_ns - p.ts_ns) // 60000000000 || ' minutes later' AS right_value,
    p.file_id AS from_file_id, p."offset" AS from_offset, p.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM pair AS p
JOIN base.commit AS c ON c.sha = p.sha
