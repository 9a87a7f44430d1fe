"""A webhook receiver on a socket that keeps what it was sent."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def receiver():
    """Yield (url, deliveries): each delivery is the JSON body of one POST."""
    deliveries = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            """Keep stderr for the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", deliveries
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
