"""`RemoteMonitor` with a server of this process."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

import fastnn
from fastnn.callbacks import RemoteMonitor

Received = list[tuple[str, Any, bytes]]


@pytest.fixture
def server() -> Iterator[tuple[str, Received]]:
    """Its address, and the requests that it has had."""
    received: Received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers, body))
            self.send_response(404 if self.path == "/none" else 200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}", received
        made.shutdown()
        thread.join()


def fit(monitor: RemoteMonitor) -> dict[str, list[float]]:
    model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, callbacks=[monitor]).history


def test_a_form_or_json(server: tuple[str, Received]) -> None:
    root, received = server
    logs = fit(RemoteMonitor(root, field="row", headers={"X-Run": "7"}))
    again = fit(RemoteMonitor(root, path="/other", send_as_json=True))
    assert [path for path, _, _ in received] == ["/publish/epoch/end/"] * 2 + ["/other"] * 2
    for number, (_, headers, body) in enumerate(received[:2]):
        assert headers["X-Run"] == "7"
        sent = json.loads(parse_qs(body.decode())["row"][0])
        assert sent == {"epoch": number, "loss": logs["loss"][number], "mae": logs["mae"][number]}
    for number, (_, headers, body) in enumerate(received[2:]):
        assert headers["Content-Type"] == "application/json"
        assert json.loads(body)["loss"] == again["loss"][number]


def test_training_goes_on_without_the_server(server: tuple[str, Received]) -> None:
    root, _ = server
    for monitor in (RemoteMonitor(root, "/none"), RemoteMonitor("http://127.0.0.1:1")):
        with pytest.warns(UserWarning, match=r"could not send epoch \d to http://127"):
            assert len(fit(monitor)["loss"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"root": "file:///etc"}, "must begin with http"), ({"root": 3}, "`root` must be a string"),
     ({"path": None}, "`path` must be"), ({"headers": [1]}, "`headers` must be a dict"),
     ({"send_as_json": "yes"}, "`send_as_json` must be")],
)  # fmt: skip
def test_rejects(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RemoteMonitor(**arguments)
