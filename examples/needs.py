"""What partners need and ask for: a survey of needs, coded demands, and advice that is heard after a visit."""

from __future__ import annotations

import datetime as dt
from itertools import count
from pathlib import Path

import numpy as np
import yaml

from melflow.core.workspace.framework import SHIPPED
from melflow.examples import capability, forms, kobo, people, story

Rows = list[list[str]]
FORM_ID, VERSION, DEPLOYED = "needs", "2024-07", "vN3dS8kQwA"
#: partner -> how many of its people are asked in each wave.
RESPONDENTS = {
    "brisas": 10,
    "cumbral": 11,
    "kiserua": 12,
    "labo": 10,
    "ndamar": 10,
    "orilla": 10,
    "tululi": 10,
    "valle": 12,
}
WAVES = (0, 3)
#: topic -> mean importance, and mean level in the first and the last wave, 1 to 5.
TOPICS = {
    "finance": (4.6, 2.1, 2.9),
    "maintenance": (4.5, 2.6, 3.6),
    "data_monitoring": (3.9, 2.2, 3.2),
    "participation": (3.8, 3.1, 3.4),
    "procurement": (3.3, 2.8, 2.9),
    "staff_skills": (4.1, 3.0, 3.5),
}
#: What a research laboratory and a farmers' union see otherwise: importance more or less than the others.
_OWN_VIEW = {("labo", "data_monitoring"): 0.8, ("tululi", "participation"): 0.8, ("tululi", "data_monitoring"): -0.9}
_IMPORTANCE = (("not", "Not important", "Nada importante", "Pas important"),
               ("little", "Of little importance", "Poco importante", "Peu important"),
               ("some", "Somewhat important", "Algo importante", "Assez important"),
               ("important", "Important", "Importante", "Important"),
               ("very", "Very important", "Muy importante", "Très important"))  # fmt: skip
_LEVEL = (("none", "Nothing in place", "Nada todavía", "Rien en place"),
          ("started", "Just started", "Recién empezado", "À peine commencé"),
          ("half", "Half-way", "A medio camino", "À mi-chemin"),
          ("mostly", "Mostly in place", "Casi todo", "Presque en place"),
          ("full", "Fully in place", "Todo en marcha", "Tout en place"))  # fmt: skip
#: partner -> wave -> (capability, topic): Puerto Brisal asks for one thing first, for four at last.
_DEMANDS = {
    "brisas": {0: [("carry_out_deliver", "maintenance")],
               1: [("carry_out_deliver", "maintenance"), ("carry_out_deliver", "finance")],
               3: [("carry_out_deliver", "maintenance"), ("relate_attract", "participation"),
                   ("adapt_renew", "data_monitoring"), ("balance_diversity_coherence", "participation")]},
    "tululi": {0: [("commit_engage", "finance")], 3: [("commit_engage", "finance")]},
    "ndamar": {1: [("adapt_renew", "data_monitoring"), ("carry_out_deliver", "maintenance")],
               3: [("adapt_renew", "data_monitoring"), ("relate_attract", "participation")]},
}  # fmt: skip
#: advice -> giver, receiver, topic, days since the first of July 2024 it was given on, day and contact of acceptance.
_ADVICE = {
    "meter-every-pump": ("valle", "brisas", "data_monitoring", (40, 150, 260, 420), 430, "visit to Valle Sereno"),
    "tariff-by-block": ("kiserua", "tululi", "finance", (60, 240, 470), None, ""),
    "women-on-board": ("labo", "ndamar", "participation", (100, 130), 190, "video call with the laboratory"),
    "spare-parts-pool": ("orilla", "valle", "maintenance", (200, 300), 310, "workshop at Orilla Mansa"),
    "read-the-log": ("labo", "kiserua", "data_monitoring", (350,), 380, "joint analysis"),
}  # fmt: skip


def form() -> forms.Form:
    """Return the form: for each topic of the framework, how important it is and how far along the organisation is."""
    questions = []
    for side, group in (("importance", "matters"), ("current", "stands")):
        for need in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["needs"]:
            label = need["label"]
            questions.append(
                forms.Question(
                    f"select_one {side}", f"{side}_{need['id']}", {code: label[code] for code in forms.LANGUAGES},
                    (group,), required=True, mel={"mel_construct": need["id"], "mel_side": side},
                )
            )  # fmt: skip
    groups = {
        "about": forms.GROUPS["about"],
        "matters": forms.tri("How important is it for you?", "¿Qué importancia tiene?", "Quelle importance ?"),
        "stands": forms.tri("How far along are you?", "¿Hasta dónde han llegado?", "Où en êtes-vous ?"),
    }
    return forms.Form(
        FORM_ID, VERSION, "Confluencia: what we need", groups, (*forms.about_you(), *questions),
        {"partners": forms.partner_choices("any"), "yes_no": forms.YES_NO, "importance": _scale(_IMPORTANCE),
         "current": _scale(_LEVEL)},
    )  # fmt: skip


def _scale(steps: tuple[tuple[str, str, str, str], ...]) -> dict[str, tuple[forms.Labels, str]]:
    return {code: (forms.tri(en, es, fr), str(points)) for points, (code, en, es, fr) in enumerate(steps, start=1)}


def write(inbox: Path, answers: np.random.Generator, days: np.random.Generator, staff: people.Staff) -> None:
    """Write one export of the survey per wave, and the registers of demands and advice."""
    ids = count(53_100_001)
    for wave in WAVES:
        rows = [
            _answer(answers, wave, partner, person) | {"_id": str(next(ids))}
            for partner, size in RESPONDENTS.items()
            for person in staff[partner][wave][:size]
        ]
        table = kobo.table(form(), rows, kobo.Style())
        kobo.write_csv(inbox / "kobo_needs" / f"needs_{story.PERIODS[wave]}.csv", table)
    kobo.write_csv(inbox / "registers" / "demands.csv", _demands(days), bom=False)
    kobo.write_csv(inbox / "registers" / "advice.csv", _advice(), bom=False)


def _answer(rng: np.random.Generator, wave: int, partner: str, person: people.Person) -> capability.Row:
    when = people.sitting(rng, partner, wave)
    row = {
        "start": capability.stamp(when.start),
        "end": capability.stamp(when.end),
        "partner": partner,
        "respondent": person.code,
        "consent": "yes",
        "date_collected": when.day,
        "_uuid": people.new_uuid(rng),
        "_submission_time": when.received.strftime("%Y-%m-%dT%H:%M:%S"),
        "__version__": DEPLOYED,
    }
    for topic, (important, first, last) in TOPICS.items():
        means = {
            "importance": important + _OWN_VIEW.get((partner, topic), 0.0),
            "current": story.between((first, last), wave / (len(story.PERIODS) - 1)),
        }
        for side, steps in (("importance", _IMPORTANCE), ("current", _LEVEL)):
            points = int(np.clip(round(means[side] + float(rng.normal(0, 0.8))), 1, 5))
            row[f"{side}_{topic}"] = steps[points - 1][0]
    return row


def _demands(rng: np.random.Generator) -> Rows:
    rows = [["No", "Date", "Organisation", "What they ask for", "Capability", "Topic"]]
    names = forms.partner_names()
    for partner, waves in _DEMANDS.items():
        for wave, codes in waves.items():
            for asked_for, topic in codes:
                day = people.first_day(wave) + dt.timedelta(days=int(rng.integers(5, 170)))
                said = f"How others handle {topic.replace('_', ' ')}"
                rows.append([f"Q-{len(rows):03}", day.isoformat(), names[partner], said, asked_for, topic])
    return rows


def _advice() -> Rows:
    rows = [["No", "Advice", "Date", "Given by", "Given to", "Topic", "Accepted", "After"]]
    names, start = forms.partner_names(), people.first_day(0)
    for advice, (giver, receiver, topic, given, accepted, contact) in _ADVICE.items():
        for number, day in enumerate(given, start=1):
            taken_up = accepted is not None and number == len(given)
            accepted_on = (start + dt.timedelta(days=accepted)).isoformat() if taken_up and accepted else ""
            on = (start + dt.timedelta(days=day)).isoformat()
            rows.append([f"V-{len(rows):03}", advice, on, names[giver], names[receiver], topic, accepted_on,
                         contact if taken_up else ""])  # fmt: skip
    return rows
