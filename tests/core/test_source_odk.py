from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from melflow.core.workspace.source import OdkSource

SERVER = {"server": "https://central.example.org", "project": 4, "form": "team"}
USER = {"email": "ODK_EMAIL", "password": "ODK_PASSWORD"}


def declare(**keys: Any) -> OdkSource:
    return OdkSource(name="o", title="O", connector="odk", instrument="i", **keys)


def test_declare__server_by_user_or_token() -> None:
    """Should accept a server that e-mail and password or a token open, and say what it needs."""
    by_user, by_token = declare(**SERVER, **USER), declare(**SERVER, token="ODK_TOKEN")
    assert by_user.secrets == ("ODK_EMAIL", "ODK_PASSWORD") and by_token.secrets == ("ODK_TOKEN",)
    assert by_user.asked_for == "form team of project 4" and declare(path="inbox/*").asked_for == ""


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, [("server", "neither")]),
        (SERVER | USER | {"path": "inbox/*"}, [("server", "both")]),
        ({"server": SERVER["server"]} | USER, [("project", "no such key"), ("form", "no such key")]),
        (SERVER, [("token", "neither")]),
        (SERVER | {"email": "ODK_EMAIL"}, [("token", "'email'")]),
        (SERVER | USER | {"token": "ODK_TOKEN"}, [("token", "'email' and 'password' and 'token'")]),
        ({"path": "inbox/*", "project": 4}, [("project", "no 'server'")]),
        ({"path": "inbox/*", "password": "ODK_PASSWORD"}, [("token", "no 'server'")]),
    ],
)
def test_declare__refused(keys: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """Should refuse files and a server at once, and a server without what it needs."""
    with pytest.raises(ValidationError) as told:
        declare(**keys)
    assert [
        (str(detail["loc"][0]), one.seen)
        for detail in told.value.errors()
        for one in detail.get("ctx", {}).get("found", ())
    ] == found


@pytest.mark.parametrize("key", ["email", "password", "token"])
def test_declare__secret_in_place_of_its_name(key: str) -> None:
    """Should refuse what is no name of a variable."""
    with pytest.raises(ValidationError):
        declare(**SERVER | USER | {key: "south@example.org"})
