-- What a statement selects, with whose doing it was and where it stands.
SELECT h.*, coalesce(o.release, '') AS of_release, coalesce(o.service, '') AS of_service,
       f.path AS c_file, f.sha256 AS c_sha256, h."offset" AS c_offset, h.length AS c_length
FROM ({hits}) AS h
LEFT JOIN base.access_origin AS o ON o.file_id = h.file_id AND o."offset" = h."offset"
LEFT JOIN main.file AS f ON f.file_id = h.file_id
ORDER BY h.ts_ns NULLS LAST, h.file_id, h."offset"
