-- Log messages by their fixed words: every token that holds a digit masked.
select
    service, release, instance, severity, masked, block_ns,
    count(*) as events,
    min(ts_ns) as first_ns,
    max(ts_ns) as last_ns,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from (
    select
        service, release, instance, ts_ns, file_id, byte_offset, length,
        ts_ns - ts_ns % 300000000000 as block_ns,
        case when severity_number >= 17 then 'error' when severity_number >= 13 then 'warn' else 'info' end as severity,
        re_all(substr(body, 1, 1000), '[0-9A-Za-z_-]*[0-9][0-9A-Za-z_.:-]*', '<*>') as masked
    from stage.log
    where body is not null and body <> ''
) as said
group by service, release, instance, severity, masked, block_ns, file_id
