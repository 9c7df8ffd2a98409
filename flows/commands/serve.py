"""``melflow serve``: Prefect's server, the workspace's schedules and the receiver of pushes on this machine."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 4200,
    push_host: str = "127.0.0.1",
    push_port: int = 4280,
    pushes_only: bool = False,
    folder: Folder,
) -> int:
    """Start Prefect's server, the workspace's schedules and the receiver of pushes, until stopped with Ctrl-C.

    Args:
        host: Address the server listens on.
        port: Port the server listens on.
        push_host: Address the receiver listens on, where a source takes pushes or partners may answer.
        push_port: Port the receiver listens on.
        pushes_only: Start the receiver alone.
    """
    if pushes_only:
        from melflow.flows.receiver import receive

        receive(opened(folder), push_host, push_port)
        return 0
    from melflow.flows.serving import serve_workspace

    return serve_workspace(opened(folder), host, port, push_host, push_port)
