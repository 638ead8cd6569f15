SELECT method, count(*) AS n FROM base.link GROUP BY method ORDER BY method
