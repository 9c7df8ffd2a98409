import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import melflow
from melflow.core.errors import WorkspaceError
from melflow.core.workspace import KoboSource, Workspace, load_workspace
from melflow.core.workspace.source import CONNECTORS

REPOSITORY = Path(str(melflow.__file__)).parent
Change = Callable[[str, str, str], Path]


def test_load_workspace__valid(workspace_folder: Path) -> None:
    """Should read every file into one frozen object."""
    workspace = load_workspace(workspace_folder)
    assert workspace.alliance.name == "Río Alto"
    assert list(workspace.partners) == ["lab", "city", "farm"]
    assert workspace.partners["farm"].name == "Farmers, United"
    assert workspace.partners["farm"].left_on == date(2025, 12, 31)
    assert [period.period_id for period in workspace.periods] == ["2024-H2", "2025-H1", "2025-H2", "2026-H1"]
    survey = workspace.sources["survey"]
    assert isinstance(survey, KoboSource)
    assert (survey.name, survey.versions, survey.schedule) == ("survey", {"20240701": "1"}, "0 6 * * 1")
    assert workspace.reports["funder"].names == {"trust": "Relational capital"}
    with pytest.raises(ValueError, match="frozen"):
        workspace.root = Path()


def test_load_workspace__shipped_framework(workspace_folder: Path) -> None:
    """Should bring five capabilities, three levels and ten dimensions, named in three languages."""
    framework = load_workspace(workspace_folder).framework
    assert [one.id for one in framework.capabilities] == [
        "commit_engage",
        "carry_out_deliver",
        "relate_attract",
        "balance_diversity_coherence",
        "adapt_renew",
    ]
    assert [one.id for one in framework.levels] == ["individual", "institutional", "contextual"]
    assert len(framework.health_dimensions) == 10
    assert [one.id for one in framework.health_dimensions if one.direction == "negative"] == ["mistrust"]
    assert all(set(construct.label) == {"en", "es", "fr"} for _, construct in framework.constructs())
    assert framework.thresholds.min_answered == 0.8


def test_dyads__pairs_once(workspace_folder: Path) -> None:
    """Should list each pair once, with the lowest publish level and the earliest start of its partnerships."""
    dyads = {dyad.dyad_id: dyad for dyad in load_workspace(workspace_folder).dyads}
    assert list(dyads) == ["city--farm", "city--lab", "farm--lab"]
    both = dyads["city--lab"]
    assert (both.partner_a, both.partner_b) == ("city", "lab")
    assert both.partnership_ids == ("seeds", "water")
    assert (both.publish_level, both.set_up, both.started_on) == ("partners", "facilitated", date(2024, 7, 1))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sources/survey.yml", "title: Survey", "title:   'Survey' # as the team calls it"),
        ("partners.csv", "lab,Water Lab", "lab , Water Lab"),
        ("melflow.toml", 'time_zone = "America/Bogota"\n', 'description = ""\ntime_zone = "America/Bogota"\n'),
        ("reports/funder.yml", "language: en", "language: en\npublish_level:\nrecipients: []"),
    ],
)
def test_config_hash__layout_does_not_count(change: Change, file: str, old: str, new: str) -> None:
    """Should stay the same when only comments, quotes, spaces or written-out defaults change."""
    before = load_workspace(change(file, old, old)).config_hash
    assert load_workspace(change(file, old, new)).config_hash == before
    assert len(before) == 16


def test_config_hash__order_of_rows_does_not_count(change: Change) -> None:
    """Should stay the same when lines of partners.csv change places."""
    lab = "lab,Water Lab,research,CO,2024-07-01,,ana@lab.example,es\n"
    before = load_workspace(change("partners.csv", lab, lab)).config_hash
    folder = change("partners.csv", lab, "")
    with (folder / "partners.csv").open("a", encoding="utf-8") as file:
        file.write(lab)
    assert load_workspace(folder).config_hash == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sources/survey.yml", "0 6 * * 1", "0 7 * * 1"),
        ("partners.csv", "research", "network"),
        ("melflow.toml", "2026-H1", "2026-H2"),
    ],
)
def test_config_hash__meaning_counts(change: Change, file: str, old: str, new: str) -> None:
    """Should change when anything declared changes."""
    before = load_workspace(change(file, old, old)).config_hash
    assert load_workspace(change(file, old, new)).config_hash != before


def test_paths__inside_the_workspace(workspace_folder: Path) -> None:
    """Should keep everything melflow writes under var."""
    workspace = load_workspace(workspace_folder)
    written = [workspace.landing_dir, workspace.warehouse_path, workspace.releases_dir, workspace.editions_dir]
    assert all(
        path.is_relative_to(workspace.var) for path in [*written, workspace.status_path, workspace.hash_key_path]
    )
    assert workspace.warehouse_path == workspace_folder / "var" / "warehouse.duckdb"


def _with_key(workspace: Workspace, key: str) -> Workspace:
    workspace.hash_key_path.parent.mkdir(parents=True)
    workspace.hash_key_path.write_text(key + "\n", encoding="ascii")
    return workspace


def test_hash_key__environment_first(workspace_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should take the key of the environment before the one in var."""
    workspace = _with_key(load_workspace(workspace_folder), "k" * 32)
    monkeypatch.setenv("MELFLOW_HASH_KEY", "e" * 32)
    assert workspace.hash_key() == b"e" * 32
    monkeypatch.setenv("MELFLOW_HASH_KEY", "")
    assert workspace.hash_key() == b"k" * 32


def test_config_hash__who_is_written_to_does_not_count(change: Change) -> None:
    """Should make no release because somebody else is written to, or on another day."""
    before = load_workspace(change("reports/funder.yml", "language: en", "language: en")).config_hash
    folder = change(
        "reports/funder.yml", "language: en",
        "language: en\nrecipients: [a@b.example]\ndue: {days_after_period_end: 9}\nlate_data: restate",
    )  # fmt: skip
    change("melflow.toml", "[calendar]", "[delivery]\nmax_attachment_mb = 3\n[calendar]")
    assert load_workspace(folder).config_hash == before


@pytest.mark.parametrize(("key", "seen"), [("", "neither the variable"), ("short", "5 characters")])
def test_hash_key__none(workspace_folder: Path, monkeypatch: pytest.MonkeyPatch, key: str, seen: str) -> None:
    """Should say how to set the key, and never show it."""
    monkeypatch.setenv("MELFLOW_HASH_KEY", key)
    with pytest.raises(WorkspaceError, match="Set MELFLOW_HASH_KEY") as caught:
        load_workspace(workspace_folder).hash_key()
    assert seen in str(caught.value)
    assert "short" not in str(caught.value)


def test_gate_of__override(change: Change) -> None:
    """Should keep the alliance's limit where the report sets none."""
    workspace = load_workspace(change("reports/funder.yml", "language: en", "language: en\ngate: {max_age_days: 90}"))
    gate = workspace.gate_of(workspace.reports["funder"])
    assert (gate.max_age_days, gate.max_held_share) == (90, 0.2)


def test_load_workspace__example(tmp_path: Path) -> None:
    """Should accept the example alliance as it ships."""
    shutil.copytree(REPOSITORY / "examples" / "alliance", tmp_path / "alliance")
    (tmp_path / "alliance" / "instruments").mkdir(exist_ok=True)
    (tmp_path / "alliance" / "instruments" / "made_by_the_generator.xlsx").touch()
    workspace = load_workspace(tmp_path / "alliance")
    assert len(workspace.partners) >= 10
    assert len(workspace.dyads) >= 14
    assert {source.connector for source in workspace.sources.values()} == set(CONNECTORS)


def test_import__no_heavy_library() -> None:
    """Should not load polars or anything heavier just to read a workspace."""
    code = (
        "import sys; import melflow.core.workspace; "
        "print(sorted({'polars', 'pandas', 'duckdb', 'prefect', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ), timeout=60
    )
    assert found.stdout.strip() == "[]"
