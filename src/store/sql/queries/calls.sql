-- Who calls whom: services by the hosts that name them.
SELECT DISTINCT b.service, split_part(b.subject, '.', 1) AS callee
FROM base.behaviour AS b
WHERE b.family = 'network' AND split_part(b.subject, '.', 1) IN (SELECT service FROM base.release) AND split_part(b.subject, '.', 1) <> b.service
ORDER BY b.service, callee
