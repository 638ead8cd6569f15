INSERT INTO base.meta VALUES ('schema', $1)
