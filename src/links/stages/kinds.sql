-- The kinds of entity that the case has any of.
SELECT DISTINCT kind FROM base.entity
