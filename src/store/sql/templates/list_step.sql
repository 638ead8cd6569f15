-- The next row of a long list, in either direction, that is loud, or that is of the same trace.
SELECT m.ts_ns, m.file_id, m."offset" FROM matching AS m
WHERE (CASE WHEN $same THEN (m.hi, m.lo) = (SELECT (o.hi, o.lo) FROM matching AS o WHERE o.file_id = $file AND o."offset" = $byte AND o.hi IS NOT NULL LIMIT 1) ELSE m.loud END)
  AND CASE WHEN $forward THEN m.ts_ns > $at OR (m.ts_ns = $at AND (m.file_id, m."offset") > ($file, $byte))
      ELSE m.ts_ns < $at OR (m.ts_ns = $at AND (m.file_id, m."offset") < ($file, $byte)) END
ORDER BY CASE WHEN $forward THEN m.ts_ns ELSE -m.ts_ns END, CASE WHEN $forward THEN m.file_id ELSE -m.file_id END,
         CASE WHEN $forward THEN m."offset" ELSE -m."offset" END
LIMIT 1
