"""Places as XForms write them, "latitude longitude altitude accuracy", whatever a server made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

#: Types of questions whose answers are places.
TYPES = ("geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint")
_WKT = re.compile(r"(POINT|LINESTRING|POLYGON) \({1,2}(?P<points>[^()]+)\){1,2}")


def as_xform(text: str) -> str:
    """Return GeoJSON or well-known text as an XForm has it, points separated by ";"; any other text as it is.

    So the same place is the same answer from every kind of export.
    """
    if text.startswith("{"):
        return _from_geojson(text) or text
    found = _WKT.fullmatch(text)
    if not found:
        return text
    return "; ".join(_point([float(number) for number in one.split()]) for one in found["points"].split(","))


def _from_geojson(text: str) -> str | None:
    try:
        place: dict[str, Any] = json.loads(text)
        told = place.get("properties") or {}
        points = place["coordinates"]
        match place["type"]:
            case "Point":
                return _point(points, told.get("accuracy"))
            case "Polygon":
                points = points[0]
        accuracies = told.get("accuracies") or [None] * len(points)
        return "; ".join(_point(point, accuracy) for point, accuracy in zip(points, accuracies, strict=True))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _point(coordinates: Sequence[float], accuracy: float | None = None) -> str:
    longitude, latitude, *altitude = coordinates
    known = [latitude, longitude, *(altitude[:1] or [0.0] * (accuracy is not None))]
    return " ".join(str(float(number)) for number in (*known, *([accuracy] if accuracy is not None else [])))
