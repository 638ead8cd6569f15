-- from: commit
-- to: deployment
-- class: I
-- weight: 0.70
-- one: from
-- why: the deployment's version is a tag of this commit; tags can be moved
SELECT
    'commit:' || c.sha AS from_id,
    'deployment:' || d.provider || ':' || d.change_id AS to_id,
    c.refs AS left_value,
    shipped_version(d.image, d.version) AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length
FROM base.change AS d
JOIN base.commit AS c
    ON list_contains(list_transform(string_split(c.refs, ', '), lambda name: regexp_replace(name, '^tag: ', '')), shipped_version(d.image, d.version))
    OR list_contains(list_transform(string_split(c.refs, ', '), lambda name: regexp_replace(name, '^tag: ', '')), d.service || '/' || shipped_version(d.image, d.version))
    OR list_contains(list_transform(string_split(c.refs, ', '), lambda name: regexp_replace(name, '^tag: ', '')), d.service || '-' || shipped_version(d.image, d.version))
WHERE d.kind = 'deploy' AND d.sha IS NULL AND shipped_version(d.image, d.version) IS NOT NULL AND c.refs LIKE '%tag: %'
