-- The files that were met, under every path, and whether their records are in the tables. A file that
-- could not be read has no digest.
SELECT DISTINCT coalesce(sha256, '') AS sha256, path, state NOT IN ('unsafe_path', 'unsupported', 'refused', 'duplicate') AS parsed
FROM base.evidence_file
