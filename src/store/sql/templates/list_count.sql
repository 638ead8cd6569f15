-- How many rows a list has.
SELECT count(*) AS n FROM ({list})
