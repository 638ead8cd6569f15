-- A stage's rows into the table that it fills.
INSERT INTO base.{table}
{stage}
