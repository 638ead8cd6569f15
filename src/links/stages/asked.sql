-- The pairs of a rule that is asked for one trace, as links.
WITH pairs AS (
    {rule}
)
SELECT
    p.from_id, p.to_id, $method AS method, $class AS class, 'matched' AS state, CAST(NULL AS INTEGER) AS k, CAST($weight AS DOUBLE) AS weight, $why AS why,
    p.left_value, p.right_value,
    a.path AS from_file, a.sha256 AS from_sha256, p.from_offset, p.from_length,
    b.path AS to_file, b.sha256 AS to_sha256, p.to_offset, p.to_length
FROM pairs AS p
LEFT JOIN main.file AS a ON a.file_id = p.from_file_id
LEFT JOIN main.file AS b ON b.file_id = p.to_file_id
