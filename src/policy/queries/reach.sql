-- Since when the evidence tells of each kind of record for each release: records of the repository that
-- its commit or its deployments name. A case may hold the exports of several teams, and what one of them
-- collects says nothing of another's releases.
WITH repository_of AS (
    SELECT r.id AS release, c.repository
    FROM base.release AS r JOIN base.commit AS c ON c.sha = r.sha
    UNION
    SELECT r.id, d.repository
    FROM base.release AS r
    JOIN base.link AS l ON l.from_id = 'release:' || r.id AND l.method = 'release_deployment' AND l.state <> 'contradicted'
    JOIN main.deployment AS d ON d.id = l.to_id
),
kept AS (
    SELECT 'change_request' AS hop, repository, ts_ns FROM base.change_request
    UNION ALL SELECT 'review', repository, ts_ns FROM base.review
    UNION ALL SELECT 'request', repository, ts_ns FROM base.request
    UNION ALL SELECT 'session', repository, ts_ns FROM base.session
    UNION ALL SELECT 'commit', repository, ts_ns FROM base.commit
    UNION ALL SELECT 'build', repository, ts_ns FROM base.build
    UNION ALL SELECT 'attestation', repository, ts_ns FROM base.attestation
    UNION ALL SELECT 'gate_decision', repository, ts_ns FROM base.gate_decision
)
SELECT o.release, k.hop, min(k.ts_ns) AS since_ns
FROM repository_of AS o JOIN kept AS k ON k.repository = o.repository
GROUP BY o.release, k.hop
ORDER BY o.release, k.hop
