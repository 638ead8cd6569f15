-- Log templates as behaviour, like what was called or read.
INSERT INTO base.behaviour
SELECT
    'template', m.severity || ' ' || t.template, t.template, m.service, m.release, m.instance, m.block_ns,
    sum(m.events), min(m.first_ns), max(m.last_ns), m.file_id, min(m."offset"), min_by(m.length, m."offset")
FROM base.masked_log AS m
JOIN base.template AS t ON t.service = m.service AND t.severity = m.severity AND t.masked = m.masked
GROUP BY m.severity, t.template, m.service, m.release, m.instance, m.block_ns, m.file_id
