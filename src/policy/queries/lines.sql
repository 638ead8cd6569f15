-- Lines that a model wrote, and all added lines, of some commits.
SELECT
    coalesce((
        SELECT sum(line_end - line_start + 1) FROM base.attribution
        WHERE author_kind = 'ai' AND sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
    ), 0) AS ai,
    coalesce((
        SELECT sum(additions) FROM base.commit_file WHERE sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
    ), 0) AS added
WHERE EXISTS (SELECT 1 FROM base.attribution) OR EXISTS (SELECT 1 FROM base.commit_file)
