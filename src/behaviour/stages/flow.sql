-- Whom a release called, as the network saw it: unsampled, so it may say that something is new where
-- spans may not.
select
    'network' as family,
    host as name,
    re_all(host, ':[0-9*]+$', '') as subject,
    service, release, instance,
    ts_ns - ts_ns % 300000000000 as block_ns,
    count(*) as events,
    min(ts_ns) as first_ns,
    max(ts_ns) as last_ns,
    file_id,
    min(byte_offset) as byte_offset,
    min_by(length, byte_offset) as length
from (
    select service, release, instance, ts_ns, file_id, byte_offset, length,
        re_all(re_all(object, '-[0-9]+[.]', '-n.'), ':(3[3-9][0-9][0-9][0-9]|[4-6][0-9][0-9][0-9][0-9])$', ':*') as host
    from stage.access
    where kind = 'network' and object is not null and verb in ('connect', 'egress', 'dns', 'flow')
) as seen
group by service, release, instance, host, ts_ns - ts_ns % 300000000000, file_id
