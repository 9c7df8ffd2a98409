"""The far side on loopback: an object store, an SFTP server and a web server, each behind a line that can fail."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "partner", "a password of the partner"


class Line:
    """A TCP line to a server; each connection takes the next fault of ``plan``, or none once that is empty.

    Faults: an int cuts the line after so many bytes of answer, "slow" lets nothing through, "refuse" hangs up.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self.plan: list[int | str | None] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                self.connections += 1
                fault = self.plan.pop(0) if self.plan else None
                if fault == "refuse":
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=_copy, args=(near, far, None), daemon=True).start()
                threading.Thread(target=_copy, args=(far, near, fault), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, fault: int | str | None) -> None:
    left = fault if isinstance(fault, int) else None
    with contextlib.suppress(OSError):
        while part := source.recv(16384):
            if fault == "slow":
                continue
            if left is not None and len(part) > left:
                target.sendall(part[:left])
                break
            target.sendall(part)
            left = None if left is None else left - len(part)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, with what a test asks of it by attributes of the server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        name = self.path.partition("?")[0].rpartition("/")[2]
        if name in server.statuses:
            self.send_error(server.statuses[name])
        elif name in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[name])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif name in server.endless:  # neither length nor chunks: the end of the line is the end of the file
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(server.endless[name].pop(0))
            self.close_connection = True
        else:
            super().do_GET() if self.command == "GET" else super().do_HEAD()

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def web(folder: Path) -> Iterator[Any]:
    def handler(*arguments: Any) -> _Files:
        return _Files(*arguments, directory=str(folder))

    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.asked, server.statuses, server.redirects, server.endless = [], {}, {}, {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Folder(paramiko.SFTPServerInterface):
    def __init__(self, server: paramiko.ServerInterface, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def _path(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        if not self._path(path).is_dir():
            return paramiko.SFTP_NO_SUCH_FILE
        return [paramiko.SFTPAttributes.from_stat(one.stat(), filename=one.name) for one in self._path(path).iterdir()]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        self._path(path).mkdir()
        return paramiko.SFTP_OK

    def remove(self, path: str) -> int:
        self._path(path).unlink()
        return paramiko.SFTP_OK

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        handle = _Handle(flags)
        try:
            file = self._path(path).open("wb" if flags & os.O_WRONLY else "rb")
            handle.readfile = handle.writefile = file  # type: ignore[assignment]  # paramiko takes any file
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return handle


@contextlib.contextmanager
def sftp(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield port and fingerprint of a server of a folder."""
    key = paramiko.ECDSAKey.generate()
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=greet, args=(line,), daemon=True).start()

    def greet(line: socket.socket) -> None:
        with contextlib.suppress(Exception):
            transport = paramiko.Transport(line)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, folder)
            transport.start_server(server=_Door())

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listening.getsockname()[1]), key.fingerprint
    finally:
        listening.close()
