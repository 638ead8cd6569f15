-- Which secrets a release touched, and how. Version suffixes of a secret are the same secret.
select
    'secret' as family,
    concat(op, ' ', secret) as name,
    secret as subject,
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
            when result in ('denied', 'error', 'failure') then 'denied'
            when verb like '%ecrypt' then 'decrypt'
            when verb like '%ist%' then 'list'
            when is_read = 1 then 'read'
            when verb in ('read', 'get', 'watch') then 'read'
            else 'write'
        end as op,
        re_all(re_all(object, '/versions/[^/]*$', ''), '(:secret:[^:]*)-[A-Za-z0-9]{6}$', ':secret') as secret
    from stage.access
    where kind = 'secret' and object is not null
) as touched
group by service, release, instance, op, secret, ts_ns - ts_ns % 300000000000, file_id
