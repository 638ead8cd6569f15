-- from: commit
-- to: deployment
-- class: I
-- weight: 0.95
-- one: from
-- contradicted: other_source
-- why: the deployment states this commit
SELECT
    'commit:' || d.sha AS from_id,
    'deployment:' || d.provider || ':' || d.change_id AS to_id,
    d.sha AS left_value,
    d.sha AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length,
    -- The digest that was deployed has provenance, and all of it names another commit.
    coalesce(p.sources IS NOT NULL AND NOT list_contains(p.sources, d.sha), FALSE) AS other_source
FROM base.change AS d
LEFT JOIN base.commit AS c ON c.sha = d.sha
LEFT JOIN (
    SELECT s.digest, list(DISTINCT a.sha) AS sources
    FROM base.attestation AS a JOIN base.attestation_subject AS s USING (statement)
    WHERE a.sha IS NOT NULL GROUP BY s.digest
) AS p ON p.digest = d.digest
WHERE d.kind = 'deploy' AND d.sha IS NOT NULL
