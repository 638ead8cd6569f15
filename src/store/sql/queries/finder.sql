-- Everything that can be found, newest first.
SELECT id, kind, label FROM base.entity ORDER BY kind IN ('resource', 'access', 'identity'), ts_ns DESC NULLS LAST, id LIMIT 200000
