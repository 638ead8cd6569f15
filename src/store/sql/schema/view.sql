-- The same table as people see it.
CREATE VIEW main.{table} AS
SELECT
    file_id,
    "offset",
    length,
    ts_ns,
    evidence_class
    {columns}
FROM base.{table};
