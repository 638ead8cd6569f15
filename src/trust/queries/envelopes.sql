-- Every signed object, and the statements that nobody signed.
SELECT a.statement, a.wrapper, a.signer,
       (SELECT max(s.predicate_type) FROM base.attestation AS s WHERE s.statement = a.statement) AS predicate_type,
       f.path AS c_file, f.sha256 AS c_sha256, a."offset" AS c_offset, a.length AS c_length
FROM base.attestation AS a
JOIN main.file AS f ON f.file_id = a.file_id
WHERE a.wrapper <> 'statement'
   OR NOT EXISTS (SELECT 1 FROM base.attestation AS e WHERE e.statement = a.statement AND e.wrapper <> 'statement')
ORDER BY c_file, c_offset, a.wrapper, a.statement
