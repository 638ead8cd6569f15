-- How many rows a long list has.
SELECT count(*) AS n FROM matching
