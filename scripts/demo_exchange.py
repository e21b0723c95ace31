#!/usr/bin/env python3
"""An exchange's account API for the demo: plain HTTP on loopback, behind an nginx that speaks TLS.

   demo_exchange.py PORT ACCOUNTS.csv

ACCOUNTS.csv has lines key,secret,account,balance and may change while it runs. A request is signed: the query but for its last
parameter, signature, under the account's secret with HMAC-SHA-256 (hexadecimal).
"""

import csv
import hashlib
import hmac
import http.server
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit


class Account(http.server.BaseHTTPRequestHandler):
    accounts = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        query, _, signature = url.query.rpartition("&signature=")
        with open(self.accounts, newline="") as file:
            known = {row[0]: row[1:] for row in csv.reader(file)}
        mine = known.get(self.headers.get("X-API-KEY", ""))
        if url.path != "/sapi/v1/account" or mine is None:
            return self.answer(401, {"msg": "no such key"})
        secret, account, balance = mine
        expected = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        asked_at = int(parse_qs(query).get("timestamp", ["0"])[0])
        if not hmac.compare_digest(expected, signature) or abs(asked_at - time.time() * 1000) > 60_000:
            return self.answer(401, {"msg": "the signature or its time does not fit"})
        balances = [{"asset": "ETH", "free": balance, "locked": "0.00000000"}]
        self.answer(200, {"accountType": "SPOT", "updateTime": int(time.time() * 1000), "balances": balances, "uid": int(account)})

    def answer(self, status, content):
        body = json.dumps(content, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Account.accounts = sys.argv[2]
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Account).serve_forever()
