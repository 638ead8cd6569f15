-- Lines that a model wrote, and all added lines, of each commit.
SELECT sha, CAST(sum(ai) AS BIGINT) AS ai, CAST(sum(added) AS BIGINT) AS added
FROM (
    SELECT sha, CASE WHEN author_kind = 'ai' THEN coalesce(line_end - line_start + 1, 0) ELSE 0 END AS ai, 0 AS added FROM base.attribution
    UNION ALL SELECT sha, 0, coalesce(additions, 0) FROM base.commit_file
)
GROUP BY sha
ORDER BY sha
