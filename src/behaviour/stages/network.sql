-- Whom a release called: host and port as its clients name them. Ordinals of stateful pods, addresses
-- within a subnet and ephemeral ports do not make a path new.
select
    'network' as family,
    concat(host, ':', port) as name,
    host as subject,
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
        case
            when re_all(server_address, '^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$', '') = ''
                then concat(re_all(server_address, '[.][0-9]+$', ''), '.0/24')
            else re_all(re_all(server_address, '-[0-9]+[.]', '-n.'), '-[bcdfghjklmnpqrstvwxz0-9]{6,10}-[bcdfghjklmnpqrstvwxz0-9]{5}([.]|$)', '-pod.')
        end as host,
        case
            when server_port is null then '*'
            when server_port >= 32768 then '*'
            else cast(server_port as string)
        end as port
    from stage.span
    where server_address is not null and server_address <> '' and kind in ('client', 'producer')
) as called
group by service, release, instance, host, port, ts_ns - ts_ns % 300000000000, file_id
