"""A project on the KoboToolbox server of the tests, and where what it hands over lands."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kobo_server import ASSET, Project

from melflow.core.landing import LandingStore
from melflow.core.workspace.source import KoboSource
from melflow.sources import inventory
from melflow.sources.fetch import fetch
from melflow.sources.payload import Payload


def record(key: int, **more: Any) -> dict[str, Any]:
    return {
        "_id": key, "q": f"answer {key}", "_uuid": f"u{key}", "meta/instanceID": f"uuid:u{key}",
        "_validation_status": {}, "_attachments": [],
    } | more  # fmt: skip


class Place:
    """A project on a server, and where what it hands over lands."""

    def __init__(self, project: Project, server: str, folder: Path) -> None:
        self.project = project
        self.store = LandingStore(folder)
        self.config = self.declared(server)

    @staticmethod
    def declared(server: str, **more: Any) -> KoboSource:
        return KoboSource(
            name="k",
            title="K",
            connector="kobo",
            instrument="i",
            server=server,
            asset=ASSET,
            token="KOBO_TOKEN",
            **more,
        )

    def change(self, **more: Any) -> None:
        self.config = self.declared(self.config.server or "", **more)

    def fetch(self) -> list[Payload]:
        """Fetch and land to the end; return what was handed over."""
        found: list[Payload] = []
        self.fetch_into(found)
        return found

    def fetch_into(self, found: list[Payload]) -> None:
        for payload in fetch(self.config, Path("."), self.store.of_source("k"), self.store.read):
            self.store.land("k", payload.origin, payload.content, payload.cursor)
            found.append(payload)

    def stands(self) -> dict[str, inventory.Sighting]:
        return inventory.known(inventory.standing(self.store.of_source("k"), self.store.read))

    def age(self, days: int) -> None:
        """Let everything that was swept have been swept earlier."""
        for landing in self.store.of_source("k"):
            if landing.origin.endswith(inventory.INVENTORY):
                moved = datetime.fromisoformat(landing.cursor) - timedelta(days=days)
                self.store.land("k", landing.origin, self.store.read(landing), moved.isoformat())
