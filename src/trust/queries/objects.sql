-- Every commit and tag that is signed and whose bytes are at hand. The same object from two exports is one.
SELECT o.kind, o.sha, min(o.name) AS name,
       min(f.path) AS c_file, arg_min(f.sha256, (f.path, o."offset")) AS c_sha256,
       arg_min(o."offset", (f.path, o."offset")) AS c_offset, arg_min(o.length, (f.path, o."offset")) AS c_length
FROM base.git_object AS o
JOIN main.file AS f ON f.file_id = o.file_id
WHERE o.signature IS NOT NULL AND o.sha IS NOT NULL
GROUP BY o.kind, o.sha
ORDER BY o.kind, o.sha
