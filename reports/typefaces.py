"""The fonts an edition is set in: those that come with melflow and its packages, then those of the workspace."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from melflow.core.errors import TerminalError

#: The font of the edition, in two weights, and those of scripts no package has.
FONTS_DIR = Path(__file__).parent / "fonts"
#: What the system that sets the PDF can open.
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_LATIN = FONTS_DIR / "SourceSans3-Regular.otf"
SEMIBOLD = FONTS_DIR / "SourceSans3-Semibold.otf"
#: Of the collection of Chinese, Japanese and Korean forms: the face of simplified Chinese, which has all the letters.
_SIMPLIFIED_CHINESE = 2
_UNUSED = ("NotoSans-Italic", "SourceSans3-Semibold")


@dataclass(frozen=True, order=True)
class Typeface:
    """One face of a font file; ``number`` counts within a collection."""

    path: Path
    number: int = -1

    @property
    def letters(self) -> frozenset[int]:
        """Code points it has a form for."""
        return _opened(self.path, self.number)[1]

    @property
    def family(self) -> str:
        """The name it is asked for by."""
        return _opened(self.path, self.number)[0]


@dataclass(frozen=True)
class Typefaces:
    """Every face an edition may use, the one that is asked first in front; the workspace's own come last."""

    faces: tuple[Typeface, ...]
    own: tuple[Typeface, ...] = ()
    _known: dict[str, Typeface | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def latin(self) -> Typeface:
        """The font of the edition."""
        return self.faces[0]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the files are."""
        return tuple(dict.fromkeys(face.path.parent for face in (*self.faces, *self.own)))

    def of(self, letter: str) -> Typeface | None:
        """Return the first face with a form for a letter; letters of private use mean something in own fonts only."""
        if letter not in self._known:
            asked = self.own if unicodedata.category(letter) == "Co" else (*self.faces, *self.own)
            self._known[letter] = next((face for face in asked if ord(letter) in face.letters), None)
        return self._known[letter]

    def lacking(self, letters: set[str]) -> set[str]:
        """Return the letters no face has a form for; what has none by its nature is not among them."""
        return {letter for letter in letters if self.of(letter) is None and not is_formless(letter)}

    def families(self, letters: set[str]) -> tuple[str, ...]:
        """Return the families the letters need, in the order they are asked."""
        needed = {self.of(letter) for letter in letters} | {self.latin}
        return tuple(dict.fromkeys(face.family for face in (*self.faces, *self.own) if face in needed))


@cache
def is_formless(letter: str) -> bool:
    """Tell whether a letter is a space, a control, or a mark that only changes the form of another one."""
    selectors = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return selectors or unicodedata.category(letter) in ("Cc", "Cf", "Zs", "Zl", "Zp")


@cache
def packaged() -> Typefaces:
    """Return the faces every installation has."""
    noto = _folder("manimgx_fonts")
    files = [_LATIN, noto / "NotoSans[wght].ttf", *sorted(FONTS_DIR.glob("Noto*.ttf"))]
    files += sorted(noto.glob("NotoSans*.ttf"))
    faces = [Typeface(path) for path in dict.fromkeys(files) if not path.name.startswith(_UNUSED)]
    chinese = Typeface(_folder("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc", _SIMPLIFIED_CHINESE)
    return Typefaces((*faces, chinese, Typeface(noto / "NotoEmoji[wght].ttf")))


def with_own(folder: Path | None) -> Typefaces:
    """Return the faces every installation has and those of a folder.

    Raises:
        TerminalError: A file of the folder is no font.
    """
    if folder is None:
        return packaged()
    return Typefaces(packaged().faces, tuple(_checked(path) for path in _fonts_of(folder)))


def keep(folder: Path, store: Path) -> str:
    """Copy the workspace's own fonts to where an edition finds them again, and return under which name.

    Args:
        folder: The workspace's folder ``fonts``; it need not exist.
        store: The folder of all that was ever used.

    Returns:
        The name of a folder in the store, made from what is in the files; empty without fonts.

    Raises:
        TerminalError: A file of the folder is no font.
    """
    files = _fonts_of(folder)
    if not files:
        return ""
    for path in files:
        _checked(path)
    name = _fingerprint(files)
    if not (store / name).is_dir():
        store.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".fonts-", dir=store))
        for path in files:
            shutil.copyfile(path, aside / path.name)
        aside.chmod(0o755)
        try:
            os.replace(aside, store / name)
        except OSError:  # another process was first; the name tells that it is the same
            shutil.rmtree(aside)
    return name


def kept(name: str, store: Path) -> Typefaces:
    """Return the faces of an edition: every installation's, and those kept under the name.

    Raises:
        TerminalError: The kept files are gone, or are others.
    """
    if not name:
        return packaged()
    folder = store / name
    if _fingerprint(_fonts_of(folder)) != name:
        raise TerminalError.of(
            str(folder),
            "the fonts an edition was set in stay as they were",
            "other files" if folder.is_dir() else "no such folder",
            "Take the folder from a backup, or make the edition anew from a new release.",
        )
    return with_own(folder)


def _fonts_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []


def _fingerprint(files: list[Path]) -> str:
    said = "\n".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _checked(path: Path) -> Typeface:
    from fontTools.ttLib import TTLibError

    face = Typeface(path, 0 if path.suffix.lower() in (".ttc", ".otc") else -1)
    try:
        face.family  # noqa: B018 - opens the file
    except (TTLibError, KeyError, OSError, ValueError, AssertionError) as error:
        raise TerminalError.of(
            f"fonts/{path.name}",
            "a file in the folder fonts is a TrueType or OpenType font",
            f"a file that cannot be read as one ({type(error).__name__})",
            "Take it out, or copy it anew from where it came; a .woff2 has to be converted, not renamed.",
        ) from error
    return face


@cache
def _opened(path: Path, number: int) -> tuple[str, frozenset[int]]:
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=number, lazy=True) as font:
        return str(font["name"].getBestFamilyName()), frozenset(font.getBestCmap() or ())


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, f"{package} is a dependency"
    return Path(spec.origin).parent
