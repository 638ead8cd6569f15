-- How much of a release's life can be told from what it left: five shares, each as a part and a whole.
WITH life AS (
    SELECT id, service, started_ns AS since, coalesce(finished_ns, (SELECT max(block_ns) FROM base.presence)) AS until
    FROM base.release WHERE id = $release
),
pods AS (
    SELECT count(DISTINCT pod) AS whole, count(DISTINCT pod) FILTER (spoke) AS part
    FROM (
        SELECT pod, FALSE AS spoke FROM base.placement WHERE release = $release
        UNION
        SELECT instance, TRUE FROM base.presence WHERE release = $release
    )
),
requests AS (
    SELECT sum(requests) FILTER (source = 'metric') AS whole, least(sum(requests) FILTER (source = 'span'), sum(requests) FILTER (source = 'metric')) AS part
    FROM base.served WHERE release = $release
),
steps AS (
    SELECT (max(block_ns) - min(block_ns)) // 300000000000 + 1 AS whole, count(DISTINCT block_ns) FILTER (logs > 0) AS part
    FROM base.presence WHERE release = $release
),
logged AS (
    SELECT l.trace_id_hi AS hi, l.trace_id_lo AS lo
    FROM base.log AS l JOIN base.emitter AS e USING (resource_id)
    WHERE e.release = $release
),
joined AS (
    SELECT count(*) AS whole, count(*) FILTER (lo IS NOT NULL AND (hi, lo) IN (SELECT (trace_id_hi, trace_id_lo) FROM base.span)) AS part FROM logged
),
sources AS (
    SELECT 3 AS whole, count(DISTINCT family) AS part
    FROM base.behaviour AS b, life
    WHERE family IN ('secret', 'network', 'privilege') AND b.block_ns >= life.since AND b.block_ns < life.until
)
SELECT pods.part AS a, pods.whole AS b, requests.part AS c, requests.whole AS d, steps.part AS e, steps.whole AS f,
       joined.part AS g, joined.whole AS h, sources.part AS i, sources.whole AS j
FROM life, pods, requests, steps, joined, sources
