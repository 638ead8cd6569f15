-- Log lines with the columns and types told, ordered as they come.
CREATE TABLE record AS
SELECT *
FROM read_json(
    '{file}',
    format = 'newline_delimited',
    columns = {
        "time": 'TIMESTAMP', "level": 'VARCHAR', msg: 'VARCHAR', service: 'VARCHAR', pod: 'VARCHAR',
        trace_id: 'VARCHAR', span_id: 'VARCHAR', order_id: 'BIGINT', route: 'VARCHAR', "status": 'INTEGER',
        duration_ms: 'DOUBLE'
    }
);
CHECKPOINT;
