-- Turns a rule's pairs into links. A pair that several records state is kept once, cited to the
-- first record in the order of evidence; a side that may have one partner and has several makes
-- each of its links ambiguous, with the weight shared between them. Citations come from the
-- entities where the rule gives none.
INSERT INTO base.every_link
WITH pairs AS (
    SELECT *, FALSE AS never FROM ({rule})
),
once AS (
    SELECT *
    FROM pairs
    WHERE from_id IS NOT NULL AND to_id IS NOT NULL AND from_id <> to_id
    QUALIFY row_number() OVER (
        PARTITION BY from_id, to_id
        ORDER BY from_file_id NULLS LAST, from_offset, to_file_id, to_offset, left_value, right_value
    ) = 1
),
counted AS (
    SELECT
        *,
        CASE
            WHEN $one = 'to' THEN count(*) OVER (PARTITION BY from_id)
            WHEN $one = 'from' THEN count(*) OVER (PARTITION BY to_id)
            WHEN $one = 'both' THEN greatest(count(*) OVER (PARTITION BY from_id), count(*) OVER (PARTITION BY to_id))
            ELSE 1
        END AS k
    FROM once
)
SELECT
    c.from_id,
    c.to_id,
    $method,
    $class,
    CASE
        WHEN c.{contradicted} THEN 'contradicted'
        WHEN c.k > 1 THEN 'ambiguous'
        WHEN $class = 'T' THEN 'inferred'
        ELSE 'matched'
    END AS state,
    CASE WHEN c.k > 1 THEN c.k END AS k,
    CAST($weight AS DOUBLE) / c.k AS weight,
    $why,
    c.left_value,
    c.right_value,
    coalesce(c.from_file_id, a.file_id),
    CASE WHEN c.from_file_id IS NULL THEN a."offset" ELSE c.from_offset END,
    CASE WHEN c.from_file_id IS NULL THEN a.length ELSE c.from_length END,
    coalesce(c.to_file_id, b.file_id),
    CASE WHEN c.to_file_id IS NULL THEN b."offset" ELSE c.to_offset END,
    CASE WHEN c.to_file_id IS NULL THEN b.length ELSE c.to_length END
FROM counted AS c
LEFT JOIN base.entity AS a ON a.id = c.from_id
LEFT JOIN base.entity AS b ON b.id = c.to_id
