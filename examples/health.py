"""Answers to the partnership health form, as ODK Central's OData feed gives them (repeat expanded)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np

from melflow.examples import dirt, forms, people, story
from melflow.examples.capability import stamp

Doc = dict[str, Any]
Staff = dict[str, list[list[people.Person]]]
_CONTEXT = "https://odk.confluencia.example/v1/projects/3/forms/health.svc/$metadata#Submissions"
_PRACTICES = {
    "en": ("Reading meters in pairs", "A spare-parts shelf per village", "A notice board for repair dates",
           "Keeping a pump diary", "Water committee with its own receipt book"),
    "es": ("Leer medidores en pareja", "Un estante de repuestos por aldea", "Cartelera con fechas de reparación",
           "Llevar un diario de la bomba", "Comité de agua con recibos propios"),
    "fr": ("Relever les compteurs à deux", "Une étagère de pièces par village", "Un tableau des dates de réparation",
           "Tenir un carnet de pompe", "Comité d'eau avec son carnet de reçus"),
}  # fmt: skip


def write(inbox: Path, rng: np.random.Generator, staff: Staff) -> None:
    """Write the health files: one per wave, one that came late, one with edited submissions."""
    for wave, period in enumerate(story.PERIODS):
        docs = _wave(rng, staff, wave)
        on_time = [doc for doc in docs if (doc["about"]["partner"], wave) != people.LATE]
        late = [doc for doc in docs if (doc["about"]["partner"], wave) == people.LATE]
        _spoil(on_time, wave)
        _save(inbox / "odk" / f"health_{period}.json", on_time)
        if late:
            _save(inbox / "odk" / f"health_{period}_late.json", late)
        if wave in dirt.HEALTH_EDITED:
            again = [on_time[position] for position in dirt.HEALTH_REPEATED[wave]]
            changed = [_edit(on_time[position], people.new_uuid(rng)) for position in dirt.HEALTH_EDITED[wave]]
            _save(inbox / "odk" / f"health_{period}_corrected.json", [*changed, *again])


def _wave(rng: np.random.Generator, staff: Staff, wave: int) -> list[Doc]:
    docs: list[Doc] = []
    for dyad in story.active(wave):
        asked = (
            (dyad.a, {"partner": dyad.a, "about_partner": dyad.b, "about_partner_2": None}, "a", dyad.people[0]),
            (dyad.b, {"partner": dyad.b, "about_partner": dyad.a, "about_partner_2": None}, "b", dyad.people[1]),
            (story.FACILITATOR,
             {"partner": story.FACILITATOR, "about_partner": dyad.a, "about_partner_2": dyad.b},
             "third", story.THIRD_PARTY.get(dyad.dyad_id, 0)),
        )  # fmt: skip
        for partner, about, side, size in asked:
            team = staff[partner][wave]
            seats = sorted(rng.choice(len(team), size, replace=False))
            for person in people.present(rng, [team[seat] for seat in seats]):
                means = {item["name"]: dyad.mean(side, item["construct"], wave) for item in forms.wording("health")}
                docs.append(_document(rng, about, person, means, wave))
    return sorted(docs, key=lambda doc: str(doc["__system"]["submissionDate"]))


def _document(rng: np.random.Generator, about: Doc, person: people.Person, means: dict[str, float], wave: int) -> Doc:
    partner = about["partner"]
    when = people.sitting(rng, partner, wave)
    instance = f"uuid:{people.new_uuid(rng)}"
    language = story.PARTNERS[partner].language if partner in story.PARTNERS else "en"
    practices = rng.choice(_PRACTICES[language], int(rng.choice((0, 1, 2), p=(0.45, 0.4, 0.15))), replace=False)
    return {
        "__id": instance,
        "start": stamp(when.start),
        "end": stamp(when.end),
        "about": {
            **about, "respondent": person.code, "consent": people.consent(rng), "date_collected": when.day,
        },
        "partnership": {
            item["name"]: people.rate(rng, means[item["name"]], person, item["reverse"] == "yes")
            for item in forms.wording("health")
        },
        "learned": [
            {"practice": str(practice), "adapted": "yes" if rng.random() < 0.6 else "no", "__id": rng.bytes(20).hex()}
            for practice in practices
        ],
        "meta": {"instanceID": instance, "deprecatedID": None},
        "__system": {
            "submissionDate": when.received.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "updatedAt": None,
            "submitterId": "7",
            "submitterName": "Confluencia tablets",
            "attachmentsPresent": 0,
            "attachmentsExpected": 0,
            "status": None,
            "reviewState": None,
            "deviceId": f"collect:{partner}-{int(rng.integers(1, 5))}",
            "edits": 0,
            "formVersion": forms.HEALTH_V1,
            "deletedAt": None,
        },
    }  # fmt: skip


def _spoil(docs: list[Doc], wave: int) -> None:
    for position in dirt.HEALTH_UNKNOWN_CHOICES.get(wave, ()):
        docs[position]["partnership"]["governance_clarity_1"] = "agree_somewhat"
    for position in dirt.HEALTH_LEFT_EMPTY.get(wave, ()):
        docs[position]["partnership"]["facilitation_2"] = None


def _edit(doc: Doc, new_uuid: str) -> Doc:
    """Return a submission as Central gives it after an edit: same ``__id``, new instance, the old one named."""
    after = copy.deepcopy(doc)
    after["meta"] = {"instanceID": f"uuid:{new_uuid}", "deprecatedID": doc["meta"]["instanceID"]}
    after["partnership"]["trust_1"] = "neither" if doc["partnership"]["trust_1"] == "agree" else "agree"
    after["__system"] |= {"edits": 1, "updatedAt": "2025-06-16T14:05:00.000Z", "reviewState": "edited"}
    return after


def _save(path: Path, docs: list[Doc]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"value": docs, "@odata.context": _CONTEXT}, ensure_ascii=False, indent=1)
    path.write_bytes((text + "\n").encode())
