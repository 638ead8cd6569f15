-- from: session
-- to: commit
-- class: T
-- weight: 0.45
-- one: from
-- why: the session wrote files of this commit in the half hour before it; nothing names the other
WITH written AS (
    SELECT tool, session_id, '/' || replace(file_path, chr(92), '/') AS path, last_segment(replace(file_path, chr(92), '/')) AS file, max(ts_ns) AS at,
           arg_max(file_id, (ts_ns, file_id, "offset")) AS file_id, arg_max("offset", (ts_ns, file_id, "offset")) AS "offset",
           arg_max(length, (ts_ns, file_id, "offset")) AS length
    FROM base.turn
    WHERE is_write AND kind IN ('tool_call', 'file_edit') AND file_path IS NOT NULL AND ts_ns IS NOT NULL
    GROUP BY ALL
),
-- Half hours, so that a file that everybody changes is compared with few others of its name.
near AS (
    SELECT w.*, unnest([w.at // 1800000000000, w.at // 1800000000000 + 1]) AS half FROM written AS w
),
changed AS (
    SELECT c.sha, '/' || f.path AS path, last_segment(f.path) AS file, coalesce(c.authored_ns, c.committed_ns) AS at,
           coalesce(c.authored_ns, c.committed_ns) // 1800000000000 AS half, c.file_id, c."offset", c.length
    FROM base.commit AS c
    JOIN base.commit_file AS f USING (sha)
    WHERE coalesce(c.authored_ns, c.committed_ns) IS NOT NULL
),
shared AS (
    SELECT w.tool, w.session_id, c.sha, count(DISTINCT c.path) AS common,
           arg_min(w.file_id, (w.at, w.file_id, w."offset")) AS wf, arg_min(w."offset", (w.at, w.file_id, w."offset")) AS wo,
           arg_min(w.length, (w.at, w.file_id, w."offset")) AS wl, arg_min(c.file_id, (c.file_id, c."offset")) AS cf,
           arg_min(c."offset", (c.file_id, c."offset")) AS co, arg_min(c.length, (c.file_id, c."offset")) AS cl,
           string_agg(DISTINCT w.file, ' ' ORDER BY w.file) AS files
    FROM near AS w
    JOIN changed AS c ON c.file = w.file AND c.half = w.half AND c.at BETWEEN w.at AND w.at + 1800000000000
    -- One writes from the root of the disk, the other from that of the repository or a folder in it.
    WHERE ends_with(w.path, c.path) OR ends_with(c.path, w.path)
    GROUP BY ALL
),
sized AS (
    SELECT s.*, (SELECT count(DISTINCT path) FROM changed WHERE changed.sha = s.sha) AS of_commit
    FROM shared AS s
)
SELECT
    'session:' || tool || ':' || session_id AS from_id,
    'commit:' || sha AS to_id,
    'wrote ' || files AS left_value,
    common || ' of ' || of_commit || ' files of the commit' AS right_value,
    wf AS from_file_id, wo AS from_offset, wl AS from_length,
    cf AS to_file_id, co AS to_offset, cl AS to_length
FROM sized
WHERE common * 2 >= of_commit
