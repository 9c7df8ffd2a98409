"""What the work is for: a short form that commissioners, partners and learning partners answer alike."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np

from melflow.examples import capability, forms, kobo, people, story

FORM_ID, VERSION, DEPLOYED = "expectations", "2024-07", "vE5tYd2RqN"
#: role -> the organisations whose people answer in it, and how many of each.
RESPONDENTS = {
    "commissioner": {"kiserua": 5, "cumbral": 5},
    "partner": {"brisas": 4, "labo": 4, "orilla": 4, "valle": 4},
    "learning_partner": {story.FACILITATOR: 11},
}
WAVES = (0, 3)
#: expectation -> mean of each role in the first wave; by the last they meet half-way.
MEANS = {
    "learn": (2.8, 4.4, 4.7),
    "adjust": (2.6, 4.1, 4.5),
    "account": (4.6, 2.7, 2.5),
    "prove": (4.3, 2.9, 3.0),
    "relate": (3.2, 4.2, 3.9),
    "influence": (3.4, 3.5, 3.3),
}


def form() -> forms.Form:
    """Return the form: who answers as what, and six statements on one scale."""
    asked = forms.tri("You answer as", "Usted responde como", "Vous répondez en tant que")
    roles = {
        "commissioner": (forms.tri("Commissioner", "Quien encarga", "Commanditaire"), ""),
        "partner": (forms.tri("Partner", "Organización socia", "Partenaire"), ""),
        "learning_partner": (forms.tri("Learning partner", "Acompañante", "Partenaire d'apprentissage"), ""),
    }
    groups = {"about": forms.GROUPS["about"], "purpose": forms.tri("Purpose", "Finalidad", "Finalité")}
    role = forms.Question(
        "select_one roles", "answers_as", asked, ("about",), required=True, mel={"mel_construct": "respondent_role"}
    )
    return forms.Form(
        FORM_ID, VERSION, "Confluencia: what the work is for", groups,
        (*forms.about_you(role), *forms.rated_statements("expectations", dict.fromkeys(MEANS, "purpose"))),
        {"partners": forms.partner_choices("any"), "yes_no": forms.YES_NO, "agree": forms.AGREE, "roles": roles},
    )  # fmt: skip


def write(inbox: Path, rng: np.random.Generator, staff: dict[str, list[list[people.Person]]]) -> None:
    """Write one export per wave into the inbox."""
    ids = count(51_330_008)
    for wave in WAVES:
        rows = [
            _answer(rng, wave, role, partner, person) | {"_id": str(next(ids))}
            for role, teams in RESPONDENTS.items()
            for partner, size in teams.items()
            for person in staff[partner][wave][:size]
        ]
        table = kobo.table(form(), rows, kobo.Style())
        kobo.write_csv(inbox / "kobo_expectations" / f"expectations_{story.PERIODS[wave]}.csv", table)


def _answer(rng: np.random.Generator, wave: int, role: str, partner: str, person: people.Person) -> capability.Row:
    when = people.sitting(rng, partner, wave)
    row = {
        "start": capability.stamp(when.start),
        "end": capability.stamp(when.end),
        "partner": partner,
        "answers_as": role,
        "respondent": person.code,
        "consent": "yes",
        "date_collected": when.day,
        "_uuid": people.new_uuid(rng),
        "_submission_time": when.received.strftime("%Y-%m-%dT%H:%M:%S"),
        "__version__": DEPLOYED,
    }
    place = list(RESPONDENTS).index(role)
    for item in forms.wording("expectations"):
        means = MEANS[item["construct"]]
        middle = sum(means) / len(means)
        mean = story.between((means[place], (means[place] + middle) / 2), wave / (len(story.PERIODS) - 1))
        row[item["name"]] = people.rate(rng, mean, person, reverse=False)
    return row
