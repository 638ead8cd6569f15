-- Who did what with secrets, hosts and rights: one row per instance and thing, with whether the
-- instance's release was the first of its service to do it. A service's first release in the evidence
-- has nothing before it that it could be new to.
WITH did AS (
    SELECT service, release, instance, family, subject, CAST(sum(events) AS BIGINT) AS events, min(first_ns) AS first_ns,
           min_by(file_id, (first_ns, file_id, "offset")) AS file_id,
           min_by("offset", (first_ns, file_id, "offset")) AS "offset",
           min_by(length, (first_ns, file_id, "offset")) AS length
    FROM base.behaviour
    WHERE family IN ('secret', 'network', 'privilege', 'process', 'file')
    GROUP BY service, release, instance, family, subject
),
begun AS (SELECT service, release, min(block_ns) AS first_ns FROM base.presence WHERE release <> '' GROUP BY service, release),
oldest AS (SELECT service, min(first_ns) AS first_ns FROM begun GROUP BY service)
SELECT d.service, d.release, d.instance, d.family, d.subject, d.events, d.first_ns, r.started_ns,
       d.release <> '' AND d.release = first_value(d.release) OVER (PARTITION BY d.service, d.family, d.subject ORDER BY d.first_ns, d.release)
           AND b.first_ns > o.first_ns AS is_new,
       f.path AS c_file, f.sha256 AS c_sha256, d."offset" AS c_offset, d.length AS c_length
FROM did AS d
LEFT JOIN base.release AS r ON r.id = d.release
LEFT JOIN begun AS b ON b.service = d.service AND b.release = d.release
LEFT JOIN oldest AS o ON o.service = d.service
LEFT JOIN main.file AS f ON f.file_id = d.file_id
ORDER BY d.service, d.release, d.instance, d.family, d.subject
LIMIT 50000
