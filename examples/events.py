"""Events the partners meet at, and what participants say after them: not a lecture."""

from __future__ import annotations

import datetime as dt
from itertools import count
from pathlib import Path

import numpy as np

from melflow.examples import capability, forms, kobo, people, story

FORM_ID, VERSION, DEPLOYED = "after_event", "2024-07", "vF7eB1mZcR"
#: event -> wave, day of the half-year, host, title, invited, and who comes: partner -> people.
EVENTS = {
    "EV-01": (0, 60, "kiserua", "How tariffs are explained", 24, {"kiserua": 6, "tululi": 6, "labo": 4}),
    "EV-02": (1, 80, "orilla", "Pump clinic", 20, {"orilla": 6, "arrayanza": 4, "cumbral": 5}),
    "EV-03": (2, 75, "valle", "Meters and money", 22, {"valle": 7, "brisas": 6, "ndamar": 5}),
    "EV-04": (3, 90, "labo", "Reading our own data", 26, {"labo": 6, "kiserua": 6, "ndamar": 6, "brisas": 4}),
    "EV-05": (3, 120, "valle", "Who sits on the board", 12, {"valle": 4, "orilla": 3}),  # too few to publish
}
#: statement -> the words of the form, mean agreement at the first and the last event, 1 to 5.
STATEMENTS = {
    "participatory": (forms.tri("We worked together, nobody lectured.", "Trabajamos en común, nadie dictó clase.",
                                "Nous avons travaillé ensemble, sans cours magistral."), (3.2, 4.4)),
    "diagnostic": (forms.tri("It was about diagnosing our own case.", "Se trató de diagnosticar nuestro propio caso.",
                             "Il s'agissait de diagnostiquer notre propre cas."), (3.0, 4.3)),
    "own_agenda": (forms.tri("We set the agenda ourselves.", "Nosotros fijamos la agenda.",
                             "Nous avons fixé l'ordre du jour nous-mêmes."), (2.7, 4.0)),
}  # fmt: skip
_SAID = (
    "The pumps on the table helped more than slides.",
    "Too little time for questions.",
    "We chose the case ourselves.",
)


def form() -> forms.Form:
    """Return the form: which event, three statements, a recommendation from 0 to 10, and an open question."""
    inside = ("method",)
    event = forms.tri(
        "Code of the event (on the poster)", "Código del evento (en el cartel)", "Code de l'événement (affiche)"
    )
    recommend = forms.tri("Would you recommend it to a colleague? (0-10)", "¿Lo recomendaría? (0-10)",
                          "Le recommanderiez-vous ? (0-10)")  # fmt: skip
    remark = forms.tri("What should we keep, what change?", "¿Qué mantener, qué cambiar?", "Que garder, que changer ?")
    rated = tuple(
        forms.Question("select_one agree", f"said_{name}", words, inside, required=True, mel={"mel_construct": name})
        for name, (words, _) in STATEMENTS.items()
    )
    return forms.Form(
        FORM_ID, VERSION, "Confluencia: after the event",
        {"about": forms.GROUPS["about"], "method": forms.tri("The event", "El evento", "L'événement")},
        (
            *forms.about_you(forms.Question("text", "event", event, ("about",), required=True,
                                            mel={"mel_construct": "event"})),
            *rated,
            forms.Question("integer", "recommend", recommend, inside, required=True, constraint=". >= 0 and . <= 10",
                           mel={"mel_construct": "recommend"}),
            forms.Question("text", "remark", remark, inside),
        ),
        {"partners": forms.partner_choices("any"), "yes_no": forms.YES_NO, "agree": forms.AGREE},
    )  # fmt: skip


def write(inbox: Path, rng: np.random.Generator, staff: people.Staff) -> list[tuple[str, str]]:
    """Write the register of events and one export of the form; return id and remark of those who left one."""
    names, ids = forms.partner_names(), count(54_200_001)
    register = [["Event", "Date", "Title", "Host", "Invited"]]
    rows = []
    for event, (wave, day, host, title, invited, guests) in EVENTS.items():
        held_on = people.first_day(wave) + dt.timedelta(days=day)
        register.append([event, held_on.isoformat(), title, names[host], str(invited)])
        rows += [
            _answer(rng, event, wave, held_on, partner, person) | {"_id": str(next(ids))}
            for partner, size in guests.items()
            for person in staff[partner][wave][:size]
        ]
    kobo.write_csv(inbox / "registers" / "events.csv", register, bom=False)
    kobo.write_csv(inbox / "kobo_events" / "after_event.csv", kobo.table(form(), rows, kobo.Style()))
    return [(row["_id"], row["remark"]) for row in rows if row["remark"]]


def _answer(
    rng: np.random.Generator, event: str, wave: int, held_on: dt.date, partner: str, person: people.Person
) -> capability.Row:
    start = dt.datetime.combine(held_on, dt.time(16), dt.UTC) + dt.timedelta(minutes=int(rng.integers(0, 120)))
    step = wave / (len(story.PERIODS) - 1)
    row = {
        "start": capability.stamp(start),
        "end": capability.stamp(start + dt.timedelta(minutes=3)),
        "partner": partner,
        "event": event,
        "respondent": person.code,
        "consent": "yes",
        "date_collected": held_on.isoformat(),
        "recommend": str(int(np.clip(round(6.4 + 2.2 * step + float(rng.normal(0, 1.8))), 0, 10))),
        "remark": str(rng.choice(_SAID)) if rng.random() < 0.3 else "",
        "_uuid": people.new_uuid(rng),
        "_submission_time": (start + dt.timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%S"),
        "__version__": DEPLOYED,
    }
    for name, (_, ends) in STATEMENTS.items():
        row[f"said_{name}"] = people.rate(rng, story.between(ends, step), person, reverse=False)
    return row
