-- The entities that a person may mean by a text: its id, its key, a prefix of either, or the part of
-- the key that people say (a pod's name, a run's number, a session's id).
SELECT id, kind, label, ts_ns,
    CASE
        WHEN id = $text OR key = $text THEN 0
        WHEN kind = 'release' AND starts_with(key, $text || '/') THEN 1
        WHEN list_contains(string_split_regex(key, '[/:#]'), $text) OR ends_with(key, '/' || $text) OR ends_with(key, $text) AND $text LIKE '%#%'
            -- What others hang on is meant before what hangs on it.
            THEN CASE WHEN kind IN ('review', 'gate_decision', 'identity', 'access', 'change', 'incident') THEN 6 ELSE 2 END
        WHEN kind IN ('commit', 'artifact', 'attestation', 'session', 'resource') AND length($text) >= 4
            AND (starts_with(key, $text) OR contains(key, ':' || $text)) THEN 3
        WHEN starts_with(id, $text) OR starts_with(key, $text) THEN 4
    END AS rank
FROM base.entity
WHERE id = $text OR starts_with(id, $text) OR starts_with(key, $text) OR contains(key, ':' || $text)
   OR list_contains(string_split_regex(key, '[/:#]'), $text) OR ends_with(key, '/' || $text) OR ends_with(key, $text) AND $text LIKE '%#%'
QUALIFY rank = min(rank) OVER ()
ORDER BY rank, kind, id
LIMIT 50
