-- A link by digest is verified where one of its two places stands in a statement that a valid signature of an
-- expected signer vouches for. The bytes of a statement are a file of their own.
UPDATE base.every_link SET state = 'verified'
WHERE class = 'S' AND state = 'matched'
  AND EXISTS (
      SELECT 1 FROM base.signature AS s JOIN main.file AS f ON s.statement = 'sha256:' || f.sha256
      WHERE s.result = 'valid' AND s.authorised AND f.file_id IN (from_file_id, to_file_id)
  )
