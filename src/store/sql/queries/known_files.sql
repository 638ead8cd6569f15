-- The files whose records are in the tables, under every path that they were met.
SELECT DISTINCT sha256, path FROM base.evidence_file WHERE sha256 IS NOT NULL
