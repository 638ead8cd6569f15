-- How many rows of a long list stand before a record, or before a moment where the record is nowhere.
SELECT count(*) AS n FROM matching AS m
WHERE m.ts_ns < $at OR (m.ts_ns = $at AND (m.file_id, m."offset") < ($file, $byte))
