-- Which instance spoke at all, and when.
select
    service, release, instance, block_ns,
    cast(sum(spans) as bigint) as spans,
    cast(sum(logs) as bigint) as logs,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from (
    select service, release, instance, ts_ns - ts_ns % 300000000000 as block_ns, 1 as spans, 0 as logs, file_id, byte_offset, length
    from stage.span
    union all
    select service, release, instance, ts_ns - ts_ns % 300000000000 as block_ns, 0 as spans, 1 as logs, file_id, byte_offset, length
    from stage.log
) as spoke
group by service, release, instance, block_ns, file_id
