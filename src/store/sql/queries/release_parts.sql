-- What a release was derived from: its commit, artifact and deployments.
SELECT to_id AS id FROM base.link WHERE from_id = 'release:' || $release AND method LIKE 'release_%' ORDER BY to_id
