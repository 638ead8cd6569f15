-- A session without a title is called by what was asked of it first.
UPDATE base.entity
SET label = first.prompt
FROM (
    SELECT 'session:' || tool || ':' || session_id AS id, arg_min(left(split_part(text, chr(10), 1), 80), (ts_ns, file_id, "offset")) AS prompt
    FROM base.turn
    WHERE kind = 'prompt' AND text IS NOT NULL
    GROUP BY 1
) AS first
WHERE base.entity.id = first.id AND first.prompt IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM base.session s WHERE 'session:' || s.tool || ':' || s.session_id = first.id AND s.title IS NOT NULL)
