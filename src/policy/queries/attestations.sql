-- What some attestations say.
SELECT id, predicate_type, builder_id, repository, source_ref, sha, event
FROM main.attestation_now
WHERE id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
ORDER BY id
