"""An edition the gate holds goes to nobody until a person answers for it, and goes out with the reason."""

from __future__ import annotations

import json

import pytest
from delivered import DUE, Alliance, text_of

from melflow.core.errors import TerminalError
from melflow.flows.delivery_notices import notices
from melflow.reports.approval import APPROVAL, approve


def test_deliver__held_until_approved(alliance: Alliance) -> None:
    """Should send nothing that is held, say why once, and send it with the reason when a person answers for it."""
    edition = alliance.edition(reasons=("The section 'Flow' has no published number.",))
    for _ in range(2):
        assert alliance.run(edition) == []
    [told] = alliance.told()
    assert "The section 'Flow' has no published number." in told
    assert "held/funder/2025-H1/0001-a" in notices(alliance.workspace)
    why = "The platform moved, the log comes in autumn."
    with pytest.raises(TerminalError, match="names the person"):
        approve(edition, " ", why, DUE)
    with pytest.raises(TerminalError, match="no address"):
        approve(edition, "Ana Ruiz", "ask ana@lab.example why it is so", DUE)
    approve(edition, "Ana Ruiz", why, DUE)
    with pytest.raises(TerminalError, match="approved once"):
        approve(edition, "Ana Ruiz", why, DUE)
    assert alliance.run(edition)[0] == ("recipients", "accepted")
    text = text_of(alliance.inbox.messages[1][1])
    assert why in text and "The section 'Flow' has no published number." in text and "Ana" not in text
    assert json.loads((edition / APPROVAL).read_text())["by"] == "Ana Ruiz"
    assert not any(name.startswith("held/") for name in notices(alliance.workspace))


@pytest.mark.parametrize(("why", "is_fit"), [
    ("The data come after 2025-08-01.", True), ("It is of 2024-2025 only.", True),
    ("The log of 2025-01-01/2025-06-30 is missing.", True), ("They moved 2024 - 2025, and 2025-08-01 came", True),
    ("Call 2025-0801-22 about it.", False), ("Call +57 2025 2026 about it.", False), ("Call 2025-08-01-55.", False),
    ("Call 57 2025-2026 about it.", False), ("Call 2025-2026 1234567.", False), ("Call 311 555 0199 about it.", False),
])  # fmt: skip
def test_approve__days_and_telephones(alliance: Alliance, why: str, is_fit: bool) -> None:
    """Should take days and years in a reason, and refuse what may be a telephone number."""
    edition = alliance.edition(reasons=("Old data.",))
    if is_fit:
        assert approve(edition, "Ana Ruiz", why, DUE).why == why
    else:
        with pytest.raises(TerminalError, match="no address or telephone number"):
            approve(edition, "Ana Ruiz", why, DUE)


def test_tell__held_of_two_periods(alliance: Alliance) -> None:
    """Should name what is held of each period, beside a newer one that is not, and of a period the newest only."""
    alliance.edition("funder/2025-H1/0001-a", reasons=("Old data.",))
    alliance.edition("funder/2025-H1/0002-b", reasons=("Older data.",))
    alliance.edition("funder/2025-H2/0002-b")
    alliance.edition("return/city/2025-H2/0002-b", reasons=("No data.",))
    alliance.run()
    [told] = alliance.told()
    assert "funder/2025-H1/0002-b is held" in told and "return/city/2025-H2/0002-b is held" in told
    assert "0001-a" not in told and "funder/2025-H2" not in told


def test_tell__narrative_that_is_missing(alliance: Alliance) -> None:
    """Should say where the team's words go, and say no such thing of an edition that has them."""
    for place, written in (("funder/2025-H1/0001-a", {}), ("funder/2025-H2/0001-a", {"": "We learnt."})):
        path = alliance.edition(place, reasons=("It is thin.",)) / "edition.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        said["frozen"] |= {"needs_narrative": True, "narrative": written}
        path.write_text(json.dumps(said), encoding="utf-8")
    told = notices(alliance.workspace)
    assert "goes into narrative/funder/2025-H1.md; then: melflow report funder" in told["held/funder/2025-H1/0001-a"]
    assert "narrative" not in told["held/funder/2025-H2/0001-a"]


def test_deliver__approval_of_another(alliance: Alliance) -> None:
    """Should not take an approval for other bytes than it was given for."""
    edition = alliance.edition(reasons=("Old data.",))
    approve(edition, "Ana Ruiz", "It is what there is.", DUE)
    manifest = (edition / "edition.json").read_text(encoding="utf-8")
    (edition / "edition.json").write_text(manifest.replace("Old data.", "Other data."), encoding="utf-8")
    assert alliance.run(edition) == [] and alliance.got() == []
