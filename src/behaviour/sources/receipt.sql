INSERT INTO base.receipt VALUES ($stage, $digest, $rows)
