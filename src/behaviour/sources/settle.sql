-- In the order in which they are asked for, which is also one that does not depend on threads.
CREATE OR REPLACE TABLE base.behaviour AS SELECT * FROM base.behaviour ORDER BY service, release, family, key, instance, block_ns, file_id;
CREATE OR REPLACE TABLE base.served AS SELECT * FROM base.served ORDER BY service, release, operation, instance, block_ns, source, file_id;
CREATE OR REPLACE TABLE base.latency AS SELECT * FROM base.latency ORDER BY service, release, operation, block_ns, bucket_ns, file_id;
CREATE OR REPLACE TABLE base.quantile AS SELECT * FROM base.quantile ORDER BY service, release, operation, block_ns, file_id, value_ns;
CREATE OR REPLACE TABLE base.outcome AS SELECT * FROM base.outcome ORDER BY service, metric, release, block_ns, file_id, is_counter;
CREATE OR REPLACE TABLE base.presence AS SELECT * FROM base.presence ORDER BY service, release, instance, block_ns, file_id;
CREATE OR REPLACE TABLE base.masked_log AS SELECT * FROM base.masked_log ORDER BY service, release, severity, masked, instance, block_ns, file_id;
