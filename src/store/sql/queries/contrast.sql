-- What a release did beside what the other releases of its service did until it ended. Those that were
-- rolled back are no measure of what is usual. Counts are of events and of instance-blocks: five
-- minutes of one instance.
WITH asked AS (SELECT id, service, started_ns, coalesce(finished_ns, 9223372036854775807) AS finished_ns FROM base.release WHERE id = $release),
usual AS (
    SELECT r.id AS release FROM base.release AS r JOIN asked AS a ON r.service = a.service
    WHERE r.id <> a.id AND r.status IS DISTINCT FROM 'rolled_back'
),
did AS (
    SELECT b.*, b.release = a.id AS is_own
    FROM base.behaviour AS b
    JOIN asked AS a ON b.service = a.service
    WHERE b.release = a.id
       OR (b.first_ns < a.finished_ns AND (b.release IN (SELECT release FROM usual) OR (b.release = '' AND b.first_ns < a.started_ns)))
),
counted AS (
    SELECT
        family, key, min(subject) AS subject,
        CAST(coalesce(sum(events) FILTER (WHERE is_own), 0) AS BIGINT) AS events,
        count(DISTINCT concat_ws(' ', instance, block_ns)) FILTER (WHERE is_own) AS blocks,
        count(DISTINCT instance) FILTER (WHERE is_own AND instance <> '') AS instances,
        CAST(coalesce(sum(events) FILTER (WHERE NOT is_own), 0) AS BIGINT) AS before,
        count(DISTINCT concat_ws(' ', release, instance, block_ns)) FILTER (WHERE NOT is_own) AS before_blocks,
        min(first_ns) FILTER (WHERE is_own) AS first_ns,
        -- What is gone is shown where others did it.
        min_by(file_id, (NOT is_own, first_ns, file_id, "offset")) AS file_id,
        min_by("offset", (NOT is_own, first_ns, file_id, "offset")) AS "offset",
        min_by(length, (NOT is_own, first_ns, file_id, "offset")) AS length
    FROM did
    GROUP BY family, key
)
SELECT c.family, c.key, c.subject, c.events, c.blocks, c.instances, c.before, c.before_blocks, c.first_ns,
       f.path AS c_file, f.sha256 AS c_sha256, c."offset" AS c_offset, c.length AS c_length
FROM counted AS c
LEFT JOIN main.file AS f ON f.file_id = c.file_id
ORDER BY c.family, c.key
LIMIT 20000
