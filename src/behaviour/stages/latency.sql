-- How long requests took, in steps of two significant digits: counts add up in any order, quantiles
-- are read off them at home.
select
    service, release, operation, block_ns,
    duration_ns - duration_ns % width_ns as bucket_ns,
    width_ns,
    count(*) as requests,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from (
    select
        service, release, file_id, byte_offset, length, duration_ns,
        ts_ns - ts_ns % 300000000000 as block_ns,
        re_all(re_all(coalesce(name, '?'), '[0-9a-fA-F-]{20,}', 'id'), '[0-9]{3,}', 'n') as operation,
        case
            when duration_ns < 1000000 then 10000
            when duration_ns < 10000000 then 100000
            when duration_ns < 100000000 then 1000000
            when duration_ns < 1000000000 then 10000000
            when duration_ns < 10000000000 then 100000000
            else 1000000000
        end as width_ns
    from stage.span
    where (kind in ('server', 'consumer') or (is_root = 1 and kind <> 'client')) and duration_ns >= 0
) as took
group by service, release, operation, block_ns, duration_ns - duration_ns % width_ns, width_ns, file_id
