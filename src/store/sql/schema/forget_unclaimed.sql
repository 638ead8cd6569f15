-- Forgets the files that no format claimed, so that they are looked at again.
DELETE FROM base.evidence_file WHERE state = 'unknown_format' AND NOT contains(path, '!')
