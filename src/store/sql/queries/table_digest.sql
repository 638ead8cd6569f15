-- How many rows a table has, and a sum over what they hold: equal for equal rows in any order.
SELECT count(*) AS n, coalesce(sum(hash(t)), 0)::VARCHAR AS digest FROM base.{table} AS t
