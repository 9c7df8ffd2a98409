"""Sources that are asked over a server's API instead of read from files: what both kinds of survey server share."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

from melflow.core.workspace.fields import Finding, Text, refuse
from melflow.core.workspace.place import LOOPBACK

_ALONE = "Write '{}' and nothing behind the host; ids of projects and forms have their own keys."


def _server(value: str) -> str:
    """Refuse what is not the root of a server; a secret inside is never repeated."""
    rule = "a server is an https address"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        fix = "Write it as in 'https://kf.kobotoolbox.org'."
        raise refuse(Finding(rule, "brackets or a port that make no sense", fix)) from error
    if parts.username is not None or parts.password is not None:
        fix = "Remove what stands before the @, and name the variable that holds the secret under its own key."
        raise refuse(Finding("secrets never stand in workspace files", "a user name or password in the address", fix))
    if parts.query or parts.fragment or not parts.hostname:
        fix = _ALONE.format(f"https://{parts.hostname or 'kf.kobotoolbox.org'}")
        raise refuse(Finding(rule, "something else", fix))
    if parts.scheme != "https" and not (parts.scheme == "http" and LOOPBACK.fullmatch(parts.hostname)):
        fix = f"Write 'https://{parts.hostname}'; http is for this machine only."
        raise refuse(Finding("what travels over a network is encrypted", f"'{parts.scheme}://'", fix))
    return value.rstrip("/")


def _project_id(value: str) -> str:
    """Refuse what is not one part of an address."""
    if value.isascii() and value.isalnum():
        return value
    fix = "Open the project in the browser: the id is what follows /forms/ in the address."
    raise refuse(Finding("the id of a project has letters and digits only", f"'{value}'", fix))


ServerUrl = Annotated[Text, AfterValidator(_server)]
ProjectId = Annotated[Text, AfterValidator(_project_id)]


def files_or_server(server: str | None, info: ValidationInfo) -> str | None:
    """Refuse a source that has both files and a server, or neither."""
    rule = "a source reads files ('path') or asks a server ('server')"
    if server is None and info.data.get("path", ...) is None:
        fix = "Add 'path: inbox/<folder>/*.csv' for exports, or 'server: https://…' to fetch from the server."
        raise refuse(Finding(rule, "neither", fix))
    if server is not None and info.data.get("path") is not None:
        raise refuse(Finding(rule, "both", "Remove one of the two; a second source can read the other."))
    return server


def with_server(value: Any, info: ValidationInfo) -> Any:
    """Refuse a key that a server needs and has not, or that has no server to serve."""
    name = info.field_name
    if "server" not in info.data or "path" not in info.data:
        return value  # a problem of its own
    if info.data["server"] is not None and value is None:
        raise refuse(Finding(f"a source with a server has '{name}'", "no such key", f"Add the line '{name}: …'."))
    if info.data["server"] is None and value is not None:
        fix = f"Remove the line '{name}', or write 'server: https://…' in the place of 'path'."
        raise refuse(Finding(f"'{name}' belongs to a server", "no 'server'", fix))
    return value
