import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources.encodings import decode, wide_encoding
from melflow.sources.payload import Origin
from melflow.sources.tables import read_tables

SPANISH = "Organización;Año;Meta\nFormación de enseñadores;2024;10\n¿Niños vacunados?;1;2\n"
FRENCH = "Activité;Année;Bénéficiaires\nÉchange à Québec;2024;12\nForêt protégée;2023;4\n"
PORTUGUESE = "Ação;Município\nFormação;São Tomé\nReunião de avaliação;Conceição\n"
GERMAN = "Größe;Straße\nÄrzte für Kinder;2\nMünchen;3\n"
RUSSIAN = "Организация;Год;Факт\nГородской совет;2024;10\nОбучение учителей;2023;5\n"  # noqa: RUF001
ARABIC = "المنظمة;السنة\nتدريب المعلمين;2024\n"
POLISH = "Wskaźnik;Wartość\nŁódź i szkolenie nauczycieli;5\nGdańsk;Źródło żywności\n"
DETECTED = [
    *((text, name) for text in (SPANISH, FRENCH, PORTUGUESE, GERMAN) for name in ("cp1252", "mac_roman", "cp850")),
    *((RUSSIAN, name) for name in ("cp1251", "koi8_r", "cp866")),
    (ARABIC, "cp1256"),
    (POLISH, "cp1250"),
    ("name,x\nJosé,1\n", "cp1252"),
    ("name,x\nJosé,1\n", "mac_roman"),
]


@pytest.mark.parametrize(("text", "name"), DETECTED)
def test_decode__detected(text: str, name: str) -> None:
    """Should find out how a text was written that no mark and nobody tells."""
    assert decode(text.encode(name)) == (text, name)


@pytest.mark.parametrize("text", [SPANISH, RUSSIAN, "a,b\n1,2\n"])
@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_decode__utf16_without_mark(text: str, name: str) -> None:
    """Should know UTF-16 by the zeros of its separators."""
    assert decode(text.encode(name)) == (text, name)


PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
LATIN = st.text(st.sampled_from("abc ABC,;áéíóúñçüÁÉ¿¡€\u2019“\u2013"), max_size=60)


@given(PLAIN, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_decode__by_mark(text: str, name: str) -> None:
    """Should give back any text whose bytes carry a mark, even where the source declares something else."""
    assert decode(text.encode(name), "cp1252") == (text, name.removesuffix("-sig"))


@given(PLAIN)
def test_decode__utf8(text: str) -> None:
    """Should give back any text in UTF-8."""
    content = ("x" + text).encode()
    if wide_encoding(content) is None:
        assert decode(content)[0].removeprefix("\ufeff") == ("x" + text).removeprefix("\ufeff")


@given(LATIN, st.sampled_from(["cp1252", "mac_roman", "utf-8", "utf-16-le"]))
def test_decode__declared(text: str, name: str) -> None:
    """Should give back any text in the declared encoding."""
    content = ("x" + text).encode(name)
    assert decode(content, name)[0] == "x" + text


@given(st.binary(max_size=200))
def test_decode__never_fails_undeclared(content: bytes) -> None:
    """Should read any bytes as some text, unless a mark at their start lies."""
    if not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        decode(content)


def test_read_tables__not_as_declared(log_source: ActivityLogSource) -> None:
    """Should name the declaration and the byte that does not fit."""
    from datetime import UTC, datetime

    origin = Origin("log", "inbox/log.csv", "log-1", datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(SourceError, match=r"inbox/log\.csv!byte 4: .*Correct 'encoding' in sources/log\.yml"):
        read_tables(origin, b"a,\n\xe9,1\n", log_source.model_copy(update={"encoding": "utf-8"}))
    declared = log_source.model_copy(update={"encoding": "cp1252"})
    assert read_tables(origin, b"a,\n\xe9,1\n", declared).sheets[0].cells.rows() == [("a", None), ("é", "1")]
