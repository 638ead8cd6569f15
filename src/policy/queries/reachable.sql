-- Whether a commit is reachable from a branch: from the commits that were its tip in any export, along their parents.
-- Where a parent is not here the history is cut off, and a commit that was not found may lie behind the cut, unless a
-- tip of the branch lies behind the commit itself.
WITH RECURSIVE tip AS (
    SELECT DISTINCT c.sha
    FROM base.commit AS c, unnest(string_split(replace(c.refs, 'HEAD -> ', ''), ', ')) AS r(ref)
    WHERE r.ref IN ($branch, 'origin/' || $branch, 'refs/heads/' || $branch, 'refs/remotes/' || $branch, 'refs/remotes/origin/' || $branch)
       OR 'origin/' || r.ref = $branch
),
step AS (
    SELECT DISTINCT c.sha, p.parent
    FROM base.commit AS c, unnest(string_split(c.parents, ' ')) AS p(parent)
    WHERE p.parent <> ''
),
reached AS (
    SELECT sha FROM tip
    UNION
    SELECT s.parent FROM reached AS r JOIN step AS s USING (sha)
),
behind AS (
    SELECT $sha AS sha
    UNION
    SELECT s.parent FROM behind AS b JOIN step AS s USING (sha)
)
SELECT
    EXISTS (SELECT 1 FROM reached WHERE sha = $sha) AS is_reachable,
    EXISTS (SELECT 1 FROM tip) AS has_tip,
    NOT EXISTS (SELECT 1 FROM reached WHERE sha NOT IN (SELECT sha FROM base.commit WHERE sha IS NOT NULL))
        OR EXISTS (SELECT 1 FROM behind SEMI JOIN tip USING (sha)) AS is_certain
WHERE $sha IS NOT NULL
