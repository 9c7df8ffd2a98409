from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from melflow.core.workspace import load_workspace
from melflow.examples import people, registers, story
from melflow.examples.exchanges import exchanges
from melflow.examples.generate import write_example
from melflow.sources.formcheck import check_instruments
from melflow.sources.xlsform import read_instruments


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_write_example__same_seed_same_bytes(alliance: Path, tmp_path: Path) -> None:
    """Should give the same bytes in another process with another clock zone, locale and hash seed."""
    script = "import sys; from pathlib import Path; from melflow.examples.generate import write_example; "
    script += "write_example(Path(sys.argv[1]))"
    env = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "again")], check=True, env=env)
    assert digests(tmp_path / "again") == digests(alliance)


#: Registers that tell one story word by word, whatever the answers around it.
TOLD = {f"inbox/registers/{name}.csv" for name in ("advice", "events", "toc_edges", "toc_nodes")}


def test_write_example__other_seed_other_answers(alliance: Path, tmp_path: Path) -> None:
    """Should keep the files and the hand-written part under another seed, and change what partners sent."""
    write_example(tmp_path, seed=1)
    one, other = digests(alliance), digests(tmp_path)
    assert one.keys() == other.keys()
    changed = {name for name in one if one[name] != other[name]}
    assert changed == {name for name in one if name.startswith("inbox/")} - TOLD


def test_write_example__loads_as_a_workspace(alliance: Path) -> None:
    """Should be a workspace without a problem: 10 partners in at least 5 countries, 14 dyads, 4 periods."""
    workspace = load_workspace(alliance)
    assert len(workspace.partners) == 10
    assert len({partner.country for partner in workspace.partners.values()}) >= 5
    assert {dyad.dyad_id for dyad in workspace.dyads} == {dyad.dyad_id for dyad in story.DYADS}
    assert len(workspace.dyads) == 14
    assert [period.period_id for period in workspace.periods] == list(story.PERIODS)
    assert sorted(dyad.publish_level for dyad in workspace.dyads) == ["funder"] * 9 + ["internal"] + ["public"] * 4
    assert all(source.schedule for source in workspace.sources.values())


def test_write_example__every_source_has_files(alliance: Path) -> None:
    """Should leave no source without a file and no file without a source."""
    patterns = {source.path for source in load_workspace(alliance).sources.values()}
    taken = {path for pattern in patterns for path in alliance.glob(pattern)}
    assert all(list(alliance.glob(pattern)) for pattern in patterns)
    assert taken == {path for path in (alliance / "inbox").rglob("*") if path.is_file()}


def test_write_example__forms_pass_their_check(alliance: Path) -> None:
    """Should make forms without a problem, the renamed question tied to its first name."""
    framework = load_workspace(alliance).framework
    instruments = read_instruments(alliance / "instruments", framework)
    assert check_instruments(instruments, framework) == []
    items = instruments.frames["src_item"]
    renamed = items.filter(items["stable_item_key"] == "renew_ind_2").sort("form_version")
    assert renamed["item_id"].to_list() == ["renew_ind_2", "renew_ind_feedback"]
    scored = items.filter((items["form_version"] == "2025-07") & items["capability"].is_not_null())
    assert scored.group_by("capability", "level").len()["len"].to_list() == [2] * 15


def test_write_example__every_alias_is_used(alliance: Path) -> None:
    """Should use each name in aliases.csv somewhere in the inbox, and none that nobody knows but one."""
    texts = "\n".join(path.read_text("utf-8-sig") for path in (alliance / "inbox").rglob("*.csv"))
    with (alliance / "aliases.csv").open(encoding="utf-8") as file:
        aliases = [row["raw_name"] for row in csv.DictReader(file)]
    assert [name for name in aliases if f'"{name}"' not in texts] == []


@pytest.mark.parametrize("language", ["English (en)", "Español (es)", "Français (fr)"])
def test_write_example__forms_speak_every_language(alliance: Path, language: str) -> None:
    """Should label every question and choice of every form in the language."""
    for path in (alliance / "instruments").glob("*.xlsx"):
        book = openpyxl.load_workbook(path, read_only=True)
        for name in ("survey", "choices"):
            header, *rows = book[name].iter_rows(values_only=True)
            asked = [dict(zip(header, row, strict=True)) for row in rows]
            asked = [row for row in asked if row.get("name") and row.get("type") not in ("start", "end")]
            assert [row["name"] for row in asked if not row[f"label::{language}"]] == []


def test_exchanges__one_pair_turns_mutual() -> None:
    """Should let Puerto Brisal give nearly all in the first period and half in the last."""
    staff = people.staff(np.random.default_rng(1))
    between = [exchange for exchange in exchanges(np.random.default_rng(2), staff)
               if exchange.partners() == {"brisas", "valle"}]  # fmt: skip
    shares = []
    for wave in range(4):
        givers = [exchange.giver for exchange in between if exchange.wave == wave]
        shares.append(givers.count("brisas") / len(givers))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9 and 0.45 < shares[-1] < 0.55


def test_story__echo_chamber_and_two_views() -> None:
    """Should hold what the README promises: high trust with low openness, and a county happier than the farmers."""
    dyads = {dyad.dyad_id: dyad for dyad in story.DYADS}
    echo, views = dyads["orilla--valle"], dyads["kiserua--tululi"]
    for wave in range(4):
        assert echo.mean("a", "trust", wave) > 4.5 > 2.5 > echo.mean("b", "openness_challenge", wave)
        assert views.mean("a", "trust", wave) - views.mean("b", "trust", wave) > 1.0
        assert views.mean("b", "mistrust", wave) > views.mean("a", "mistrust", wave)


def test_sitting__late_partner_misses_the_due_date(alliance: Path) -> None:
    """Should send the late partner's last wave more than 30 days after the period, and no other wave."""
    late: set[str] = set()
    for path in (alliance / "inbox" / "odk").glob("health_*.json"):
        period = path.stem.split("_")[1]
        due = f"{period[:4]}-07-30" if period.endswith("H1") else f"{int(period[:4]) + 1}-01-30"
        for doc in json.loads(path.read_text("utf-8"))["value"]:
            if doc["__system"]["submissionDate"][:10] > due:
                late.add(f"{doc['about']['partner']} {period}")
    assert late == {"ndamar 2026-H1"}


def test_holders__power_follows_the_story() -> None:
    """Should give every lead to Puerto Brisal at first and half of them at last, and hand out each thing once."""
    leads = [registers.holders("coast_and_valley", wave, 4) for wave in range(4)]
    assert [held.count("brisas") for held in leads] == [4, 3, 3, 2]
    for partnership, (since, members) in registers.PARTNERSHIPS.items():
        for wave in range(since, 4):
            held = registers.holders(partnership, wave, 7)
            assert len(held) == 7 and set(held) <= set(members)


def test_registers__partnerships_are_those_of_the_workspace(alliance: Path) -> None:
    """Should keep registers of partnerships that exist, with their members."""
    declared = {one.id: {member.partner for member in one.members} for one in load_workspace(alliance).partnerships}
    assert {name: set(members) for name, (_, members) in registers.PARTNERSHIPS.items()}.items() <= declared.items()
