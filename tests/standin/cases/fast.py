"""--fast, for measuring senders: right answers, and the events counted."""

import json
import os
import shutil
import unittest

from harness import StandIn

SENT = {                                # path: (body, its event's answer)
    "/open_api/v1.3/event/track/": ({"data": [{"event_time": 1}] * 3}, 200),
    "/v5/ad_accounts/1/events": ({"data": [{"event_time": 1}] * 3}, 200),
    "/v3/1/events": ({"data": [{"event_time": 1}] * 3}, 200),
    "/v1/events:ingest": ({"events": [{"eventTimestamp": ""}] * 3}, 200),
    "/api/event-bulk-create-jobs": ({"data": [{"metric": {}}] * 3}, 202),
}


class Fast(unittest.TestCase):
    def test_all_platforms(self):
        server = StandIn("--fast")
        for path, (body, status) in SENT.items():
            with self.subTest(path):
                answer, data = server.post(body, path)
                self.assertEqual(answer.status, status)
                got = json.loads(data or b"{}")
                self.assertEqual(got.get("code", 0), 0)
                self.assertEqual(len(got.get("events", "123")), 3)
        answer, data = server.post("", "/token")
        self.assertTrue(json.loads(data)["access_token"])
        server.process.terminate()
        server.process.wait(10)
        with open(os.path.join(server.dir, "fast.json")) as file:
            self.assertEqual(json.load(file)["events"], 3 * len(SENT))
        shutil.rmtree(server.dir)


if __name__ == "__main__":
    unittest.main()
