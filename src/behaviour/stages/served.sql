-- How many requests each operation of an instance served, and how many of them failed.
select
    service, release, instance, operation,
    ts_ns - ts_ns % 300000000000 as block_ns,
    'span' as source,
    count(*) as requests,
    cast(sum(failed) as bigint) as errors,
    file_id,
    min_by(byte_offset, byte_offset - failed * 4611686018427387904) as byte_offset,
    min_by(length, byte_offset - failed * 4611686018427387904) as length
from (
    select
        service, release, instance, ts_ns, file_id, byte_offset, length,
        re_all(re_all(coalesce(name, '?'), '[0-9a-fA-F-]{20,}', 'id'), '[0-9]{3,}', 'n') as operation,
        case when status_code = 'error' then 1 when http_status >= 500 then 1 else 0 end as failed
    from stage.span
    where kind in ('server', 'consumer') or (is_root = 1 and kind <> 'client')
) as served
group by service, release, instance, operation, ts_ns - ts_ns % 300000000000, file_id
