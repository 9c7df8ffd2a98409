"""Host keys of sftp servers: pinned by fingerprint or by a file of known hosts; an unknown one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from melflow.core.errors import TerminalError
from melflow.core.workspace.place import Access


def host_key_policy(access: Access, root: Path) -> Any:
    """Return paramiko's answer to a server's key: take one that somebody wrote down, refuse the rest.

    Args:
        access: Says which keys are known.
        root: The workspace, from which a relative file of known hosts is meant.
    """
    from paramiko import HostKeys, MissingHostKeyPolicy

    class Known(MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko ships no types
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            if access.host_key and key.fingerprint.rstrip("=") == access.host_key.rstrip("="):
                return
            file = root / Path(access.known_hosts).expanduser() if access.known_hosts else None
            if file and file.is_file() and HostKeys(str(file)).check(hostname, key):
                return
            raise _stranger(access, hostname, key.fingerprint)

    return Known()


def _stranger(access: Access, hostname: str, fingerprint: str) -> TerminalError:
    rule = "an sftp server shows the key that 'host_key' or 'known_hosts' names"
    if access.host_key:
        fix = "Ask whoever keeps the server whether its key was changed; only then correct 'host_key' under 'access'."
        seen = f"another key, {fingerprint}"
    else:
        fix = (
            f"Ask whoever keeps the server whether that is its key; then add 'host_key: {fingerprint}' under 'access'."
        )
        seen = f"an unknown key, {fingerprint}"
    return TerminalError.of(f"sftp://{hostname}", rule, seen, fix)
