-- Since when the evidence tells of each family, of anybody.
SELECT family, min(first_ns) AS first_ns FROM base.behaviour GROUP BY family ORDER BY family
