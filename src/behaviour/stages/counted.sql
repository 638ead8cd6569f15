-- The same as metrics count it: every request, where spans may be sampled.
select
    service, release, instance, operation,
    ts_ns - ts_ns % 300000000000 as block_ns,
    'metric' as source,
    cast(sum(requests) as bigint) as requests,
    cast(sum(requests * failed) as bigint) as errors,
    file_id,
    min_by(byte_offset, byte_offset - failed * 4611686018427387904) as byte_offset,
    min_by(length, byte_offset - failed * 4611686018427387904) as length
from stage.counted
where requests is not null and requests >= 0 and requests < 1000000000000
group by service, release, instance, operation, ts_ns - ts_ns % 300000000000, file_id
