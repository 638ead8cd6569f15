-- Where a log template was said: each release and step of five minutes with its first message.
SELECT b.release, b.instance, b.first_ns, b.events,
       f.path AS c_file, f.sha256 AS c_sha256, b."offset" AS c_offset, b.length AS c_length
FROM base.behaviour AS b
LEFT JOIN main.file AS f ON f.file_id = b.file_id
WHERE b.family = 'template' AND b.service = $service AND b.key = $severity || ' ' || $template
ORDER BY b.first_ns DESC, b.release, b.instance, b.file_id, b."offset"
LIMIT 2000
