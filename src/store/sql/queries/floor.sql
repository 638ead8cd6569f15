-- What the trust floor of this connection leaves out, and which verdicts it makes others.
SELECT *
FROM (
    SELECT
        (SELECT count(*) FROM base.every_link) AS links,
        (SELECT count(*) FROM base.every_link WHERE NOT is_trusted(state)) AS left_out,
        (SELECT count(*) FROM base.verdict) AS verdicts,
        (SELECT count(*) FROM base.verdict AS v JOIN base.every_verdict AS a USING (release) WHERE a.floor = 'any' AND a.verdict <> v.verdict) AS differ
)
WHERE links > 0 OR verdicts > 0
