-- The commits and digests that each release's version was said to be, in its environment; and the commits
-- that the tag of its name led to in the repository of its commit, as histories and pushes tell it.
WITH one AS (SELECT * FROM base.release WHERE id IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))) AND version IS NOT NULL),
tag AS (SELECT id AS release, unnest([version, service || '/' || version, service || '-' || version]) AS name, sha FROM one WHERE sha IS NOT NULL),
tagged AS (
    SELECT unnest(list_distinct(string_split(refs, ', '))) AS ref, sha, ts_ns, file_id, "offset", length
    FROM base.commit WHERE contains(refs, 'tag: ')
),
pointed AS (
    SELECT t.release, t.name, t.sha AS shipped, c.sha, c.ts_ns, c.file_id, c."offset", c.length
    FROM tag AS t
    JOIN tagged AS c ON c.ref = 'tag: ' || t.name
    -- Two repositories may use one name: both commits must stand in one history.
    WHERE c.sha = t.sha
       OR EXISTS (SELECT 1 FROM base.commit AS a JOIN base.commit AS b ON a.file_id = b.file_id WHERE a.sha = t.sha AND b.sha = c.sha)
    UNION ALL
    SELECT t.release, t.name, t.sha, coalesce(o.target, p.sha), p.ts_ns, p.file_id, p."offset", p.length
    FROM tag AS t
    JOIN (
        SELECT repository, name, sha, ts_ns, file_id, "offset", length FROM base.git_ref WHERE sha IS NOT NULL
        UNION ALL
        SELECT repository, name, old_sha, ts_ns, file_id, "offset", length FROM base.git_ref WHERE old_sha IS NOT NULL
    ) AS p ON p.name = 'refs/tags/' || t.name
    LEFT JOIN (SELECT sha, min(target) AS target FROM base.git_object WHERE kind = 'tag' GROUP BY sha) AS o ON o.sha = p.sha
    WHERE p.repository IN (
        SELECT d.repository FROM base.change AS d WHERE d.sha = t.sha
        UNION ALL
        SELECT c.repository FROM base.commit AS c WHERE c.sha = t.sha
        UNION ALL
        SELECT b.repository FROM base.build AS b WHERE b.sha = t.sha
    )
),
told AS (
    SELECT r.id AS release, 'commit' AS source, substr(d.sha, 1, 12) AS value, d.started_ns AS ts_ns, d.file_id, d."offset", d.length
    FROM main.deployment AS d
    JOIN one AS r ON d.service = r.service AND ltrim(d.version, 'v') = ltrim(r.version, 'v') AND d.environment IS NOT DISTINCT FROM r.environment
    WHERE d.sha IS NOT NULL
    UNION ALL
    SELECT r.id, 'digest', d.digest, d.started_ns, d.file_id, d."offset", d.length
    FROM main.deployment AS d
    JOIN one AS r ON d.service = r.service AND ltrim(d.version, 'v') = ltrim(r.version, 'v') AND d.environment IS NOT DISTINCT FROM r.environment
    WHERE d.digest IS NOT NULL
    UNION ALL
    SELECT r.id, 'digest', i.digest, i.ts_ns, i.file_id, i."offset", i.length
    FROM base.instance AS i
    JOIN one AS r ON i.service = r.service AND ltrim(coalesce(shipped_version(i.image, NULL), i.version), 'v') = ltrim(r.version, 'v')
    WHERE i.digest IS NOT NULL
    UNION ALL
    -- A name that led to the release's commit at no time is another's.
    SELECT release, 'tagged commit', substr(sha, 1, 12), ts_ns, file_id, "offset", length
    FROM pointed
    WHERE (release, name) IN (SELECT release, name FROM pointed WHERE sha = shipped)
)
SELECT t.release AS of, source, value, min(t.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(t."offset", f.path) AS c_offset, arg_min(t.length, f.path) AS c_length
FROM told AS t
LEFT JOIN main.file AS f ON f.file_id = t.file_id
GROUP BY t.release, source, value
ORDER BY t.release, source, value
