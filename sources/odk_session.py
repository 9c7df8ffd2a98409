"""Signing in to ODK Central: a session of a user by e-mail and password, or a token made beforehand.

pyodk 1.3 was tried against the tests' server, and its session does not serve: it is not renewed when it runs out (HTTP
401 from then on), its retries end where the body begins (a cut answer is an error, half a JSON is handed over), and it
sends the token to whatever host a ``nextLink`` names. Its client also wants a password in a file and keeps the token in
another, and knows no token made beforehand. So Central is asked by the client of all servers (``http.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melflow.core.errors import SourceError
from melflow.core.secrets import secret
from melflow.sources.http import Client, RefusedError

if TYPE_CHECKING:
    from melflow.core.workspace import OdkSource


def client(config: OdkSource) -> Client:
    """Return a client that is signed in; a session that runs out in the middle is made anew.

    Raises:
        TransientError: The server is out of reach.
        TerminalError: A secret is not set, or the server does not know it.
    """
    server, where = config.server or "", f"sources/{config.name}.yml"
    if config.token:
        return Client(server, _bearer(secret(config.token, where)))
    email, password = (secret(name or "", where) for name in (config.email, config.password))

    def sign_in() -> dict[str, str]:
        with Client(server, {}) as door:
            try:
                return _bearer(door.post_json("v1/sessions", {"email": email, "password": password})["token"])
            except RefusedError as error:
                raise SourceError.of(
                    door.address("v1/sessions"),
                    f"{config.email} and {config.password} are the e-mail and the password of a user of the server",
                    f"sign-in refused (HTTP {error.code})",
                    "Set the two variables anew. Where users sign in by another service, make a token and name it as "
                    "'token' instead.",
                ) from error

    return Client(server, sign_in(), renew=sign_in)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
