-- Whose doing an access event was. An instance that the event names, or whose address it came from,
-- says which release; a service account alone says the service, and the time what that service ran.
-- A granted privilege counts for the service that gets it.
INSERT INTO base.access_origin
WITH event AS (
    SELECT a.file_id, a."offset", a.ts_ns, a.kind, a.k8s_pod_name, a.service_account, a.grantee, a.provider, a.principal, a.on_behalf_of,
           'access:' || a.provider || ':' || coalesce(a.event_id, a.file_id || ':' || a."offset") AS id
    FROM base.access AS a
),
account AS (
    SELECT service_account, min(service) AS service FROM base.placement
    WHERE service_account IS NOT NULL GROUP BY service_account HAVING count(DISTINCT service) = 1
),
-- What a service ran when: until the next release of the same service begins.
ran AS (
    SELECT service, id, started_ns, lead(started_ns) OVER (PARTITION BY service ORDER BY started_ns, id) AS next_ns
    FROM base.release WHERE started_ns IS NOT NULL
),
-- The same with who rolled it out, and when its first pod was placed.
rollout AS (
    SELECT r.service, r.id, r.started_ns, r.next_ns,
           coalesce((SELECT min(p.started_ns) FROM base.placement AS p WHERE p.release = r.id), r.started_ns) AS placed_ns,
           (SELECT list(DISTINCT c.acted_as) FROM base.link AS l JOIN base.change AS c ON 'deployment:' || c.provider || ':' || c.change_id = l.to_id
            WHERE l.from_id = 'release:' || r.id AND l.method = 'release_deployment' AND c.acted_as IS NOT NULL) AS actors
    FROM ran AS r
),
named AS (
    SELECT e.file_id, e."offset", p.release, p.service, p.pod AS instance, 'I' AS class, 1 AS rank, p.instance_id
    FROM event AS e
    JOIN base.link AS l ON l.to_id = e.id AND l.method = 'access_instance' AND l.state IN ('matched', 'verified')
    JOIN base.placement AS p ON p.instance_id = l.from_id
    WHERE e.grantee IS NULL
    UNION ALL
    SELECT e.file_id, e."offset", p.release, p.service, p.pod, 'I', 2, p.instance_id
    FROM event AS e
    JOIN base.placement AS p ON p.pod = e.k8s_pod_name
    WHERE e.grantee IS NULL AND e.kind = 'api'
    UNION ALL
    SELECT e.file_id, e."offset", coalesce(r.id, ''), a.service, '', 'T', 3, ''
    FROM event AS e
    JOIN account AS a ON a.service_account = e.service_account
    LEFT JOIN ran AS r ON r.service = a.service AND e.ts_ns >= r.started_ns AND (r.next_ns IS NULL OR e.ts_ns < r.next_ns)
    WHERE e.grantee IS NULL
    UNION ALL
    -- A role of the cloud whose name is the service's: checkout-task-role, checkout.
    SELECT e.file_id, e."offset", coalesce(r.id, ''), s.service, '', 'T', 4, ''
    FROM event AS e
    JOIN (SELECT DISTINCT service FROM base.release) AS s
        ON regexp_matches(lower(last_segment(coalesce(e.on_behalf_of, e.principal))), '(^|[^a-z0-9])' || regexp_replace(lower(s.service), '[^a-z0-9-]', '.', 'g') || '([^a-z0-9]|$)')
    LEFT JOIN ran AS r ON r.service = s.service AND e.ts_ns >= r.started_ns AND (r.next_ns IS NULL OR e.ts_ns < r.next_ns)
    WHERE e.provider IN ('aws', 'gcp', 'azure') AND e.grantee IS NULL
    UNION ALL
    -- A grant is the doing of the release that is being rolled out, or whose rollout made it; what
    -- somebody else grants at another time is the service's, and no release's.
    SELECT e.file_id, e."offset", coalesce(r.id, ''), g.service, '', 'T', 5, ''
    FROM (SELECT *, unnest(string_split(grantee, ' ')) AS one FROM event WHERE grantee IS NOT NULL) AS e
    JOIN (
        SELECT service_account AS name, service FROM account
        UNION ALL SELECT DISTINCT service, service FROM base.release
    ) AS g ON g.name = e.one OR (NOT contains(e.one, '/') AND regexp_matches(lower(e.one), '(^|[^a-z0-9])' || regexp_replace(lower(g.service), '[^a-z0-9-]', '.', 'g') || '([^a-z0-9]|$)'))
    LEFT JOIN rollout AS r
        ON r.service = g.service AND e.ts_ns >= r.started_ns - 900000000000 AND (r.next_ns IS NULL OR e.ts_ns < r.next_ns)
        AND (list_contains(r.actors, e.principal)
            -- A person with a name of their own is no pipeline.
            OR (e.ts_ns < r.placed_ns + 900000000000 AND (r.actors IS NULL OR NOT regexp_matches(e.principal, '^[^:/]+@'))))
)
SELECT file_id, "offset", release, service, instance, class
FROM named
QUALIFY row_number() OVER (PARTITION BY file_id, "offset" ORDER BY rank, release = '', release DESC, service, instance_id) = 1
ORDER BY file_id, "offset";
