"""Names in any script are printed in every format; a letter no font has is an error that tells where it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fake_release import make_release, make_report, make_workspace
from fontTools import subset
from fontTools.ttLib import TTFont

from melflow.core.errors import TerminalError
from melflow.reports import webfonts
from melflow.reports.edition import Edition, render
from melflow.reports.typefaces import FONTS_DIR, packaged
from melflow.reports.typeset import isolate
from melflow.reports.verify import verify

NAMES = {
    "alpha": "Қазақ орталығы",
    "beta": "مركز التعلم (القاهرة)",
    "gamma": "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ",
    "delta": "北京市社区学习中心",
}
#: A letter of private use: no font has it, unless the alliance brings its own.
PRIVATE = "\ue000"
ISOLATES = re.compile("[\u2066-\u2069]")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("scripts")
    release = make_release(folder / "releases" / "r1", NAMES, n_dyads=4)
    report = make_report(sections=["flow"], formats=["pdf", "html"])
    return render(release, report, make_workspace(), "2026-H1", folder / "editions")


def test_pdf__names_in_any_script(edition: Edition) -> None:
    """Should print each name in a font that has it; no letter without a form, no box in its place."""
    reader = pypdf.PdfReader(edition.files["pdf"])
    text = "".join(page.extract_text() for page in reader.pages)
    flat = re.sub(r"\s", "", ISOLATES.sub("", text))
    for key in ("alpha", "gamma", "delta"):
        assert re.sub(r"\s", "", NAMES[key]) in flat
    assert set(NAMES["beta"]) - set(" ()") <= set(flat)  # the reader gives lines from right to left in its own order
    assert not set("□\ufffd\x00") & set(flat)
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in _fonts(page)}
    assert {name.split("+")[1].split("-")[0] for name in fonts} == {
        "SourceSans3", "LibertinusSerif", "NotoSansArabic", "NotoSansMongolian", "NotoSansCJKsc",
    }  # fmt: skip


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"].get("/Font", {}).values()]


def test_html__brings_its_letters(edition: Edition) -> None:
    """Should carry the forms of exactly the letters it has, isolate what runs the other way, and load nothing."""
    page = edition.files["html"].read_text(encoding="utf-8")
    ranges = re.findall(r'font-family: "Edition Scripts"; font-weight: 100 900; unicode-range: ([^;]+);', page)
    there = {code for one in ranges for part in one.split(", ") for code in _codes(part)}
    assert {ord(letter) for name in NAMES.values() for letter in name if letter > "\u02ff"} <= there
    assert ord("上") not in there
    assert isolate(NAMES["beta"]) in page and isolate(NAMES["beta"]) != NAMES["beta"]
    assert len(page) < 700_000


def _codes(part: str) -> range:
    first, _, last = part.removeprefix("U+").partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def test_charts__other_scripts_are_outlines(edition: Edition) -> None:
    """Should draw names in other scripts as forms, Latin ones as text, and repeat no id."""
    page = edition.files["html"].read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    written = "".join(re.findall(r"<text[^>]*[^>/]>(.*?)</text>", "".join(drawings), re.DOTALL))
    assert "share" in written.lower() and not (set(NAMES["gamma"]) | set(NAMES["delta"])) & set(written) - set(" ")
    assert 'd="M 0 0m' in drawings[0]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_render__a_letter_no_font_has(tmp_path: Path) -> None:
    """Should make no edition, and name the place, the letter, its script and what to do."""
    release = make_release(tmp_path / "releases" / "r1", NAMES | {"beta": f"Bo {PRIVATE} མི"}, n_dyads=4)
    report = make_report(sections=["flow"], formats=["html"])
    with pytest.raises(TerminalError) as caught:
        render(release, report, make_workspace(), "2026-H1", tmp_path / "editions")
    (problem,) = caught.value.problems
    assert problem.where == "partners.csv, partner 'beta', name"
    assert "U+0F58 (Tibetan), U+0F72 (Tibetan), U+E000 (private use)" in problem.seen and "fonts/" in problem.fix
    assert not list((tmp_path / "editions").rglob("edition.json"))


def test_render__with_fonts_of_the_workspace(tmp_path: Path) -> None:
    """Should use a font laid into the workspace, keep it for later, and prove the edition without the workspace."""
    workspace = make_workspace()
    workspace.root = tmp_path / "w"
    (workspace.root / "fonts").mkdir(parents=True)
    _font_with(PRIVATE, workspace.root / "fonts" / "own.ttf")
    release = make_release(tmp_path / "releases" / "r1", NAMES | {"beta": f"Bo {PRIVATE}"}, n_dyads=4)
    report = make_report(sections=["quality"], formats=["pdf"])
    made = render(release, report, workspace, "2026-H1", tmp_path / "editions")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(made.files["pdf"]).pages)
    assert PRIVATE in text
    shutil.rmtree(workspace.root)
    assert verify(made.folder, release) == ("edition.pdf",)
    shutil.rmtree(tmp_path / "fonts")
    with pytest.raises(TerminalError, match="fonts an edition was set in"):
        verify(made.folder, release)


def _font_with(letter: str, path: Path) -> None:
    """Write a font that has one letter, with the form of another."""
    with TTFont(FONTS_DIR / "NotoSansNKo-Regular.ttf") as font:
        cutter = subset.Subsetter()
        cutter.populate(unicodes=[0x7CA])
        cutter.subset(font)
        for table in font["cmap"].tables:
            table.cmap = {ord(letter): name for name in table.cmap.values()}
        for name_id in (1, 16):
            font["name"].setName("Alliance Signs", name_id, 3, 1, 0x409)
        font.save(path)


def test_render__a_file_that_is_no_font(tmp_path: Path) -> None:
    """Should name the file; other files of the folder are not its business."""
    workspace = make_workspace()
    workspace.root = tmp_path / "w"
    (workspace.root / "fonts").mkdir(parents=True)
    (workspace.root / "fonts" / "OFL.txt").write_text("free")
    (workspace.root / "fonts" / "bad.ttf").write_text("no font")
    with pytest.raises(TerminalError, match=r"fonts/bad\.ttf"):
        render(tmp_path / "releases" / "r1", make_report(), workspace, "2026-H1", tmp_path / "editions")


@pytest.mark.parametrize(
    "text",
    [
        "Ελληνικά",
        "Ўзбек",
        "עברית",
        "हिन्दी क्ष",
        "ትግርኛ",
        "ภาษาไทย",
        "ខ្មែរ",
        "ქართული",
        "Հայերեն",
        "한국",
        "日本の",
        "ߒߞߏ",
        "ⵜⴰⵎ",
    ],
)
def test_packaged__scripts(text: str) -> None:
    """Should have forms for the scripts partners write in."""
    assert not packaged().lacking(set(text))


def test_isolate__only_what_runs_the_other_way() -> None:
    """Should keep names apart that a dash joins, take brackets along, and leave other text alone."""
    assert isolate("Bo (a) 5") == "Bo (a) 5"
    name, dash = NAMES["beta"], "\N{EN DASH}"
    assert ISOLATES.sub("|", isolate(f"{name} {dash} {name} 5 of 7")) == f"|{name}| {dash} |{name}| 5 of 7"


def test_font_faces__one_for_each_script() -> None:
    """Should bring the edition's font in two weights, and one more for each script beyond it."""
    rules = webfonts.font_faces("Ana 北京", packaged()).split("\n")
    assert [rule.split(";")[0].split(": ")[1] for rule in rules] == ['"Edition"', '"Edition"', '"Edition Scripts"']
