import io
import zipfile
from collections.abc import Callable

import pytest

from melflow.core.errors import SourceError
from melflow.sources.payload import Origin
from melflow.sources.tables import read_tables

Make = Callable[..., Origin]


def _refused(make: Make, content: bytes, file: str = "inbox/answers.csv") -> str:
    with pytest.raises(SourceError) as caught:
        [sheet.cells for sheet in read_tables(make(file), content).sheets]
    (problem,) = caught.value.problems
    assert problem.where.startswith(file)
    assert problem.fix.endswith(".")
    return str(problem)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b" \r\n ", "an empty file"),
        (b"\xef\xbb\xbf\r\n", "an empty file"),
        (b"\xff\xfe\r\x00\n\x00", "an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG picture"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"<!DOCTYPE html><html>login</html>", "sign in"),
        (b"<?xml version='1.0'?><a/>", "an XML file"),
        (b"\x00\x01\x02binary", "a binary file"),
        (b'{"value": []}', "Export the data as CSV"),
    ],
)
def test_read_tables__not_what_its_name_says(origin: Make, content: bytes, words: str) -> None:
    """Should say what the file really is and what to do, whatever its name."""
    assert words in _refused(origin, content)


def test_read_tables__truncated_workbook(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should say that the workbook is cut off and ask for it again."""
    content = make_workbook(a=[["x"]])
    for length in (100, len(content) // 2, len(content) - 10):
        message = _refused(origin, content[:length], "inbox/results.xlsx")
        assert "cut off" in message
        assert "send or download the file again" in message


def test_read_tables__protected_workbook(origin: Make) -> None:
    """Should ask for a copy without password."""
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100) + "EncryptedPackage".encode("utf-16-le")
    assert "remove the password" in _refused(origin, content, "inbox/results.xlsx")


def test_read_tables__zip_of_something_else(origin: Make) -> None:
    """Should tell a zip archive of several files from a workbook."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("answers.csv", "a,b")
        archive.writestr("more.csv", "a,b")
    assert "Take the files out of the archive" in _refused(origin, content.getvalue(), "inbox/results.xlsx")


def test_read_tables__zip_of_one_table(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should read the only file of an archive, whatever table it is, and say its name."""
    for name, inner in (("answers.csv", b"a,b"), ("answers.xlsx", make_workbook(x=[["a", "b"]]))):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("folder/" + name, inner)
            archive.writestr("__MACOSX/._" + name, b"x")
        tables = read_tables(origin("inbox/answers.zip"), content.getvalue())
        assert tables.sheets[0].cells.rows() == [("a", "b")] and tables.member == "folder/" + name


def test_read_tables__damaged_inside(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should explain a workbook whose parts are damaged, not pass on the reader's error."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_workbook(a=[["x"]]))) as good, zipfile.ZipFile(content, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name)[:40] if "sheet1" in name or "workbook.xml" in name else good.read(name))
    assert "save it as XLSX" in _refused(origin, content.getvalue(), "inbox/results.xlsx")


def test_read_tables__row_with_surplus_cells(origin: Make) -> None:
    """Should name the row whose text contains the separator."""
    rows = "\n".join(f"{n},x" for n in range(300))
    assert "row 302" in _refused(origin, f"a,b\n{rows}\n1,x, and y\n".encode())


def test_read_tables__surplus_separators_are_harmless(origin: Make) -> None:
    """Should drop empty cells beyond the header."""
    rows = "\n".join(f"{n},x" for n in range(300))
    cells = read_tables(origin(), f"a,b\n{rows}\n1,x,,\n".encode()).sheets[0].cells
    assert cells.shape == (302, 2)


def test_read_tables__open_quotation_mark(origin: Make) -> None:
    """Should say that a quotation mark is never closed."""
    assert "Close the quotation mark" in _refused(origin, b'a,b\n1,"2\n3,4\n')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_read_tables__encodings_and_separators(origin: Make, encoding: str, sign: str) -> None:
    """Should read what Excel and Kobo write in any encoding, with any separator, quoted line breaks included."""
    text = f'name{sign}"a, b; c"\r\nJosé{sign}"two\nlines"\r\n\r\nÑu{sign}\r\n'
    tables = read_tables(origin(), text.encode(encoding))
    assert tables.sheets[0].cells.rows() == [("name", "a, b; c"), ("José", "two\nlines"), (None, None), ("Ñu", None)]
    assert tables.encoding == encoding.removesuffix("-sig")


def test_sheet__rows_as_a_person_counts_them(origin: Make) -> None:
    """Should number rows like the file, blank ones counted but not given."""
    sheet = read_tables(origin(), b"\na,b\n1,2\n\n3,4\n").sheets[0]
    assert sheet.first_row() == 2
    assert sheet.below(2).rows() == [(3, "1", "2"), (5, "3", "4")]
