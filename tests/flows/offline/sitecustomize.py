"""Imported by every interpreter that finds it on its path: nothing may be looked up or reached off this machine."""

import socket
import sys

HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "", None, socket.gethostname()}
_connect, _look_up = socket.socket.connect, socket.getaddrinfo


def refuse(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host not in HERE:
        print(f"tried to reach {host}, outside this machine", file=sys.stderr, flush=True)
        raise OSError(f"{host} is outside this machine")


def connect(self, address):
    if self.family != socket.AF_UNIX:
        refuse(address[0])
    return _connect(self, address)


def look_up(host, *rest, **more):
    refuse(host)
    return _look_up(host, *rest, **more)


socket.socket.connect, socket.getaddrinfo = connect, look_up
