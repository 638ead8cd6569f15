-- The commits whose diff is in the case.
SELECT DISTINCT sha FROM base.diff_hunk WHERE patch IS NOT NULL AND sha IS NOT NULL ORDER BY sha
