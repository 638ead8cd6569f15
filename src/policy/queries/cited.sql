-- The file of a row that a rule's own statement gave.
SELECT path AS c_file, sha256 AS c_sha256 FROM main.file WHERE file_id = $file
