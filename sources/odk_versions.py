"""Earlier versions of edited submissions on ODK Central: OData has the last one only, each other is an XML of its own.

A payload is an archive: for each submission the server's list of its versions (``1.json``) and those versions that
did not land yet, as they were sent (``1.2.xml``: the second oldest). They are read as the OData records they would be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from melflow.sources.http import RefusedError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from melflow.sources.http import Client
    from melflow.sources.payload import Origin
    from melflow.sources.xlsform import Form

_NAME = re.compile(r"(?P<submission>\d+)\.(?P<version>\d+)\.xml")


def fetch(asked: Client, form: str, key: str, standing: str, known: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the list of a submission's versions and those before the standing one that did not land, by their numbers.

    Nothing comes of a submission that went in the meantime, or of a server that does not tell versions.

    Args:
        asked: The server.
        form: Path of the form.
        key: The submission.
        standing: Its version that landed; what came after it is left to the next fetch.
        known: Versions that landed; without "uuid:", like ``standing``.
    """
    path = f"{form}/submissions/{quote(key, safe='')}/versions"
    try:
        content, listed = asked.get_json(path)
        versions = _oldest_first(listed)
        names = [_bare(one["instanceId"]) for one in versions]
        upto = names.index(standing) if standing in names else len(names)
        missing = [number for number in range(upto) if names[number] not in known]
        found = [
            (f"{number + 1}.xml", asked.get(f"{path}/{quote(versions[number]['instanceId'], safe='')}.xml").content)
            for number in missing
        ]
    except RefusedError as error:
        if error.code not in (400, 404, 501):
            raise
        return
    if found:
        yield "json", content
        yield from found


def is_of(names: Collection[str]) -> bool:
    """Return whether files of these names are versions that ``fetch`` brought."""
    return any(_NAME.fullmatch(name) for name in names)


def read(origin: Origin, files: Mapping[str, bytes], forms: tuple[Form, ...]) -> dict[str, bytes]:
    """Return the versions as one OData answer.

    Raises:
        SourceError: A version is no XML, or its list is missing.
    """
    repeats = frozenset(repeat for form in forms for repeat in form.repeats)
    records = []
    for name, content in files.items():
        found = _NAME.fullmatch(name)
        if found:
            versions = _oldest_first(orjson.loads(files[f"{found['submission']}.json"]))
            records.append(_record(_root(origin, name, content), versions, int(found["version"]) - 1, repeats))
    return {"": orjson.dumps({"value": records, "@odata.context": "$metadata#Submissions"})}


def _oldest_first(listed: Any) -> list[dict[str, Any]]:
    return sorted(listed, key=lambda one: str(one["createdAt"]))


def _bare(instance: str) -> str:
    return instance.removeprefix("uuid:")


def _root(origin: Origin, name: str, content: bytes) -> _Element:
    from lxml import etree

    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise origin.error(
            "a version of a submission is complete XML",
            f"text that stops making sense at line {error.lineno}",
            "It was probably cut off: fetch it again.",
            name,
        ) from error


def _record(root: _Element, versions: list[dict[str, Any]], number: int, repeats: frozenset[str]) -> dict[str, Any]:
    """Return a version as OData would have given it while it stood."""
    own, first = versions[number], versions[0]
    told = _below(root, "", repeats)
    meta = told.pop("meta", None)
    before = {"deprecatedID": versions[number - 1]["instanceId"]} if number else {}
    system = {
        "submissionDate": first["createdAt"],
        "updatedAt": own["createdAt"] if number else None,
        "edits": number,
        "formVersion": root.get("version"),
        "deviceId": own.get("deviceId"),
    }
    known = meta if isinstance(meta, dict) else {}
    return {
        **told,
        "__id": first["instanceId"],
        "__system": system,
        "meta": {**known, **before, "instanceID": own["instanceId"]},
    }


def _below(element: _Element, path: str, repeats: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element.iterchildren("*"):
        name = child.tag.rpartition("}")[2]
        here = f"{path}/{name}".strip("/")
        if any(key.rpartition("}")[2] == "template" for key in child.attrib):
            continue  # what a new repetition starts from
        value: Any = _below(child, here, repeats) if len(child) or here in repeats else child.text or None
        key = re.sub(r"\W", "_", name)
        if here in repeats:
            found.setdefault(key, []).append(value)
        else:
            found[key] = value
    return found
