-- In the order in which they are asked for, so that zone maps prune.
CREATE OR REPLACE TABLE base.entity AS SELECT * FROM base.entity ORDER BY kind, ts_ns NULLS FIRST, id;
CREATE OR REPLACE TABLE base.every_link AS SELECT * FROM base.every_link ORDER BY from_id, to_id, method;
