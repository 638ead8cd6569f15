-- title: Instances
-- columns: started 14 | name 30 | version 10 | digest 12 | state *
-- empty: no pods or instances in the evidence
-- words: concat_ws(' ', i.name, i.namespace, i.version, i.digest, i.image, i.state, i.node)
-- field: started time i.started_ns
-- field: name text i.name
-- field: namespace text i.namespace
-- field: version text i.version
-- field: digest id i.digest
-- cell: digest digest_short(i.digest)
-- field: image text i.image
-- field: state token i.state
-- field: node text i.node
SELECT i.id, i.started_ns AS ts_ns, short_time(i.started_ns) AS started, i.name, shipped_version(i.image, i.version) AS version, digest_short(i.digest) AS digest,
       concat_ws(' ', i.state, b.odd, 'seen ' || short_time(i.seen_ns)) AS state{also}
FROM main.instance_now AS i
LEFT JOIN base.placement AS p ON p.instance_id = i.id
-- What the judgement says of an instance that was left behind.
LEFT JOIN (
    SELECT release, subject AS pod, min(replace(title, concat_ws(' ', split_part(release, '@', 1), subject, ''), '')) AS odd FROM base.finding
    WHERE family = 'coverage' AND state IN ('open', 'explained') AND subject <> '' GROUP BY release, subject
) AS b ON b.release = p.release AND b.pod = p.pod
WHERE ($ids IS NULL OR i.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(i.ended_ns, i.seen_ns, i.started_ns) >= $since) AND ($until IS NULL OR i.started_ns < $until)
  {filter}
ORDER BY i.started_ns DESC NULLS LAST, i.id
LIMIT $limit OFFSET $offset
