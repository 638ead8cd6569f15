-- Files that no format claimed. Members of archives are found again inside these.
SELECT DISTINCT path, sha256, bytes FROM base.evidence_file WHERE state = 'unknown_format' AND NOT contains(path, '!') ORDER BY path
