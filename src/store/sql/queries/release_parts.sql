-- What a release was derived from: its commit, artifact, deployments and resources.
SELECT id FROM (
    SELECT 'commit:' || r.sha AS id FROM base.release AS r WHERE r.id = $release AND r.sha IS NOT NULL
    UNION
    SELECT 'artifact:' || r.digest FROM base.release AS r WHERE r.id = $release AND r.digest IS NOT NULL
    UNION
    SELECT d.id FROM base.release AS r
    JOIN main.deployment AS d
        ON (d.digest = r.digest OR d.sha = r.sha OR ltrim(shipped_version(d.image, d.version), 'v') = ltrim(r.version, 'v'))
        AND (d.service IS NULL OR d.service = r.service)
        AND (d.environment IS NULL OR r.environment IS NULL OR d.environment = r.environment)
    WHERE r.id = $release
)
ORDER BY id
