-- The verdict of a release.
SELECT document FROM base.verdict WHERE release = $release ORDER BY document LIMIT 1
