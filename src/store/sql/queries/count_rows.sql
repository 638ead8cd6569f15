SELECT count(*) AS n FROM base.{table}
