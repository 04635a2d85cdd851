"""Alerts: a failed run reaches the address, as JSON a chat's webhook understands."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assets import alerts


@pytest.fixture
def received() -> Iterator[tuple[str, list[dict[str, str]]]]:
    got: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives(received: tuple[str, list[dict[str, str]]]) -> None:
    address, got = received
    alerts.send(address, alerts.message("r1", "khabar", "دیسک پر است"))
    assert got == [
        {
            "text": "Khabar: the run r1 of khabar failed: دیسک پر است",
            "run_id": "r1",
            "job": "khabar",
            "reason": "دیسک پر است",
        }
    ]


def test_only_web_addresses_are_taken() -> None:
    with pytest.raises(ValueError, match="KHABAR_ALERT_URL must begin with http"):
        alerts.send("file:///etc/passwd", {})
