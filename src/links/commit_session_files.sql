-- from: session
-- to: commit
-- class: T
-- weight: 0.45
-- one: from
-- why: the session wrote files of this commit in the half hour before it; nothing names the other
WITH written AS (
    SELECT tool, session_id, last_segment(file_path) AS file, max(ts_ns) AS at,
           arg_max(file_id, (ts_ns, file_id, "offset")) AS file_id, arg_max("offset", (ts_ns, file_id, "offset")) AS "offset",
           arg_max(length, (ts_ns, file_id, "offset")) AS length
    FROM base.turn
    WHERE kind = 'tool_call' AND file_path IS NOT NULL AND name IN ('Edit', 'Write', 'MultiEdit', 'NotebookEdit') AND ts_ns IS NOT NULL
    GROUP BY ALL
),
changed AS (
    SELECT c.sha, last_segment(f.path) AS file, coalesce(c.authored_ns, c.committed_ns) AS at, c.file_id, c."offset", c.length
    FROM base.commit AS c
    JOIN base.commit_file AS f USING (sha)
    WHERE coalesce(c.authored_ns, c.committed_ns) IS NOT NULL
),
shared AS (
    SELECT w.tool, w.session_id, c.sha, count(DISTINCT w.file) AS common,
           arg_min(w.file_id, (w.at, w.file_id, w."offset")) AS wf, arg_min(w."offset", (w.at, w.file_id, w."offset")) AS wo,
           arg_min(w.length, (w.at, w.file_id, w."offset")) AS wl, arg_min(c.file_id, (c.file_id, c."offset")) AS cf,
           arg_min(c."offset", (c.file_id, c."offset")) AS co, arg_min(c.length, (c.file_id, c."offset")) AS cl,
           string_agg(DISTINCT w.file, ' ' ORDER BY w.file) AS files
    FROM written AS w
    JOIN changed AS c ON c.file = w.file AND c.at BETWEEN w.at AND w.at + 1800000000000
    GROUP BY ALL
),
sized AS (
    SELECT s.*, (SELECT count(DISTINCT file) FROM changed WHERE changed.sha = s.sha) AS of_commit
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
