-- The builders of the statements about the repository, without those about the release itself.
WITH one AS (SELECT * FROM base.release WHERE id = $release),
own AS (
    SELECT s.statement FROM base.attestation_subject AS s JOIN one AS r ON s.digest = r.digest
),
mine AS (
    SELECT a.repository FROM main.attestation_now AS a JOIN own USING (statement) WHERE a.repository IS NOT NULL
)
SELECT 'attestation' AS source, a.builder_id AS value, min(a.started_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(a."offset", f.path) AS c_offset, arg_min(a.length, f.path) AS c_length
FROM main.attestation_now AS a
LEFT JOIN main.file AS f ON f.file_id = a.file_id
WHERE a.repository IN (SELECT repository FROM mine) AND a.builder_id IS NOT NULL AND a.statement NOT IN (SELECT statement FROM own)
GROUP BY a.builder_id
ORDER BY a.builder_id
