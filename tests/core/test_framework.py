"""Versions of the framework: which applies when, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from melflow.core.errors import WorkspaceError
from melflow.core.workspace import load_workspace
from melflow.core.workspace.framework import SHIPPED, Framework


def _framework(**changes: object) -> dict[str, object]:
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return shipped | {"version": "2", "valid_from": "2025-07-01"} | changes


EARLIER = {
    "version": "1",
    "valid_from": "2024-07-01",
    "levels": [{"id": name, "label": {"en": name}} for name in ("individual", "institutional", "contextual", "global")],
    "health_dimensions": [{"id": "trust", "label": {"en": "Trust"}}],
    "thresholds": {"positive_from": 70},
}


def test_versions__each_period_has_its_own() -> None:
    """Should apply a version from its day on, the first before it too, and change only what was written."""
    framework = Framework.model_validate(_framework(earlier=[EARLIER]))
    old, new = framework.versions()
    assert [framework.in_force(day).version for day in (date(2020, 1, 1), date(2025, 6, 30), date(2025, 7, 1))] == [
        "1",
        "1",
        "2",
    ]
    assert (old.thresholds.positive_from, new.thresholds.positive_from) == (70, 75)
    assert old.thresholds.min_answered == new.thresholds.min_answered
    assert "global" in old.ids - new.ids and "mistrust" in new.ids - old.ids and "adapt_renew" in old.ids & new.ids


def test_days_of__constructs() -> None:
    """Should say since when and until when the framework has a construct; open ends are None."""
    framework = Framework.model_validate(_framework(earlier=[EARLIER]))
    assert framework.days_of("global") == (None, date(2025, 6, 30))
    assert framework.days_of("mistrust") == (date(2025, 7, 1), None)
    assert framework.days_of("trust") == (None, None)
    ids = [construct.id for _, construct in framework.constructs()]
    assert ids.count("trust") == 1 and ids[-1] == "global"


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": "2025-07-01"},
        {"valid_from": "2026-01-01"},
        {"version": "2"},
        {"levels": [{"id": "trust", "label": {"en": "Trust"}}]},
    ],
)
def test_earlier__refused(workspace_folder: Path, changes: dict[str, object]) -> None:
    """Should refuse, with the line, a version that is not earlier, has a taken name, or gives an id another meaning."""
    text = yaml.safe_dump(_framework(earlier=[EARLIER | changes]), allow_unicode=True, sort_keys=False)
    (workspace_folder / "framework.yml").write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError) as raised:
        load_workspace(workspace_folder)
    assert {problem.where.split(":")[0] for problem in raised.value.problems} == {"framework.yml"}


def test_invited__read_and_refused(workspace_folder: Path) -> None:
    """Should read how many people were asked, count it in config_hash, and refuse a line that stands twice."""
    before = load_workspace(workspace_folder)
    partner, period = next(iter(before.partners)), before.periods[0].period_id
    header = "partner_id,instrument,period_id,n_invited,about_partner_id\n"
    line = f"{partner},capacity,{period},40,\n"
    (workspace_folder / "invited.csv").write_text(header + line, encoding="utf-8")
    after = load_workspace(workspace_folder)
    assert [(one.partner_id, one.n_invited, one.about_partner_id) for one in after.invitations] == [(partner, 40, None)]
    assert after.config_hash != before.config_hash
    (workspace_folder / "invited.csv").write_text(header + line + line.replace("40", "0") + line, encoding="utf-8")
    with pytest.raises(WorkspaceError) as raised:
        load_workspace(workspace_folder)
    assert [problem.where for problem in raised.value.problems] == ["invited.csv:3", "invited.csv:4"]
