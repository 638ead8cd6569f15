-- Who wrote which lines, as far as anything says.
SELECT path, line_start, line_end, author_kind, coalesce(tool, human) AS who FROM base.attribution WHERE sha = $sha ORDER BY path, line_start LIMIT 20000
