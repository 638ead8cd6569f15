-- What a release was allowed anew, and which rights it used: the action and the kind of thing, not the
-- single thing.
select
    'privilege' as family,
    name,
    subject,
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
            when grantee is not null then concat('grant ', coalesce(granted, object, '?'), ' to ', grantee)
            when result in ('denied', 'error', 'failure') then concat('denied ', verb, ' ', thing)
            else concat('use ', verb, ' ', thing)
        end as name,
        case
            when grantee is not null then coalesce(granted, object, '?')
            else concat(verb, ' ', thing)
        end as subject
    from (
        select
            service, release, instance, ts_ns, file_id, byte_offset, length, grantee, granted, object, result,
            coalesce(verb, '?') as verb,
            case
                when provider <> 'kubernetes' then re_all(re_all(coalesce(object, '?'), '[0-9a-fA-F-]{32,}', 'id'), '[0-9]{6,}', 'n')
                when object like 'pods/exec%' then 'pods/exec'
                when object like 'pods/attach%' then 'pods/attach'
                when object like 'pods/ephemeralcontainers%' then 'pods/ephemeralcontainers'
                when object like 'pods/portforward%' then 'pods/portforward'
                when object like 'serviceaccounts/token%' then 'serviceaccounts/token'
                else re_all(coalesce(object, '?'), '/.*$', '')
            end as thing
        from stage.access
        where kind = 'privilege' or (kind = 'api' and provider = 'kubernetes')
    ) as used
) as done
group by service, release, instance, name, subject, ts_ns - ts_ns % 300000000000, file_id
