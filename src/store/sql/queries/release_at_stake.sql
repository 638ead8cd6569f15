-- The release to begin with where nothing was chosen: that of the worst finding, else the newest.
SELECT r.id
FROM base.release AS r
LEFT JOIN (SELECT release, min(rank) AS rank, count(*) AS findings FROM base.finding WHERE state IN ('open', 'explained') GROUP BY release) AS f ON f.release = r.id
ORDER BY f.rank NULLS LAST, f.findings DESC NULLS LAST, r.started_ns DESC NULLS LAST, r.id
LIMIT 1
