-- The events that a Sigma rule selects. Inside out: the events of the log source with their JSON text;
-- the values of each field as a list; the scalars of each list as text; the condition.
SELECT file_id, "offset", length, ts_ns{{columns}}
FROM (
    SELECT *{{texts}}
    FROM (
        SELECT *{{values}}
        FROM (
            SELECT *, CASE WHEN json_valid({{document}}) THEN {{document}} ELSE '{}' END AS sigma_doc
            FROM {{relation}}
            WHERE {{filter}}
        ) AS documents
    ) AS fields
) AS texts
WHERE {{condition}}
