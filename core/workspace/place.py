"""Where a source's files are: a folder of the workspace, or an address with the secrets that open it, by name."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic.types import StringConstraints

from melflow.core.names import choose
from melflow.core.workspace.fields import Declared, Finding, Text, inside, refuse

SCHEMES = ("s3", "sftp", "https", "http")
LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
#: Parameters of addresses that open a door by themselves: signed links of object stores, and tokens.
_SIGNED = re.compile(r"x-amz-|x-goog-|sig$|signature|token|secret|passw|credential|key$|auth|jwt", re.IGNORECASE)
_HIDE = "Put what follows the ? into an environment variable, and name the variable under 'access: {query: …}'."


def web_address(value: str, rule: str, example: str) -> str:
    """Return the address of pages for others without a slash at its end; it is https, or of this machine.

    Raises:
        PydanticCustomError: It is neither, or has a user, a query or a fragment.
    """
    head = re.fullmatch(r"(https?)://([^\s/@?#:]+|\[::1\])(:\d+)?(/[^\s?#@]*)?", value)
    if head and (head[1] == "https" or LOOPBACK.fullmatch(head[2].strip("[]"))):
        return value.rstrip("/")
    raise refuse(Finding(rule, f"'{value}'", f"Write it as in '{example}'."))


def scheme(path: str) -> str:
    """Return the scheme of an address, lower case; empty for a path inside the workspace."""
    head, separator, _ = path.partition("://")
    return head.lower() if separator else ""


def _place(value: str) -> str:
    return _address(value) if scheme(value) else inside(value)


def _address(value: str) -> str:
    """Refuse addresses that cannot be read, or that carry a secret; a secret is never repeated."""
    kind = scheme(value)
    rule = "an address begins with s3://, sftp:// or https://"
    if kind not in SCHEMES:
        raise refuse(Finding(rule, f"'{kind}://'", choose(kind, SCHEMES[:-1])))
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        fix = "Write it as in 'sftp://host.example:2222/folder/*.xlsx'."
        raise refuse(Finding("an address names a host", "brackets or a port that make no sense", fix)) from error
    if parts.username is not None or parts.password is not None:
        fix = "Remove what stands before the @, and name the variables that hold it under 'access'."
        raise refuse(Finding("secrets never stand in workspace files", "a user name or password in 'path'", fix))
    if not parts.hostname or parts.path in ("", "/"):
        what = "a bucket" if kind == "s3" else "a host"
        fix = "Write it as in 's3://bucket/folder/*.csv' or 'sftp://host.example/folder/*.xlsx'."
        raise refuse(Finding(f"an address names {what} and the files there", f"'{kind}://' without one", fix))
    if kind == "http" and not LOOPBACK.fullmatch(parts.hostname):
        fix = "Write https:// instead; http is for this machine only."
        raise refuse(Finding("what travels over a network is encrypted", "'http://'", fix))
    return _plain(value, kind)


def _plain(value: str, kind: str) -> str:
    """Refuse a query that is a secret or a pattern, fragments, and patterns the place cannot list."""
    parts = urlsplit(value)
    rule = "a path has * for any text, and nothing behind # or ?"
    if parts.fragment or (parts.query and kind not in ("https", "http")):
        raise refuse(Finding(rule, "a # or ?", "Write the address of the files alone."))
    if any(_SIGNED.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise refuse(Finding("secrets never stand in workspace files", "a signed link or a token in 'path'", _HIDE))
    folder, _, _ = parts.path.rpartition("/")
    if "**" in parts.path or (kind in ("https", "http") and (re.search(r"[*[]", folder + parts.query))):
        where = "the file's name" if kind in ("https", "http") else "the name of a file or folder"
        fix = "Write the folders out; several sources may share one connector and mapping."
        raise refuse(Finding(f"* stands for a part of {where}", "a * elsewhere", fix))
    return value


Place = Annotated[Text, AfterValidator(_place)]
EnvName = Annotated[Text, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class Access(Declared):
    """What opens a place: names of environment variables, never the secrets themselves."""

    key: EnvName | None = Field(default=None, description="s3: variable with the access key id.")
    secret: EnvName | None = Field(default=None, description="s3: variable with the secret access key.")
    session: EnvName | None = Field(default=None, description="s3: variable with a session token.")
    endpoint: Text | None = Field(
        default=None, description="s3: address of a store that is not Amazon's.", examples=["https://minio.example.org"]
    )
    region: Text | None = Field(default=None, description="s3: region of the bucket.", examples=["eu-central-1"])
    user: EnvName | None = Field(default=None, description="sftp, https: variable with the user name.")
    password: EnvName | None = Field(default=None, description="sftp, https: variable with the password.")
    key_file: Text | None = Field(
        default=None, description="sftp: file with the private key, kept outside the workspace or in var/secrets.",
        examples=["~/.ssh/id_ed25519"],
    )  # fmt: skip
    passphrase: EnvName | None = Field(default=None, description="sftp: variable with the key file's passphrase.")
    host_key: Text | None = Field(
        default=None, pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$",
        description="sftp: fingerprint of the server's key; `melflow check` says which one the server shows.",
        examples=["SHA256:uNiVztksCsDhcc0u9e8BrqXUGpgMlBOhRfPSeYM9rMk"],
    )  # fmt: skip
    known_hosts: Text | None = Field(
        default=None, description="sftp: file of known host keys, as OpenSSH keeps it.", examples=["~/.ssh/known_hosts"]
    )
    token: EnvName | None = Field(default=None, description="https: variable with a bearer token.")
    query: EnvName | None = Field(
        default=None, description="https: variable with what follows the ? of a signed link, without the ?."
    )

    @field_validator("endpoint")
    @classmethod
    def _endpoint_is_safe(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://none")
        if parts.scheme == "https" or (parts.scheme == "http" and LOOPBACK.fullmatch(parts.hostname or "")):
            return value
        fix = "Write 'https://' and the store's host; http is for this machine only."
        raise refuse(Finding("what travels over a network is encrypted", f"'{parts.scheme}://'", fix))


_FITS = {
    "s3": ("key", "secret", "session", "endpoint", "region"),
    "sftp": ("user", "password", "key_file", "passphrase", "host_key", "known_hosts"),
    "https": ("user", "password", "token", "query"),
}
#: What is worth nothing without the other.
_NEEDS = (("key", "secret"), ("secret", "key"), ("session", "key"), ("password", "user"), ("passphrase", "key_file"))


def access_fits(access: Access | None, info: ValidationInfo) -> Access | None:
    """Refuse parts of 'access' that the path's kind of place has no use for, and parts that miss their other half."""
    if access is None or "path" not in info.data:  # else a problem of its own
        return access
    path = info.data["path"] or ""
    given = [name for name in Access.model_fields if getattr(access, name) is not None]
    kind = "https" if scheme(path) == "http" else scheme(path)
    if not kind:
        fix = "Remove the lines, or write an address such as 's3://bucket/folder/*.csv' as path."
        raise refuse(Finding("'access' opens an address", "no address as 'path'", fix))
    rule = f"'access' of {kind} has {', '.join(_FITS[kind])}"
    found = [
        Finding(rule, f"the key '{name}'", choose(name, _FITS[kind]), (name,))
        for name in given
        if name not in _FITS[kind]
    ]
    found += [
        Finding(f"'{one}' comes with '{other}'", f"no '{other}'", f"Add the line '{other}: …'.", (one,))
        for one, other in _NEEDS
        if one in given and other not in given
    ]
    if kind == "https" and {"user", "token"} <= set(given):
        found.append(Finding("a place is opened by a token or by a user", "both", "Remove one of the two.", ("token",)))
    if kind == "sftp" and not {"password", "key_file"} & set(given):
        fix = "Add 'password: …', the name of a variable, or 'key_file: …'."
        found.append(Finding("an sftp user has a password or a key file", "neither", fix))
    if found:
        raise refuse(*found)
    return access
