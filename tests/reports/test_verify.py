"""An edition can be proved: unchanged, and the same again from its release."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from melflow.core import version
from melflow.core.errors import TerminalError
from melflow.reports import verify as rooms
from melflow.reports.edition import MANIFEST, Edition, render_frozen
from melflow.reports.frozen import Frozen
from melflow.reports.verify import manifest, verify


@pytest.fixture
def copy(edition: Edition, tmp_path: Path) -> Path:
    return Path(shutil.copytree(edition.folder, tmp_path / "copy"))


def test_verify__the_same_again(copy: Path, release: Path, edition: Edition) -> None:
    """Should make every file again from the release and what the manifest keeps, byte for byte."""
    assert set(verify(copy, release)) == {path.name for path in edition.files.values()}


def test_verify__a_file_was_changed(copy: Path, release: Path) -> None:
    """Should name the file that is not what was made, and the one that is gone."""
    page = copy / "edition.html"
    page.write_text(page.read_text("utf-8").replace("0", "1", 1), encoding="utf-8")
    (copy / "tables.xlsx").unlink()
    with pytest.raises(TerminalError) as caught:
        verify(copy, release)
    assert [(Path(one.where).name, one.seen) for one in caught.value.problems] == [
        ("edition.html", "changed since"), ("tables.xlsx", "no such file"),
    ]  # fmt: skip


def test_verify__another_version(copy: Path, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should say that only the version that made it can make it again."""
    monkeypatch.setattr(rooms, "report_version", lambda: "9.9+00000000")
    with pytest.raises(TerminalError, match=r"this is 9\.9"):
        verify(copy, release)


def test_verify__no_edition(tmp_path: Path) -> None:
    """Should say which folder an edition is in."""
    with pytest.raises(TerminalError, match=r"holds its edition\.json"):
        manifest(tmp_path)


def test_render__never_overwrites(copy: Path, release: Path, edition: Edition, tmp_path: Path) -> None:
    """Should leave an edition that says the same, and refuse to put another in its place."""
    frozen = Frozen.read(json.loads((copy / MANIFEST).read_text())["frozen"])
    place = tmp_path / "out" / frozen.report / edition.period_id / edition.release_id
    shutil.copytree(copy, place)
    (place / "edition.html").write_text("another", encoding="utf-8")
    with pytest.raises(TerminalError, match="never overwritten"):
        render_frozen(release, frozen, edition.period_id, tmp_path / "out")
    assert (place / "edition.html").read_text() == "another"


def test_version__every_file_that_draws_counts() -> None:
    """Should tell another version whenever any file of the room changes; a licence draws nothing."""
    files = [path for path in Path(rooms.__file__).parent.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} - {".pyc", ".md"} <= set(version._TEXTS)
    assert {path.suffix for path in files} >= {".js", ".css", ".j2", ".typ"}


#: Names of packages that are not those of their imports.
_PACKAGES = {"vl_convert": "vl-convert-python", "docx": "python-docx", "fontTools": "fonttools",
             "markdown_it": "markdown-it-py", "markupsafe": "jinja2", "yaml": "pyyaml"}  # fmt: skip
#: Judges workspaces and matches names of raw rows; none of either is in an edition.
_APART = {"pydantic", "rapidfuzz"}
#: Words of errors, the version itself, and the workspace: what an edition takes from it is frozen.
_FROZEN = {"errors", "version", "workspace"}
_ROOM = Path(rooms.__file__).parent
_CORE = Path(version.__file__).parent
#: Drift pages are no part of an edition.
_DRAWING = sorted(path for path in _ROOM.glob("*.py") if path.stem not in {"drift", "drift_evidently"})


def _imported(path: Path) -> set[str]:
    """Return the modules a file imports, also inside functions, and the names it takes from them."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    pairs = [(node.module, one.name) for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names]
    return names | {f"{module}.{name}" for module, name in pairs}


def _core_files(paths: list[Path]) -> set[Path]:
    """Return the files of core that these import, and what those import, and so on."""
    found: set[Path] = set()
    while paths:
        names = {tuple(name.split(".")[2:]) for path in paths for name in _imported(path)
                 if name.startswith("melflow.core.")}  # fmt: skip
        places = {_CORE.joinpath(*name[:depth]).with_suffix(".py") for name in names if name[0] not in _FROZEN
                  for depth in range(1, len(name) + 1)}  # fmt: skip
        paths = [path for path in sorted(places - found) if path.is_file()]
        found |= set(paths)
    return found


def test_version__every_file_of_core_that_draws_counts() -> None:
    """Should tell another version whenever a file of core changes that the room calls, however far from it."""
    root, called = _CORE.parent, _core_files(_DRAWING)
    counted = {path for pattern in version._DRAWS for path in root.glob(pattern) if path.is_relative_to(_CORE)}
    assert called == counted and _CORE / "statistics" / "attack.py" in called


def test_version__every_library_that_draws_counts() -> None:
    """Should tell another version whenever a library changes that draws or withholds, or a package of fonts."""
    names = {name for path in [*_DRAWING, *_core_files(_DRAWING)] for name in _imported(path)}
    roots = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - _APART - {"melflow"}
    assert {_PACKAGES.get(name, name) for name in roots} <= set(version._DRAWN_WITH) and "scipy" in roots
    folders = re.findall(r'_folder\("(\w+)"\)', (_ROOM / "typefaces.py").read_text("utf-8"))
    assert folders and {name.replace("_", "-") for name in folders} <= set(version._DRAWN_WITH)
    assert all(version._released(name) != "0" for name in version._DRAWN_WITH)
