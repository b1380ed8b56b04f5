"""A real HTTP/1.1 server around the stand-in, on the loopback: threads, keep-alive, quiet, cleanly closed."""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote

from dashboard.simulator.simulator import BASE, SLEEP, Simulator

# On close, throw away what is unsent: the other side gets a reset.
_RESET = struct.pack("ii", 1, 0)


@contextmanager
def serve(sim: Simulator, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve on a port of this machine (0: any free one); yields the base URL of the API.

    Raises ValueError for a host beyond the loopback, OSError for a port that is taken. On leaving, open
    connections are ended and every thread is joined.
    """
    if not is_loopback(host):
        raise ValueError(f"{host} is not a loopback address: the stand-in is not for other machines")
    server = _Server((host, port), sim)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}{BASE}"
    finally:
        server.stop()
        thread.join()


def is_loopback(host: str) -> bool:
    """Whether a host names this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(ThreadingHTTPServer):
    """One thread per connection; knows its connections, so that it can end them."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sim: Simulator) -> None:
        super().__init__(address, _Handler)
        self.sim = sim
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what broke here, but not that a client went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End the accepting, then the connections, then wait for their threads."""
        self.closing.set()
        self.shutdown()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into a WSGI call and back."""

    protocol_version = "HTTP/1.1"
    # An answer is written in two pieces; waiting for the first to be acknowledged would cost 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        """Serve one request of any method."""
        try:
            chunks = self.server.sim(self._environ(), self._start)
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close_connection = True
            return
        self.end_headers()
        self._write(chunks)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 (its names)

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""

    def version_string(self) -> str:
        return "simulator"

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdigit() else b""
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return named | {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            SLEEP: self.server.closing.wait,
        }

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self._promised = int(dict(headers)["Content-Length"])

    def _write(self, chunks: Iterable[bytes]) -> None:
        written = 0
        for chunk in chunks if self.command != "HEAD" else ():
            self.wfile.write(chunk)
            written += len(chunk)
        if written < self._promised:
            self.close_connection = True
