-- The files whose records are in the tables: one row per content.
CREATE VIEW main.file AS
SELECT file_id, min(sha256) AS sha256, min(path) AS path, min(format) AS format, max(bytes) AS bytes
FROM base.evidence_file
WHERE sha256 IS NOT NULL
GROUP BY file_id;
