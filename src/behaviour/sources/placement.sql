-- Where each release ran: pods with the release whose digest, or else version, they state.
INSERT INTO base.placement
SELECT id, name, release, service, environment, service_account, digest, started_ns, ended_ns, seen_ns
FROM (
    SELECT
        i.id, i.name, coalesce(r.id, '') AS release, coalesce(i.service, r.service, i.container, i.name) AS service,
        coalesce(i.environment, r.environment) AS environment, i.service_account, i.digest, i.started_ns, i.ended_ns, i.seen_ns,
        row_number() OVER (PARTITION BY i.id ORDER BY r.digest IS DISTINCT FROM i.digest, r.started_ns DESC NULLS LAST, r.id) AS choice
    FROM main.instance_now AS i
    LEFT JOIN base.release AS r
        ON (i.service IS NULL OR r.service = i.service)
        AND (r.digest = i.digest OR (i.service IS NOT NULL AND ltrim(r.version, 'v') = ltrim(shipped_version(i.image, i.version), 'v')))
        AND (i.environment IS NULL OR r.environment IS NULL OR r.environment = i.environment)
)
WHERE choice = 1
ORDER BY id;
