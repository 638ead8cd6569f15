-- The history as far as walking from a release to the one before needs.
SELECT sha, coalesce(parents, '') AS parents FROM main.commit_now
