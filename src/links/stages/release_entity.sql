-- A release can be pointed at like anything else.
INSERT INTO base.entity
SELECT 'release:' || id, 'release', id, concat_ws(' ', service, coalesce(version, digest_short(digest)), 'to ' || environment, status),
       started_ns, NULL, service, environment, file_id, "offset", length
FROM base.release;

-- What it was derived from.
INSERT INTO base.link
SELECT 'release:' || r.id, p.id, 'release_part', 'I', 'matched', NULL, 0.92,
       'the release was derived from what this record says of its service, version and digest', r.id, p.said,
       r.file_id, r."offset", r.length, e.file_id, e."offset", e.length
FROM base.release AS r
CROSS JOIN LATERAL (
    SELECT 'commit:' || r.sha AS id, r.sha AS said WHERE r.sha IS NOT NULL
    UNION ALL
    SELECT 'artifact:' || r.digest, r.digest WHERE r.digest IS NOT NULL
    UNION ALL
    SELECT d.id, concat_ws(' ', d.service, d.version, digest_short(d.digest)) FROM main.deployment AS d
    WHERE (d.digest = r.digest OR d.sha = r.sha OR ltrim(d.version, 'v') = ltrim(r.version, 'v'))
      AND (d.service IS NULL OR d.service = r.service)
      AND (d.environment IS NULL OR r.environment IS NULL OR d.environment = r.environment)
) AS p
JOIN base.entity AS e ON e.id = p.id
