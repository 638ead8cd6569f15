-- title: Attestations
-- columns: when 14 | predicate 14 | signature 12 | subject 24 | builder *
-- empty: no attestation in the evidence
SELECT a.id, coalesce(a.finished_ns, a.logged_ns, a.started_ns) AS ts_ns,
       short_time(coalesce(a.finished_ns, a.logged_ns, a.started_ns)) AS "when",
       last_segment(rtrim(regexp_replace(a.predicate_type, '/v[0-9.]+$', ''), '/')) AS predicate, a.signature_state AS signature,
       (SELECT min(concat_ws(' ', last_segment(s.name), digest_short(s.digest))) FROM base.attestation_subject AS s WHERE s.statement = a.statement) AS subject,
       a.builder_id AS builder
FROM main.attestation_now AS a
WHERE ($ids IS NULL OR a.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(a.finished_ns, a.logged_ns, a.started_ns) >= $since)
  AND ($until IS NULL OR coalesce(a.finished_ns, a.logged_ns, a.started_ns) < $until)
  AND ($text IS NULL OR contains(lower(concat_ws(' ', a.statement, a.predicate_type, a.builder_id, a.repository, a.sha, a.signature_state)), lower($text)))
ORDER BY 2 DESC NULLS LAST, a.id
LIMIT $limit
