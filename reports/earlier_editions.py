"""The editions readers had before: one is compared with the last, read again with what it was made with."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from melflow.core.release_ids import age
from melflow.reports.answer import Answer
from melflow.reports.approval import may_go_out
from melflow.reports.frame import Frame
from melflow.reports.history import WentOut


@dataclass(frozen=True)
class Earlier:
    """An earlier edition of the same report; what its manifest does not say is None, and taken to be as it is today.

    Attributes:
        replies: What partners had said of its figures.
        publish_level: The widest audience whose rows it showed.
        sections: Its sections.
        min_n: Respondents a published cell needed.
        frame: What its audience chose.
        figures: Published table -> numbers it showed of it; later versions show others.
        went_out: Editions that bounded what it showed.
    """

    release_id: str
    period_id: str
    replies: tuple[Answer, ...] = ()
    publish_level: str | None = None
    sections: tuple[str, ...] | None = None
    min_n: int | None = None
    frame: Frame | None = None
    figures: dict[str, tuple[str, ...]] | None = None
    went_out: tuple[WentOut, ...] | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Return what the manifest of the edition itself says."""
        made_with = ("replies", "publish_level", "sections", "min_n", "frame", "went_out")
        frozen = said.get("frozen", {})
        kept = {name: frozen[name] for name in made_with if name in frozen}
        return cls.read({"release_id": said["release_id"], "period_id": said["period_id"]} | kept | _figures(said))

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return what the manifest of a later edition keeps of it."""
        read: dict[str, Any] = {"replies": Answer.read(kept.get("replies", ()))}
        if kept.get("sections") is not None:
            read["sections"] = tuple(kept["sections"])
        if kept.get("frame") is not None:
            read["frame"] = Frame.read(kept["frame"])
        if kept.get("figures") is not None:
            read["figures"] = {table: tuple(names) for table, names in kept["figures"].items()}
        if kept.get("went_out") is not None:
            read["went_out"] = tuple(WentOut(**one) for one in kept["went_out"])
        return cls(**{**kept, **read})


def _figures(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"figures": said["shown"]} if "shown" in said else {}


def had(editions: Path, place: str, release_dir: Path, received: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Return the manifests of the editions of a place that readers had before a release, oldest first.

    Args:
        editions: The folder of all editions.
        place: Folder below it: of a report, a partner's return report, or a further language.
        release_dir: The folder of this edition's release.
        received: Folders below ``editions`` that readers have, for an unsent edition is made in every run; None where
            nothing is ever sent: then each that could go out.
    """
    found = []
    for path in (editions / place).glob("*/*/edition.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        is_theirs = received is None or path.parent.relative_to(editions).as_posix() in received
        if is_theirs and age(said["release_id"]) < age(release_dir.name) and may_go_out(path.parent, said):
            found.append(said)
    return sorted(found, key=lambda said: (age(said["release_id"]), said["period_id"]))


def predecessor(before: Sequence[Mapping[str, Any]], releases: Path) -> Earlier | None:
    """Return the newest edition that readers had before, of those whose release is still there.

    Of the editions that bounded what it showed, those count whose releases are there as well.

    Args:
        before: Manifests of these editions, oldest first.
        releases: The folder of all releases.
    """
    said = next((said for said in reversed(before) if (releases / said["release_id"]).is_dir()), None)
    if said is None:
        return None
    found = Earlier.of(said)
    there = [one for one in found.went_out or () if (releases / one.release_id).is_dir()]
    return found if found.went_out is None else replace(found, went_out=tuple(there))
