"""How dbt reads the models, kept between runs: reading some hundred files takes longer than a small build from them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

from melflow.core.errors import TerminalError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).resolve().parent.parent
#: A variable that is filled in when the models are read. Those that only SQL names are filled in when it runs.
_NAMED = re.compile(r"""\bvar\(\s*["'](\w+)["']""")
_READ = ("models", "core/macros", "expectations/sql", "dbt_project.yml", "profiles.yml")
_KEPT = 8  # readings in the cache; the oldest goes


def manifest(variables: Mapping[str, Any], warehouse: Path) -> Manifest:
    """Return dbt's reading of the models: the kept one, or a new one that is kept.

    Args:
        variables: Of the run; those that YAML files name are part of the reading.
        warehouse: The file dbt writes; its name is the name of the database in every relation.

    Raises:
        TerminalError: dbt cannot read the models.
    """
    lasting = _lasting(variables)
    kept = _folder() / f"{_key(lasting, warehouse)}.msgpack"
    if kept.exists():
        try:
            reading = _loaded(kept.read_bytes())
            kept.touch()
        except Exception:  # half a file, or of another making: it is read anew, whatever is wrong with it
            kept.unlink(missing_ok=True)
        else:
            return reading
    with TemporaryDirectory(prefix="melflow-dbt-") as folder:
        content = _read(lasting, Path(folder))
    _keep(kept, content)
    return _loaded(content)


def options(variables: Mapping[str, Any], target: Path) -> list[str]:
    """Return what tells dbt where the project is, where to write, and its variables."""
    given = {"--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": target}
    return [*(str(part) for pair in given.items() for part in pair), "--vars", json.dumps(dict(variables))]


def _read(variables: Mapping[str, Any], folder: Path) -> bytes:
    from dbt.cli.main import dbtRunner

    flags = ["--warn-error", "--quiet", "--log-path", str(folder), "--no-write-json", "parse"]
    result = dbtRunner().invoke([*flags, *options(variables, folder)])
    if not result.success:
        raise TerminalError.of(
            "dbt",
            "the models can be read",
            " ".join(str(result.exception or "no reason given").split()),
            "Run `melflow doctor`, then report this line.",
        )
    return (folder / "partial_parse.msgpack").read_bytes()


def _lasting(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables YAML files name, as given or as the project sets them."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((PROJECT / "models").rglob("*.yml")))
    named = sorted({name for text in texts for name in _NAMED.findall(text)})
    usual = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8")).get("vars", {})
    return {name: variables.get(name, usual.get(name)) for name in named}


def _loaded(content: bytes) -> Manifest:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    reading: Manifest = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
    return reading


def _key(variables: Mapping[str, Any], warehouse: Path) -> str:
    """Name everything a reading depends on."""
    told = hashlib.sha256()
    said = [
        version("dbt-core"),
        version("dbt-duckdb"),
        str(PROJECT),
        warehouse.stem,
        json.dumps(variables, sort_keys=True),
    ]
    told.update("\x1f".join(said).encode())
    for name in _READ:
        root = PROJECT / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.suffix in (".sql", ".yml", ".py", ".md"):
                told.update(f"\x1f{path.relative_to(PROJECT)}\x1f".encode() + path.read_bytes())
    return told.hexdigest()[:32]


def _folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("melflow") / "dbt"


def _keep(path: Path, content: bytes) -> None:
    """Write a reading; where nothing can be written, every run reads anew."""
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        os.replace(partial, path)
        for old in sorted(path.parent.glob("*.msgpack"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
