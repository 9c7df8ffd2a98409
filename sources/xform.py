"""XForm XML, what servers and devices work with: instance, binds, texts and body to rows as an XLSForm has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from melflow.sources.formrows import Content, Row, language_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from melflow.sources.payload import Origin

_NS = {"x": "http://www.w3.org/2002/xforms", "h": "http://www.w3.org/1999/xhtml"}
_JR = "{http://openrosa.org/javarosa}"
_BINDS = {"int": "integer", "string": "text", "select1": "text", "select": "text", "binary": "file", "boolean": "text"}
_MEDIA = {"image": "image", "audio": "audio", "video": "video"}
#: jr:preload with its parameter, or what the preloader is called -> type of an XLSForm.
_PRELOADS = {
    **{("timestamp", name): name for name in ("start", "end")},
    ("date", "today"): "today",
    **{
        ("property", name): name
        for name in ("deviceid", "subscriberid", "simserial", "phonenumber", "username", "email")
    },
}
_INSTANCE = re.compile(r"\s*(?:randomize\()?\s*instance\('([^']+)'\)")
_TRUE = ("true()", "true", "1")
_NO_WORDS = "-"  # what pyxform writes where a translation is missing
_CONTROLS = ("input", "select1", "select", "upload", "trigger", "range", "rank")


def read(origin: Origin, content: bytes) -> Content:
    """Return the rows of an XForm.

    Raises:
        SourceError: It is not XML, declares entities, or is no XForm.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _no_form(origin, f"XML that breaks off or is broken in line {error.lineno or 1}") from error
    if root.getroottree().docinfo.doctype:
        raise _no_form(origin, "a DOCTYPE, which could hide entities")
    primary = root.find("h:head/x:model/x:instance/*", _NS)
    if primary is None:
        raise _no_form(origin, f"the XML of '{etree.QName(root).localname}'")
    return _Form(root, primary).content()


def _no_form(origin: Origin, seen: str) -> Exception:
    return origin.error(
        "a form in XML is an XForm: h:html with h:head, a model and an instance",
        seen,
        "Download the form again (ODK Central: Form Definition, XForm), or put the XLSForm there.",
    )


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


class _Form:
    """One XForm while it is read."""

    def __init__(self, root: _Element, primary: _Element) -> None:
        self.root, self.primary = root, primary
        self.base = f"/{_local(primary)}"
        self.binds = {self._path(bind.get("nodeset", "")): bind for bind in root.iterfind("h:head/x:model/x:bind", _NS)}
        body = root.find("h:body", _NS)
        below = [] if body is None else [one for one in body.iter() if isinstance(one.tag, str)]
        self.controls = {
            self._path(one.get("ref") or one.get("bind") or ""): one for one in below if _local(one) in _CONTROLS
        }
        self.groups = {
            self._path(one.get("ref", "")): one for one in below if _local(one) == "group" and one.get("ref")
        }
        self.repeats = {self._path(one.get("nodeset", "")) for one in below if _local(one) == "repeat"}
        self.texts = self._texts()
        self.lists: dict[str, list[Row]] = {}

    def content(self) -> Content:
        survey = list(self._rows(self.primary, ""))
        choices = [row for rows in self.lists.values() for row in rows]
        title = self.root.findtext("h:head/h:title", "", _NS)
        attributes = {name.rpartition("}")[2]: value for name, value in self.primary.attrib.items()}
        own = {"form_id": attributes.get("id", ""), "version": attributes.get("version", ""), "form_title": title}
        default = self.root.find("h:head/x:model/x:itext/x:translation[@default]", _NS)
        if default is not None:
            own["default_language"] = str(default.get("lang", ""))
        return Content(_numbered(survey), _numbered(choices), {key: text for key, text in own.items() if text})

    def _path(self, reference: str) -> str:
        """Return a reference such as ``/data/group/question`` as ``group/question``."""
        return reference.strip().removeprefix(self.base).strip("/")

    def _texts(self) -> dict[str, dict[str, str]]:
        """Return id of a text -> language -> words; pictures and sounds are left out."""
        texts: dict[str, dict[str, str]] = {}
        for translation in self.root.iterfind("h:head/x:model/x:itext/x:translation", _NS):
            language = language_of(str(translation.get("lang", "")))
            for text in translation.iterfind("x:text", _NS):
                plain = next((one for one in text.iterfind("x:value", _NS) if one.get("form") is None), None)
                if plain is not None and plain.text != _NO_WORDS:
                    texts.setdefault(str(text.get("id")), {})[language] = _words(plain)
        return texts

    def _rows(self, parent: _Element, above: str) -> Iterator[Row]:
        seen: set[str] = set()  # a repeat stands in the instance twice: its template, and its first repetition
        for element in parent:
            name = _local(element)
            path = f"{above}/{name}" if above else name
            if name in seen or path == "meta" or path.startswith("formhub"):
                continue
            seen.add(name)
            if len(element) or path in self.groups or path in self.repeats:
                kind = "repeat" if path in self.repeats else "group"
                yield {
                    "type": f"begin_{kind}",
                    "name": name,
                    **self._labels(self.groups.get(path)),
                    **self._rules(path),
                }
                yield from self._rows(element, path)
                yield {"type": f"end_{kind}"}
            else:
                yield self._question(name, path)

    def _question(self, name: str, path: str) -> Row:
        control, bind = self.controls.get(path), self.binds.get(path)
        kind = self._device(path) or self._kind(path, control, bind)
        return {"type": kind, "name": name, **self._labels(control), **self._rules(path)}

    def _device(self, path: str) -> str | None:
        bind = self.binds.get(path)
        if bind is None:
            return None
        return _PRELOADS.get((str(bind.get(f"{_JR}preload")), str(bind.get(f"{_JR}preloadParams"))))

    def _kind(self, path: str, control: _Element | None, bind: _Element | None) -> str:
        bound = "string" if bind is None else str(bind.get("type", "string")).rpartition(":")[2]
        plain = _BINDS.get(bound, bound)
        if control is None:
            return "calculate" if bind is not None and bind.get("calculate") else "hidden"
        listed = _INSTANCE.match(str(control.get("query", "")))
        if listed:  # select_one_external: the choices are in a file of their own
            return f"select_one {listed[1]}"
        match _local(control):
            case "select1":
                return f"select_one {self._list(path, control)}"
            case "select":
                return f"select_multiple {self._list(path, control)}"
            case "rank":
                return f"rank {self._list(path, control)}"
            case "upload":
                return _MEDIA.get(str(control.get("mediatype", "")).partition("/")[0], "file")
            case "trigger":
                return "acknowledge"
            case "range":
                return "range"
        readonly = bind is not None and bind.get("readonly") == "true()" and not bind.get("calculate")
        return "note" if readonly and plain == "text" else plain

    def _rules(self, path: str) -> Row:
        bind = self.binds.get(path)
        if bind is None:
            return {}
        said = {
            "required": "true" if bind.get("required") in _TRUE else "",
            "relevant": bind.get("relevant"),
            "constraint": bind.get("constraint"),
            "constraint_message": self._plain(bind.get(f"{_JR}constraintMsg")),
            "calculation": bind.get("calculate"),
        }
        return {key: str(text) for key, text in said.items() if text}

    def _plain(self, text: str | None) -> str:
        """Return a message; of one in several languages the first."""
        named = re.fullmatch(r"jr:itext\('(.+)'\)", text or "")
        return next(iter(self.texts.get(named[1], {}).values()), "") if named else text or ""

    def _labels(self, element: _Element | None) -> Row:
        label = None if element is None else element.find("x:label", _NS)
        return {} if label is None else self._said(label)

    def _said(self, label: _Element) -> Row:
        named = re.fullmatch(r"jr:itext\('(.+)'\)", str(label.get("ref", "")))
        if named:
            return {f"label::{language}": text for language, text in self.texts.get(named[1], {}).items()}
        text = _words(label)
        return {"label::": text} if text else {}

    def _list(self, path: str, control: _Element) -> str:
        """Return the name of the question's list, and read the list when it is a new one."""
        itemset = control.find("x:itemset", _NS)
        if itemset is None:
            name = path.replace("/", ".")
            self.lists[name] = [
                {"list_name": name, "name": item.findtext("x:value", "", _NS).strip(), **self._labels(item)}
                for item in control.iterfind("x:item", _NS)
            ]
            return name
        source = _INSTANCE.match(str(itemset.get("nodeset", "")))
        if source is None:  # the answers of a repeat are the choices: no list
            return f"${{{self._path(str(itemset.get('nodeset', ''))).rpartition('/')[2].partition('[')[0]}}}"
        return self._instance(source[1], itemset)

    def _instance(self, name: str, itemset: _Element) -> str:
        found = next(
            (one for one in self.root.iterfind("h:head/x:model/x:instance", _NS) if one.get("id") == name), None
        )
        if found is not None and found.get("src"):
            return str(found.get("src")).rpartition("/")[2]  # jr://file-csv/towns.csv
        value, label = (itemset.find(f"x:{part}", _NS) for part in ("value", "label"))
        key = "name" if value is None else str(value.get("ref", "name"))
        said = "label" if label is None else str(label.get("ref", "label"))
        if found is not None and name not in self.lists:
            self.lists[name] = [
                {"list_name": name, "name": _child(item, key), **self._item(item, said)}
                for item in found.iterfind(".//x:item", _NS)
            ]
        return name

    def _item(self, item: _Element, said: str) -> Row:
        named = re.fullmatch(r"jr:itext\((\w+)\)", said)
        if named:
            texts = self.texts.get(_child(item, named[1]), {})
            return {f"label::{language}": text for language, text in texts.items()}
        text = _child(item, said)
        return {"label::": text} if text else {}


def _child(item: _Element, name: str) -> str:
    return str(item.findtext(f"x:{name}", "", _NS)).strip()


def _words(element: _Element) -> str:
    """Return the words of a label; what is put into it from other answers is named ``${question}``."""
    parts = [element.text or ""]
    for child in element:
        parts.append(f"${{{str(child.get('value', '')).strip().rpartition('/')[2]}}}" + (child.tail or ""))
    return " ".join("".join(parts).split())


def _numbered(rows: list[Row]) -> list[Row]:
    return [{**row, "row": str(number)} for number, row in enumerate(rows, 2)]
