-- What gates decided.
SELECT id, gate, decision, environment, approver, requestor, policy_digest
FROM (
    SELECT 'gate_decision:' || concat_ws('/', repository, gate, run_id, decision, approver, ts_ns) AS id, * FROM base.gate_decision
)
WHERE id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
ORDER BY id
