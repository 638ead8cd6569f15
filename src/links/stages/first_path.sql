-- Of several paths of the same bytes the first in order stands for their records, whichever was met
-- first; the others are duplicates of it.
CREATE OR REPLACE TABLE base.evidence_file AS
SELECT * EXCLUDE (parsed, several, leads, told) REPLACE (
    CASE WHEN several AND NOT leads THEN NULL WHEN several THEN told.format ELSE format END AS format,
    CASE WHEN several AND NOT leads THEN 0 WHEN several THEN told.likelihood ELSE likelihood END AS likelihood,
    CASE WHEN several AND NOT leads THEN 'duplicate' WHEN several THEN told.state ELSE state END AS state,
    CASE WHEN several AND NOT leads THEN 'the same bytes are in the case already' WHEN several THEN told.note ELSE note END AS note,
    CASE WHEN several AND NOT leads THEN 0 WHEN several THEN told.read ELSE read END AS read,
    CASE WHEN several AND NOT leads THEN 0 WHEN several THEN told.kept ELSE kept END AS kept,
    CASE WHEN several AND NOT leads THEN 0 WHEN several THEN told.rejected ELSE rejected END AS rejected,
    CASE WHEN several AND NOT leads THEN 0 WHEN several THEN told.ignored ELSE ignored END AS ignored
) 
FROM (
    SELECT
        *,
        parsed AND count(*) FILTER (WHERE parsed) OVER same > 1 AS several,
        row_number() OVER (PARTITION BY sha256, parsed ORDER BY path) = 1 AS leads,
        first_value({'format': format, 'likelihood': likelihood, 'state': state, 'note': note, 'read': read, 'kept': kept, 'rejected': rejected, 'ignored': ignored})
            OVER (PARTITION BY sha256, parsed ORDER BY state = 'duplicate', path) AS told
    FROM (SELECT *, sha256 IS NOT NULL AND state NOT IN ('unsafe_path', 'unsupported', 'refused') AS parsed FROM base.evidence_file)
    WINDOW same AS (PARTITION BY sha256)
)
ORDER BY path, sha256
