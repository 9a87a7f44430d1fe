"""An HTTP receiver that remembers what it got and answers as it was told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    port: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers with names in lower case, and body of each request."""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """The next answers; afterwards always ``then``."""
    then: tuple[int, dict[str, str]] = (204, {})
    mute: threading.Event | None = None
    """Set to an event: no answer until it is set."""

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def texts(self) -> list[str]:
        return [body.decode() for _, _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if receiver.mute is not None:
                receiver.mute.wait(30)
                return
            receiver.got.append((self.path, headers, body))
            status, more = receiver.answers.pop(0) if receiver.answers else receiver.then
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.mute is not None:
            receiver.mute.set()
        server.shutdown()
        thread.join()
        server.server_close()
