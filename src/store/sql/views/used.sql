-- What each release is made of and uses: what another release may have in common with it.
CREATE VIEW main.used AS
WITH change_request AS (
    SELECT r.id AS release, l.from_id AS id
    FROM base.release AS r
    JOIN base.link AS l ON l.to_id = 'commit:' || r.sha AND l.from_id LIKE 'change_request:%' AND l.state <> 'contradicted'
),
-- A merged branch's own commits are the release's as much as the one that was built.
own_commit AS (
    SELECT id AS release, 'commit:' || sha AS id FROM base.release WHERE sha IS NOT NULL
    UNION
    SELECT c.release, l.to_id FROM change_request AS c
    JOIN base.link AS l ON l.from_id = c.id AND l.to_id LIKE 'commit:%' AND l.state <> 'contradicted'
)
SELECT release, 'commit' AS kind, id, substr(id, 8, 12) AS thing FROM own_commit
UNION
SELECT id, 'artifact', 'artifact:' || digest, digest_short(digest) FROM base.release WHERE digest IS NOT NULL
UNION
SELECT release, 'change_request', id, substr(id, 16) FROM change_request
UNION
SELECT c.release, split_part(l.from_id, ':', 1), l.from_id, coalesce(e.label, l.from_id)
FROM (SELECT release, id FROM own_commit UNION ALL SELECT release, id FROM change_request) AS c
JOIN base.link AS l ON l.to_id = c.id AND (l.from_id LIKE 'session:%' OR l.from_id LIKE 'request:%') AND l.state <> 'contradicted'
LEFT JOIN base.entity AS e ON e.id = l.from_id
UNION
SELECT r.id, 'builder', 'builder:' || a.builder_id, a.builder_id
FROM base.release AS r
JOIN base.attestation_subject AS s ON s.digest = r.digest
JOIN base.attestation AS a USING (statement)
WHERE a.builder_id IS NOT NULL
UNION
SELECT release, 'account', 'account:' || service_account, service_account FROM base.placement WHERE service_account IS NOT NULL AND release <> ''
UNION
SELECT release, CASE family WHEN 'network' THEN 'host' ELSE family END, CASE family WHEN 'network' THEN 'host' ELSE family END || ':' || subject, subject
FROM base.behaviour WHERE family IN ('secret', 'network') AND release <> '';
