-- title: Attestations
-- columns: when 14 | predicate 14 | signature 12 | subject 24 | builder *
-- empty: no attestation in the evidence
-- words: concat_ws(' ', a.statement, a.predicate_type, a.builder_id, a.repository, a.sha, a.signature_state)
-- field: when time coalesce(a.finished_ns, a.logged_ns, a.started_ns)
-- field: predicate text a.predicate_type
-- cell: predicate last_segment(rtrim(regexp_replace(a.predicate_type, '/v[0-9.]+$', ''), '/'))
-- field: signature token a.signature_state
-- field: statement id a.statement
-- field: builder text a.builder_id
-- field: repository text a.repository
-- field: sha id a.sha
-- field: subject text (SELECT string_agg(concat_ws(' ', s.name, s.digest), ' ' ORDER BY s.name) FROM base.attestation_subject AS s WHERE s.statement = a.statement)
-- cell: subject (SELECT min(concat_ws(' ', last_segment(s.name), digest_short(s.digest))) FROM base.attestation_subject AS s WHERE s.statement = a.statement)
SELECT a.id, coalesce(a.finished_ns, a.logged_ns, a.started_ns) AS ts_ns,
       short_time(coalesce(a.finished_ns, a.logged_ns, a.started_ns)) AS "when",
       last_segment(rtrim(regexp_replace(a.predicate_type, '/v[0-9.]+$', ''), '/')) AS predicate, a.signature_state AS signature,
       (SELECT min(concat_ws(' ', last_segment(s.name), digest_short(s.digest))) FROM base.attestation_subject AS s WHERE s.statement = a.statement) AS subject,
       a.builder_id AS builder{also}
FROM main.attestation_now AS a
WHERE ($ids IS NULL OR a.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(a.finished_ns, a.logged_ns, a.started_ns) >= $since)
  AND ($until IS NULL OR coalesce(a.finished_ns, a.logged_ns, a.started_ns) < $until)
  {filter}
ORDER BY 2 DESC NULLS LAST, a.id
LIMIT $limit OFFSET $offset
