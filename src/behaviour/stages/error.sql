-- Which operations of a release failed, and how: the path of an error, without ids.
select
    'error' as family,
    concat(operation, ' ', error, peer) as name,
    error as subject,
    service, release, instance,
    ts_ns - ts_ns % 300000000000 as block_ns,
    count(*) as events,
    min(ts_ns) as first_ns,
    max(ts_ns) as last_ns,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from (
    select
        service, release, instance, ts_ns, file_id, byte_offset, length,
        re_all(re_all(name, '[0-9a-fA-F-]{20,}', 'id'), '[0-9]{3,}', 'n') as operation,
        case
            when error_type is not null and error_type <> '' then re_all(re_all(error_type, '[0-9a-fA-F-]{20,}', 'id'), '[0-9]{4,}', 'n')
            when http_status is not null then cast(http_status as string)
            else 'error'
        end as error,
        case
            when server_address is null then ''
            else concat(' from ', re_all(re_all(server_address, '-[0-9]+[.]', '-n.'), '^[0-9.]+$', 'address'))
        end as peer
    from stage.span
    where status_code = 'error' and name is not null
) as failed
group by service, release, instance, operation, error, peer, ts_ns - ts_ns % 300000000000, file_id
