-- How many entities of each kind the case has: what was not collected shows as absent here.
SELECT kind, count(*) AS n FROM base.entity GROUP BY kind ORDER BY kind
