-- Files that no format reads and that are small enough to be a public key.
SELECT path, sha256, bytes
FROM main.file
WHERE format IS NULL AND bytes BETWEEN 32 AND 16384 AND sha256 IS NOT NULL
ORDER BY path, sha256
