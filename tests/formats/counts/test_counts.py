"""Hand-made input for the rules that no sample shows: `python3 -m unittest` in this folder."""

import gzip
import importlib
import json
import unittest
from collections import Counter

from common import ASIDE, BROKEN, RECORD, unpacked, values


def met(name, data):
    data = data if isinstance(data, bytes) else data.encode()
    tally = Counter(verdict for verdict, _ in importlib.import_module(name).count(data))
    return tally[RECORD], tally[ASIDE], tally[BROKEN]


def rows(*objects):
    return "\n".join(json.dumps(value) for value in objects)


class Counts(unittest.TestCase):
    def test_values_go_on_after_a_break(self):
        found = list(values(b'{"a":1}{"a":2}\n{"a":\nnoise\n{"a":3}\n'))
        self.assertEqual([v["a"] for v, why in found if not why], [1, 2, 3])
        self.assertEqual(sum(why is not None for _, why in found), 1)

    def test_packed(self):
        self.assertEqual(unpacked(gzip.compress(b"x")), b"x")

    def test_vault_halves(self):
        def half(kind, number):
            return {"type": kind, "request": {"id": number}}

        pair = rows(half("request", "1"), half("response", "1"), half("request", "2"))
        self.assertEqual(met("vault_audit", pair), (2, 1, 0))
        self.assertEqual(met("vault_audit", "@cee: " + rows(half("response", "1"))), (1, 0, 0))

    def test_audit_stages(self):
        def stage(name, number):
            return {"kind": "Event", "auditID": number, "stage": name}

        watched = [stage("RequestReceived", "1"), stage("ResponseStarted", "1"), stage("ResponseComplete", "1")]
        self.assertEqual(met("k8s_audit", rows(*watched)), (1, 2, 0))
        self.assertEqual(met("k8s_audit", rows(*watched[:2])), (1, 1, 0))
        self.assertEqual(met("k8s_audit", rows({"items": watched[:1] + [stage("Panic", "2")]})), (2, 0, 0))
        wrapped = {"category": "kube-audit", "properties": {"log": json.dumps(watched[2])}}
        self.assertEqual(met("k8s_audit", rows({"records": [wrapped]})), (1, 0, 0))

    def test_operation_pairs(self):
        def entry(**operation):
            return {"protoPayload": {}, "operation": {"id": "1", **operation}}

        self.assertEqual(met("gcp_audit", rows([entry(first=True), entry(last=True)])), (1, 1, 0))
        self.assertEqual(met("gcp_audit", rows(entry(first=True))), (1, 0, 0))
        self.assertEqual(met("gcp_audit", rows(entry(first=True, last=True))), (1, 0, 0))

    def test_transcript(self):
        line = {"type": "user", "uuid": "1", "message": {"role": "user", "content": "x"}}
        told = {"type": "assistant", "uuid": "2", "message": {"role": "assistant", "content": []}}
        report = {"type": "progress", "uuid": "3", "data": {"type": "agent_progress", "message": told}}
        torn = {"type": "user", "uuid": "4", "message": "error"}
        whole = {**line, "uuid": "4"}
        self.assertEqual(met("claude_session", rows(line, line, report, report)), (2, 2, 0))
        self.assertEqual(met("claude_session", rows(torn, whole)), (1, 0, 1))

    def test_partial_lines(self):
        cri = "2024-01-01T00:00:00Z stdout P a\n2024-01-01T00:00:00Z stdout F b\n"
        self.assertEqual(met("cri_log", cri), (1, 1, 0))
        pieces = rows({"log": "a", "stream": "x"}, {"log": "b", "stream": "x"}, {"log": "c\n", "stream": "x"})
        self.assertEqual(met("docker_log", pieces)[0], 1)

    def test_codex_generations(self):
        new = rows({"type": "session_meta", "payload": {}}, {"type": "response_item", "payload": {"type": "message"}})
        old = rows({"id": "1", "timestamp": "t", "instructions": None}, {"type": "message"}, {"record_type": "state"})
        self.assertEqual(met("codex_session", new)[0], 1)
        self.assertEqual(met("codex_session", old)[0], 1)

    def test_answers(self):
        matrix = {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "1"], [2, "NaN"]]}]}}
        self.assertEqual(met("prometheus", rows(matrix)), (2, 0, 0))
        streams = {"data": {"resultType": "streams", "result": [{"stream": {}, "values": [["1", "a"]]}]}}
        self.assertEqual(met("loki", rows(streams)), (1, 0, 0))
        self.assertEqual(met("loki", rows({"labels": {}, "line": "a", "timestamp": "t"})), (1, 0, 0))

    def test_text(self):
        flows = "version account-id srcaddr\n2 1 eni 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK\n2 1 eni - - - - - - - 1 1 - NODATA\n"
        self.assertEqual(met("vpc_flow", flows), (1, 2, 0))
        self.assertEqual(met("syslog", "<34>1 2024-01-01T00:00:00Z h a - - - x\nOct  1 10:00:00 h a: y\n  more\n"), (2, 1, 0))
        self.assertEqual(met("logfmt", 'ts=1 level=info msg="a b"\npanic\n'), (1, 1, 0))

    def test_otlp(self):
        span = {"traceId": "zzz", "spanId": "xyz"}
        self.assertEqual(met("otlp_json", rows({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})), (0, 0, 1))
        body = bytes([0x0A, 0x06, 0x12, 0x04, 0x12, 0x02, 0x0A, 0x00])
        self.assertEqual(met("otlp_protobuf", body), (0, 0, 0))

    def test_a_message_cannot_forge_a_commit(self):
        stream = b"commit refs/heads/main\ndata 21\ncommit refs/heads/x\n\n\nblob\ndata 0\n"
        self.assertEqual(met("git_fast_export", stream), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
