-- The commits that last touched a line of a file, as far as the diffs in the case tell.
SELECT DISTINCT 'commit:' || h.sha AS id, c.committed_ns
FROM base.diff_hunk AS h
LEFT JOIN main.commit_now AS c USING (sha)
WHERE (h.path = $path OR h.path LIKE '%/' || $path) AND $line BETWEEN h.new_start AND h.new_start + h.new_lines - 1
UNION
SELECT DISTINCT 'commit:' || a.sha, c.committed_ns
FROM base.attribution AS a
LEFT JOIN main.commit_now AS c USING (sha)
WHERE (a.path = $path OR a.path LIKE '%/' || $path) AND $line BETWEEN a.line_start AND a.line_end
ORDER BY 2 DESC NULLS LAST, 1
LIMIT 5
