"""``melflow serve``: Prefect's server and the workspace's schedules on this machine."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def serve(*, host: str = "127.0.0.1", port: int = 4200, folder: Folder) -> int:
    """Start Prefect's server and the schedules of the workspace, until stopped with Ctrl-C.

    Args:
        host: Address the server listens on.
        port: Port the server listens on.
    """
    from melflow.flows.serving import serve_workspace

    return serve_workspace(opened(folder), host, port)
