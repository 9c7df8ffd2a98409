from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from melflow.core.workspace.source import KoboSource

SERVER = {"server": "https://kf.kobotoolbox.org", "asset": "aBc1", "token": "KOBO_TOKEN"}


def declare(**keys: Any) -> KoboSource:
    return KoboSource(name="k", title="K", connector="kobo", instrument="i", **keys)


def findings(**keys: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as told:
        declare(**keys)
    return [
        (str(detail["loc"][0]), found.seen)
        for detail in told.value.errors()
        for found in detail.get("ctx", {}).get("found", ())
    ]


@pytest.mark.parametrize(
    "server", ["https://kf.kobotoolbox.org", "https://kobo.example/", "http://127.0.0.1:8000", "http://localhost"]
)
def test_server__accepted(server: str) -> None:
    """Should accept an https address, and http on this machine, without a / at its end."""
    declared = declare(**SERVER | {"server": server})
    assert declared.server == server.rstrip("/")
    assert (declared.path, declared.sweep_days, declared.attachments) == (None, 1, False)


@pytest.mark.parametrize(
    ("server", "seen"),
    [
        ("http://kf.kobotoolbox.org", "'http://'"),
        ("ftp://kf.kobotoolbox.org", "'ftp://'"),
        ("https://me:secret@kf.kobotoolbox.org", "a user name or password in the address"),
        ("https://kf.kobotoolbox.org/?a=b", "something else"),
        ("kf.kobotoolbox.org", "something else"),
        ("https://[kf", "brackets or a port that make no sense"),
    ],
)
def test_server__refused(server: str, seen: str) -> None:
    """Should refuse what is no server, is not encrypted, or carries a secret, and not repeat the secret."""
    found = findings(**SERVER | {"server": server})
    assert found == [("server", seen)]
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ({}, [("server", "neither")]),
        (SERVER | {"path": "inbox/*.csv"}, [("server", "both")]),
        ({"server": SERVER["server"]}, [("asset", "no such key"), ("token", "no such key")]),
        ({"path": "inbox/*.csv", "asset": "a1"}, [("asset", "no 'server'")]),
        (SERVER | {"asset": "../users"}, [("asset", "'../users'")]),
    ],
)
def test_kobo_source__files_or_server(keys: dict[str, Any], seen: list[tuple[str, str]]) -> None:
    """Should want files or a server, not both, and with a server all that it takes to ask it."""
    assert findings(**keys) == seen
