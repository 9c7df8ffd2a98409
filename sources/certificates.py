"""Whom a client of a server trusts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


@cache
def certificates() -> ssl.SSLContext:
    """Return the certificates, read once in a process: each client would read them anew, which takes 40 ms."""
    import httpx

    return httpx.create_ssl_context()
