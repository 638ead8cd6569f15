-- What metrics say of a release besides its requests, in thousandths so that sums are exact on every engine.
select
    service, release, metric, is_counter,
    ts_ns - ts_ns % 300000000000 as block_ns,
    sum(value_milli) as total_milli,
    count(*) as points,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from stage.outcome
where value_milli is not null and value_milli > -10000000000000 and value_milli < 10000000000000
group by service, release, metric, is_counter, ts_ns - ts_ns % 300000000000, file_id
