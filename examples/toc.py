"""The navigational map in three versions: what was assumed, what turned out, what was added on the way."""

from __future__ import annotations

from pathlib import Path

from melflow.examples import kobo

Rows = list[list[str]]
_FIRST, _SECOND, _THIRD = ("1", "2024-07-20"), ("2", "2025-07-15"), ("3", "2026-04-20")
#: box -> what it says, its kind, number of the first version that has it.
_BOXES = {
    "visits": ("Towns visit each other", "activity", 1),
    "trials": ("Practices are tried at home", "activity", 1),
    "trust": ("Partners speak openly", "outcome", 1),
    "skills": ("Staff can repair and count", "outcome", 1),
    "rules": ("Councils change their rules", "outcome", 2),
    "tariffs": ("Tariffs cover upkeep", "outcome", 1),
    "water": ("Water runs every day", "impact", 1),
}
#: arrow -> from, to, and for each version its status, evidence and reason; None: not in it.
_ARROWS: dict[str, tuple[str, str, tuple[tuple[str, str, str] | None, ...]]] = {
    "a1": ("visits", "trust", (("assumed", "", "Common sense of the founders"),
                               ("supported", "health survey 2025-H1", "Openness rose where towns visit"),
                               ("supported", "health survey 2026-H1", "Holds for a second year"))),
    "a2": ("visits", "skills", (("assumed", "", "Seen elsewhere"),
                                ("contradicted", "capability survey 2025-H1", "Visits alone did not raise skills"),
                                None)),
    "a3": ("trials", "skills", (("assumed", "", "Learning by doing"), ("assumed", "", "Not looked at yet"),
                                ("supported", "claims register", "Ten practices adapted and still in use"))),
    "a4": ("skills", "water", (("assumed", "", "Repairs keep pumps running"), ("assumed", "", "Not looked at yet"),
                               ("supported", "results 2025-H2", "Days without water fell in three towns"))),
    "a5": ("tariffs", "water", (("assumed", "", "Money buys parts"), ("assumed", "", "Not looked at yet"),
                                ("assumed", "", "Results are due next year"))),
    "a6": ("trust", "rules", (None, ("assumed", "", "Added: councils asked for it after the visit to the coast"),
                              ("assumed", "minutes of the council", "Two of five councils so far"))),
    "a7": ("rules", "tariffs", (None, ("assumed", "", "Added with the box"),
                                ("supported", "decree 12 of the county", "Tariff by block since March"))),
    "a8": ("trust", "trials", (None, None, ("assumed", "", "Added: trials begin where people speak openly"))),
}  # fmt: skip


def write(inbox: Path) -> None:
    """Write the registers of boxes and arrows; nothing of them is left to chance."""
    boxes: Rows = [["Version", "Review", "Box", "Text", "Kind"]]
    arrows: Rows = [["Version", "Review", "Arrow", "From", "To", "Status", "Evidence", "Why"]]
    for number, (version, day) in enumerate((_FIRST, _SECOND, _THIRD), start=1):
        boxes += [[version, day, box, text, kind] for box, (text, kind, since) in _BOXES.items() if since <= number]
        for arrow, (one, other, versions) in _ARROWS.items():
            said = versions[number - 1]
            if said is not None:
                arrows.append([version, day, arrow, one, other, *said])
    kobo.write_csv(inbox / "registers" / "toc_nodes.csv", boxes, bom=False)
    kobo.write_csv(inbox / "registers" / "toc_edges.csv", arrows, bom=False)
