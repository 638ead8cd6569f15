-- A release can be pointed at like anything else.
INSERT INTO base.entity
SELECT 'release:' || id, 'release', id, concat_ws(' ', service, coalesce(version, digest_short(digest)), 'to ' || environment, status),
       started_ns, NULL, service, environment, file_id, "offset", length
FROM base.release;
