-- The diffs of some commits.
SELECT sha, path, patch
FROM base.diff_hunk
WHERE sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]'))) AND patch IS NOT NULL
ORDER BY sha, path, new_start
LIMIT 20000
