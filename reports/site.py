"""The published folder of one audience: an index page, its editions, and the open tables; put in place at once.

A static site: relative links, no script, nothing from elsewhere. The same editions and release give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from melflow.core.release_ids import age
from melflow.core.warehouse import open_release
from melflow.reports import columns, rounding
from melflow.reports.annex import package
from melflow.reports.approval import MANIFEST, approval
from melflow.reports.edition import data_kept
from melflow.reports.edition_files import FILES
from melflow.reports.frozen import Frozen
from melflow.reports.phrases import languages, phrases
from melflow.reports.sections import tables_of
from melflow.reports.taken_back import Withdrawn

#: In the place of the files of an edition that was withdrawn.
WITHDRAWN = "withdrawn.json"
_TEMPLATES = Path(__file__).parent / "templates"
_VERSIONS = ".versions"
_ORDER = ("html", "pdf", "docx", "xlsx", "annex", "iati")


@dataclass(frozen=True)
class Site:
    """What one audience is shown.

    Attributes:
        place: Folder below ``var/published``; of a partner its own.
        alliance: Its name.
        description: Of the alliance.
        language: Of the index page.
        editions: Folders of editions below ``editions_dir``, those that may be shown.
        partner: Of a partner's own folder: its name.
        withdrawn: Editions that were shown, or sent, and are not shown any more.
    """

    place: str
    alliance: str
    description: str
    language: str
    editions: tuple[str, ...]
    partner: str = ""
    withdrawn: tuple[Withdrawn, ...] = ()


def place_of(audience: str, partner: str | None) -> str:
    """Return an audience's folder; each partner has its own, for what it is shown concerns it alone."""
    return audience if partner is None else f"{audience}/{partner}"


def publish(site: Site, editions_dir: Path, releases_dir: Path, out_dir: Path, *, has_tables: bool = True) -> Path:
    """Make the folder of an audience under ``out_dir/<place>``; readers see the old one or the new one, never half.

    The open tables are those of the newest edition's release and period: what no edition went out with stays in.

    Args:
        site: What is shown.
        editions_dir: The folder of all editions.
        releases_dir: The folder of all releases.
        out_dir: The folder of all audiences.
        has_tables: Whether there are open tables.

    Returns:
        The folder.

    Raises:
        TerminalError: A release that the open tables rest on is gone.
    """
    files: dict[str, bytes] = {}
    shown = []
    manifests = [json.loads((editions_dir / place / MANIFEST).read_text(encoding="utf-8")) for place in site.editions]
    for place, said in zip(site.editions, manifests, strict=True):
        folder = editions_dir / place
        for name in (*said["files"], MANIFEST):
            files[f"editions/{place}/{name}"] = (folder / name).read_bytes()
        shown.append(_entry(site, place, folder, said))
    for one in site.withdrawn:  # so that whoever follows an old link, or compares with it, finds why
        told = {"why": one.why, "replaced_by": one.replaced_by}
        files[f"editions/{one.place}/{WITHDRAWN}"] = (json.dumps(told, indent=2) + "\n").encode()
    tables: list[dict[str, Any]] = []
    newest = max(
        filter(_is_readable, manifests), key=lambda said: (age(said["release_id"]), said["period_id"]), default=None
    )
    if has_tables and newest is not None and (releases_dir / newest["release_id"]).is_dir():
        data, tables = _open_tables(site, releases_dir / newest["release_id"], newest)
        files |= data
    gone = [_gone(one, editions_dir / one.place, shown) for one in site.withdrawn]
    files["index.html"] = _page(site, shown, gone, tables, newest).encode()
    return _put(out_dir / site.place, files)


def _is_readable(said: dict[str, Any]) -> bool:
    """Say whether this version knows what an edition was made with; older ones are shown, and give no tables."""
    try:
        Frozen.read(said["frozen"])
    except (KeyError, TypeError):
        return False
    return True


def _entry(site: Site, place: str, folder: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Return what the index page says of an edition."""
    given = approval(folder)
    kinds = {name: kind for kind, name in FILES.items()}
    files = sorted(
        ({"kind": kinds[name], "href": f"editions/{place}/{name}", "size": _size(folder / name, site.language)}
         for name in said["files"]),
        key=lambda one: _ORDER.index(one["kind"]),
    )  # fmt: skip
    return {
        "place": place,
        "title": _title(said),
        "language": said["frozen"]["language"],
        "period": said["period_id"],
        "release": said["release_id"],
        "as_of": said["as_of"],
        "files": files,
        "page": next((one["href"] for one in files if one["kind"] == "html"), None),
        "reasons": list(given.reasons) if given else [],
        "why": given.why if given else "",
        "approved_on": given.approved_at[:10] if given else "",
    }


def _gone(one: Withdrawn, folder: Path, shown: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the index page says of an edition that was withdrawn, in the words of ``_entry``."""
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {
        "title": _title(said),
        "language": said["frozen"]["language"],
        "period": said["period_id"],
        "release": said["release_id"],
        "as_of": said["as_of"],
        "why": one.why,
        "instead": next((entry for entry in shown if entry["place"] == one.replaced_by), None),
    }


def _title(said: dict[str, Any]) -> str:
    title: dict[str, str] = said["frozen"]["title"]
    return title.get(said["frozen"]["language"]) or next(iter(title.values()))


def _size(path: Path, language: str) -> str:
    return f"{rounding.number(max(1, round(path.stat().st_size / 1000)), 0, language)} kB"


def _open_tables(site: Site, release_dir: Path, said: dict[str, Any]) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the tables that everybody may have, as files and as a list with their meaning.

    Only tables of the edition's sections are in them, which its partners could object to, of them only rows whose
    partners agreed to the public level, and no number of a suppressed one; they are read as the edition's own were.
    """
    frozen = replace(Frozen.read(said["frozen"]), publish_level="public", partner=None)
    data = data_kept(release_dir, said["period_id"], frozen)
    asked = tables_of(frozen.sections)
    frames = {name: one for name, one in data.tables.items() if name in asked and one["is_suppressed"].not_().any()}
    meanings = _meanings(release_dir)
    facts = {
        "name": f"open-{data.info.release_id.lower()}",
        "title": f"{site.alliance}, open tables",
        "description": site.description,
        "created": data.info.created_at.isoformat(),
        "contributors": [{"title": site.alliance, "role": "publisher"}],
    }
    files = package(facts, frames, site.language) if frames else {}
    tables = [
        {
            "name": name,
            "rows": rounding.number(frame.height, 0, site.language),
            "meaning": meanings.get(name, ""),
            "files": [{"kind": kind, "href": f"data/{name}.{kind}"} for kind in ("csv", "parquet")],
            "columns": [(one.name, one.meaning, one.unit) for one in columns.TABLES[name]],
        }
        for name, frame in sorted(frames.items())
    ]
    return files, tables


@lru_cache(maxsize=4)
def _meanings(release_dir: Path) -> dict[str, str]:
    """Return what each table is, from the release's catalogue; empty in a release from before it said so."""
    with open_release(release_dir) as con:
        return dict(con.execute(_MEANINGS).fetchall()) if con.execute(_CATALOGUED).fetchone() else {}


_CATALOGUED = "select 1 from duckdb_columns() where table_name = 'catalogue' and column_name = 'table_description'"
_MEANINGS = "select distinct table_name, table_description from catalogue order by all"


def _page(
    site: Site,
    shown: Sequence[dict[str, Any]],
    gone: Sequence[dict[str, Any]],
    tables: list[dict[str, Any]],
    newest: dict[str, Any] | None,
) -> str:
    known = phrases(site.language if site.language in languages() else "en")
    words = {key.removeprefix("index."): said for key, said in known.items() if key.startswith("index.")}
    audience = site.place.partition("/")[0]
    return str(
        _template().render(
            site=site,
            audience=words[f"audience.{audience}"],
            editions=shown,
            withdrawn=gone,
            tables=tables,
            newest=newest,
            words=words,
        )
    )


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("index.html.j2")


def _put(place: Path, files: dict[str, bytes]) -> Path:
    """Write a version beside the others and let the place point at it; the versions before are cleared away."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\n{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    versions = place.parent / _VERSIONS
    version = versions / f"{place.name}-{digest.hexdigest()[:16]}"
    for cut_off in versions.glob(f".{place.name}-*"):
        shutil.rmtree(cut_off)
    if not version.is_dir():
        aside = versions / f".{version.name}.{os.getpid()}"
        for name, content in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        os.replace(aside, version)
    pointer = place.parent / f".{place.name}.{os.getpid()}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(Path(_VERSIONS) / version.name)
    os.replace(pointer, place)
    for old in versions.glob(f"{place.name}-{'[0-9a-f]' * 16}"):
        if old != version:
            shutil.rmtree(old)
    return place
