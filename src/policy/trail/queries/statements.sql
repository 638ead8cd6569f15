-- Statements about each of some releases: by the digest of its artifact, or by its service's name and its commit.
WITH one AS (SELECT * FROM base.release WHERE id IN (SELECT unnest(from_json($releases, '["VARCHAR"]')))),
about AS (
    SELECT r.id AS release, s.statement, s.digest, s.name, TRUE AS is_linked
    FROM base.attestation_subject AS s JOIN one AS r ON s.digest = r.digest
    UNION ALL
    SELECT r.id, s.statement, s.digest, s.name, FALSE
    FROM base.attestation_subject AS s
    JOIN main.attestation_now AS a ON a.statement = s.statement
    JOIN one AS r ON a.sha = r.sha AND last_segment(split_part(split_part(s.name, '@', 1), ':', 1)) = r.service
    WHERE NOT coalesce(s.is_source, FALSE)
)
SELECT a.release AS of, a.statement, any_value(n.predicate_type) AS predicate_type, any_value(n.builder_id) AS builder_id,
       any_value(n.repository) AS repository, any_value(n.sha) AS sha, bool_or(a.is_linked) AS is_linked,
       string_agg(DISTINCT a.digest, ' ' ORDER BY a.digest) AS digests, coalesce(string_agg(DISTINCT a.name, ' ' ORDER BY a.name), '') AS names,
       any_value(f.path) AS c_file, any_value(f.sha256) AS c_sha256, any_value(n."offset") AS c_offset, any_value(n.length) AS c_length
FROM about AS a
JOIN main.attestation_now AS n ON n.statement = a.statement
LEFT JOIN main.file AS f ON f.file_id = n.file_id
GROUP BY a.release, a.statement
ORDER BY a.release, a.statement
