-- The slowest twentieth of requests, as metrics tell it.
select
    service, release, operation,
    ts_ns - ts_ns % 300000000000 as block_ns,
    max(value_ns) as value_ns,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from stage.quantile
group by service, release, operation, ts_ns - ts_ns % 300000000000, file_id
