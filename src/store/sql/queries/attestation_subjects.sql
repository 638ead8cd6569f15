-- What a statement is about, and the rows that its wrappers gave.
SELECT DISTINCT name, digest, is_source FROM base.attestation_subject WHERE statement = $statement ORDER BY is_source, name, digest LIMIT 500
