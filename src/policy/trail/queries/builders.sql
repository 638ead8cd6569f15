-- The builders of the statements about each release's repository, without those about the release itself.
WITH one AS (SELECT * FROM base.release WHERE id IN (SELECT unnest(from_json($releases, '["VARCHAR"]')))),
own AS (
    SELECT DISTINCT r.id AS release, s.statement FROM base.attestation_subject AS s JOIN one AS r ON s.digest = r.digest
),
about AS (
    SELECT o.release, a.repository, a.builder_id FROM main.attestation_now AS a JOIN own AS o USING (statement) WHERE a.repository IS NOT NULL
),
-- The releases of one repository share their builders: each takes its own statements off the count.
built AS (
    SELECT repository, builder_id, count(*) AS records FROM main.attestation_now
    WHERE repository IN (SELECT repository FROM about) AND builder_id IS NOT NULL
    GROUP BY ALL
),
mine AS (SELECT release, repository, builder_id, count(*) AS records FROM about GROUP BY ALL)
SELECT a.release AS of, 'attestation' AS source, b.builder_id AS value, CAST(sum(b.records - coalesce(m.records, 0)) AS BIGINT) AS records
FROM (SELECT DISTINCT release, repository FROM about) AS a
JOIN built AS b USING (repository)
LEFT JOIN mine AS m ON m.release = a.release AND m.repository = b.repository AND m.builder_id = b.builder_id
GROUP BY a.release, b.builder_id
HAVING sum(b.records - coalesce(m.records, 0)) > 0
ORDER BY a.release, b.builder_id
