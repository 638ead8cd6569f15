-- Forgets what was said of a file that no format claimed, where it was looked at again.
DELETE FROM base.evidence_file AS old
WHERE old.state = 'unknown_format'
  AND EXISTS (
      SELECT 1 FROM base.evidence_file AS new
      WHERE new.path = old.path AND new.sha256 = old.sha256 AND (new.state <> 'unknown_format' OR new.rowid < old.rowid)
  )
