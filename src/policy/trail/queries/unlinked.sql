-- Notes and sessions that may be of some commits and are tied to none: those that share files with one that
-- no session is tied to, and why no rule tied them. The nearest twenty of each commit.
WITH mine AS (
    SELECT c.sha, min(coalesce(c.authored_ns, c.committed_ns)) AS made_ns
    FROM base.commit AS c
    WHERE c.sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
      AND NOT EXISTS (SELECT 1 FROM base.link AS l WHERE l.to_id = 'commit:' || c.sha AND l.from_id LIKE 'session:%')
    GROUP BY c.sha
),
part AS (
    SELECT DISTINCT f.sha, m.made_ns, f.path, last_segment(f.path) AS file FROM base.commit_file AS f JOIN mine AS m USING (sha)
),
lost AS (
    SELECT a.sha AS noted, coalesce(a.session_id, a.session_hash) AS session, a.path, min('session:' || a.tool || ':' || a.session_id) AS id,
           min(a.file_id) AS file_id, arg_min(a."offset", (a.file_id, a."offset")) AS "offset", arg_min(a.length, (a.file_id, a."offset")) AS length
    FROM base.attribution AS a
    ANTI JOIN base.commit AS c ON c.sha = a.sha
    WHERE a.author_kind IN ('ai', 'mixed') AND a.sha IS NOT NULL AND coalesce(a.session_id, a.session_hash) IS NOT NULL
      AND EXISTS (SELECT 1 FROM part)
    GROUP BY ALL
),
note AS (
    SELECT p.sha, l.noted, l.session, count(*) AS common, min(n.files) AS files,
           arg_min(l.file_id, (l.file_id, l."offset")) AS file_id, arg_min(l."offset", (l.file_id, l."offset")) AS "offset",
           arg_min(l.length, (l.file_id, l."offset")) AS length
    FROM lost AS l
    JOIN (SELECT noted, session, count(*) AS files FROM lost GROUP BY ALL) AS n ON n.noted = l.noted AND n.session = l.session
    JOIN part AS p ON p.path = l.path
    WHERE NOT EXISTS (SELECT 1 FROM base.link AS r WHERE r.from_id = l.id
                      AND (r.method = 'recovered_squash' OR r.method LIKE 'recovered%' AND split_part(r.left_value, ' ', 1) = l.noted))
    GROUP BY ALL
),
wrote AS (
    SELECT t.tool, t.session_id, replace(t.file_path, chr(92), '/') AS path, last_segment(replace(t.file_path, chr(92), '/')) AS file,
           max(t.ts_ns) AS ts_ns, min(t.file_id) AS file_id, arg_min(t."offset", (t.file_id, t."offset")) AS "offset",
           arg_min(t.length, (t.file_id, t."offset")) AS length
    FROM base.turn AS t
    WHERE t.is_write AND t.file_path IS NOT NULL AND EXISTS (SELECT 1 FROM part)
      AND NOT EXISTS (SELECT 1 FROM base.link AS l WHERE l.from_id = 'session:' || t.tool || ':' || t.session_id AND l.to_id LIKE 'commit:%')
    GROUP BY ALL
),
session AS (
    SELECT p.sha, w.session_id AS session, count(DISTINCT p.path) AS common, max(p.made_ns - w.ts_ns) // 3600000000000 AS hours,
           arg_min(w.file_id, (w.file_id, w."offset")) AS file_id, arg_min(w."offset", (w.file_id, w."offset")) AS "offset",
           arg_min(w.length, (w.file_id, w."offset")) AS length
    FROM wrote AS w
    JOIN part AS p ON p.file = w.file AND (ends_with('/' || w.path, '/' || p.path) OR ends_with('/' || p.path, '/' || w.path))
    -- What was written long before, or after, is no candidate.
    WHERE w.ts_ns IS NULL OR p.made_ns IS NULL OR w.ts_ns BETWEEN p.made_ns - 604800000000000 AND p.made_ns
    GROUP BY ALL
),
candidate AS (
    SELECT sha, 'A note on commit ' || substr(noted, 1, 7) || ' covers ' || common || ' of the files of commit ' || substr(sha, 1, 7)
           || '; the noted commit is in no history here, and neither its patch, its author''s time nor a change request leads from it to another' AS source,
           session AS value, common, file_id, "offset", length
    FROM note
    UNION ALL
    SELECT sha, 'A session wrote ' || common || ' of the files of commit ' || substr(sha, 1, 7)
           || CASE WHEN hours IS NULL THEN ' at a time that nothing tells' WHEN hours > 0 THEN ' up to ' || hours || ' h before it' ELSE ' within the hour before it' END
           || '; nothing names the other, and for a guess by time they are too few or too early',
           session, common, file_id, "offset", length
    FROM session
)
SELECT c.sha AS of, c.source, c.value, NULL::BIGINT AS ts_ns, c.common AS records, f.path AS c_file, f.sha256 AS c_sha256, c."offset" AS c_offset, c.length AS c_length
FROM candidate AS c
LEFT JOIN main.file AS f ON f.file_id = c.file_id
QUALIFY row_number() OVER (PARTITION BY c.sha ORDER BY c.common DESC, c.source, c.value) <= 20
ORDER BY c.sha, c.common DESC, c.source, c.value
