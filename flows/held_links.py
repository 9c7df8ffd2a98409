"""The page of its server on which a submission that is held is put right."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig


def link(config: SourceConfig, native_id: str | None) -> str | None:
    """Return where a submission is edited at its server; None for files and for what the server does not name."""
    server = getattr(config, "server", None)
    if server is None or not native_id:
        return None
    name = quote(native_id, safe=":")
    if config.connector == "kobo":
        return f"{server}/api/v2/assets/{config.asset}/data/{name}/enketo/redirect/edit/"
    form = quote(str(config.form), safe="")  # type: ignore[union-attr]  # the other survey server
    return f"{server}/v1/projects/{config.project}/forms/{form}/submissions/{name}/edit"  # type: ignore[union-attr]
