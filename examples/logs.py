"""The three logs exchanges are written in: the platform's, Valle Sereno's visit book, Kiserua's register.

Each exchange is in one log: the two partners write down what they meet for in person, the platform the rest.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from melflow.examples import dirt, kobo, story
from melflow.examples.exchanges import Exchange
from melflow.examples.forms import OLD_CUMBRAL_NAME, partner_names

#: Names people write instead of the registered one; aliases.csv knows them all.
_HABITS = {
    "valle": {
        "valle": "Alcaldía de Valle Sereno", "brisas": "Puerto Brisal",
        "ndamar": "Commune de Ndamar", "cumbral": OLD_CUMBRAL_NAME,
    },
    "kiserua": {"tululi": "Tululi Growers", "labo": "Labo Eau Sambaliré", "ndamar": "Commune de Ndamar"},
}  # fmt: skip
_HABIT_SHARE = 0.4
_EXCEL_DAY_0 = dt.date(1899, 12, 30)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPANISH = {
    "advice": "Asesoría", "document": "Documento", "visit": "Visita", "mentoring": "Mentoría",
    "data": "Datos", "co-design": "Codiseño",
    "hours": "horas", "events": "eventos", "documents": "documentos",
}  # fmt: skip
_ENGLISH = {"hours": "hrs", "events": "meetings", "documents": "docs"}


def write(inbox: Path, rng: np.random.Generator, exchanges: list[Exchange]) -> None:
    """Write every log into the inbox."""
    book: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        keepers = [keeper for keeper in _HABITS if keeper in exchange.partners()] if exchange.in_person else []
        book[keepers[0] if keepers else "platform"].append(exchange)
    _platform(inbox / "logs" / "platform", rng, book["platform"])
    _valle(inbox / "logs" / "valle", rng, book["valle"])
    _kiserua(inbox / "logs" / "kiserua", rng, book["kiserua"])


def _platform(folder: Path, rng: np.random.Generator, exchanges: list[Exchange]) -> None:
    """One JSON Lines file per half-year; the third repeats the last lines of the second."""
    files: dict[int, list[str]] = {wave: [] for wave in range(len(story.PERIODS))}
    for number, exchange in enumerate(exchanges, start=1):
        # The self-loop: somebody picked the own organisation twice.
        receiver = exchange.receiver if number > dirt.SELF_LOOPS else exchange.giver
        channel = "face_to_face" if exchange.in_person else str(rng.choice(("video", "chat")))
        row = {
            "id": f"cf-{number:05}",
            "date": exchange.day.isoformat(),
            "giver": exchange.giver,
            "receiver": receiver,
            "type": exchange.kind.replace("-", ""),
            "channel": channel,
            "amount": exchange.quantity if exchange.unit == "hours" else int(exchange.quantity),
            "unit": exchange.unit,
            "topic": exchange.topic,
            "logged_by": exchange.giver if rng.random() < 0.6 else receiver,
            "giver_person": exchange.giver_person,
            "receiver_person": exchange.receiver_person,
        }
        files[exchange.wave].append(json.dumps(row, ensure_ascii=False))
    files[2] = files[1][-dirt.REPEATED_EXCHANGES :] + files[2]
    folder.mkdir(parents=True, exist_ok=True)
    for wave, lines in files.items():
        (folder / f"exchanges_{story.PERIODS[wave]}.jsonl").write_bytes(("\n".join(lines) + "\n").encode())


def _valle(folder: Path, rng: np.random.Generator, exchanges: list[Exchange]) -> None:
    """One semicolon file per year, Spanish words, day first, decimal comma."""
    header = ["Fecha", "Quién da", "Quién recibe", "Actividad", "Modalidad", "Cantidad", "Unidad", "Tema"]
    strangers = _positions(rng, exchanges, dirt.UNKNOWN_PARTNER_ROWS["valle"])
    years: dict[int, list[list[str]]] = defaultdict(list)
    for position, exchange in enumerate(exchanges):
        giver, receiver = (_name(rng, "valle", side) for side in (exchange.giver, exchange.receiver))
        years[exchange.day.year].append([
            exchange.day.strftime("%d/%m/%Y"), giver,
            dirt.UNKNOWN_PARTNER if position in strangers else receiver,
            _SPANISH[exchange.kind], "Presencial", f"{exchange.quantity:g}".replace(".", ","),
            _SPANISH[exchange.unit], exchange.topic,
        ])  # fmt: skip
    for year, rows in years.items():
        kobo.write_csv(folder / f"bitacora_{year}.csv", [header, *rows])


def _kiserua(folder: Path, rng: np.random.Generator, exchanges: list[Exchange]) -> None:
    """One comma file per year, English words; some dates are Excel serials, some hours have a decimal comma."""
    header = ["Ref", "Date", "From", "To", "What", "How", "Qty", "Unit"]
    strangers = _positions(rng, exchanges, dirt.UNKNOWN_PARTNER_ROWS["kiserua"])
    serials = _positions(rng, exchanges, dirt.SERIAL_DATES, spared=strangers)
    halves = [exchange.quantity % 1 > 0 for exchange in exchanges]
    commas = _positions(rng, exchanges, dirt.DECIMAL_COMMAS, spared=strangers | serials, among=halves)
    years: dict[int, list[list[str]]] = defaultdict(list)
    for position, exchange in enumerate(exchanges):
        day = exchange.day
        written = f"{day.day:02} {_MONTHS[day.month - 1]} {day.year}"
        giver, receiver = (_name(rng, "kiserua", side) for side in (exchange.giver, exchange.receiver))
        quantity = f"{exchange.quantity:g}"
        years[day.year].append([
            f"KX-{position + 1:04}",
            str((day - _EXCEL_DAY_0).days) if position in serials else written, giver,
            dirt.UNKNOWN_PARTNER if position in strangers else receiver, exchange.kind.capitalize(), "In person",
            quantity.replace(".", ",") if position in commas else quantity, _ENGLISH[exchange.unit],
        ])  # fmt: skip
    for year, rows in years.items():
        kobo.write_csv(folder / f"exchange_register_{year}.csv", [header, *rows], ",", bom=False)


def _name(rng: np.random.Generator, keeper: str, partner: str) -> str:
    """Return how the keeper of a log writes a partner's name this time."""
    habit = rng.random() < _HABIT_SHARE
    return _HABITS[keeper].get(partner, partner_names()[partner]) if habit else partner_names()[partner]


def _positions(
    rng: np.random.Generator,
    exchanges: list[Exchange],
    size: int,
    spared: Iterable[int] = (),
    among: list[bool] | None = None,
) -> set[int]:
    """Return some positions of a log, not those spared and only those marked."""
    spared = set(spared)
    free = [n for n in range(len(exchanges)) if n not in spared and (among is None or among[n])]
    return {int(n) for n in rng.choice(free, size, replace=False)}
