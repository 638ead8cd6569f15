-- What the engine's own parser makes of a statement; only single readable statements serialise.
SELECT CAST(json_serialize_sql($sql) AS VARCHAR) AS parsed
