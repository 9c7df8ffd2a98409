"""The steering group and the public: each sees what was agreed for it, by name, and nothing that was not."""

from __future__ import annotations

import shutil
from html import unescape
from pathlib import Path

import duckdb
import pytest
from fake_release import HIDDEN, HOSTILE, make_report, make_workspace

from melflow.core.warehouse import RELEASE_FILE
from melflow.reports.edition import render
from melflow.reports.read import read

SECTIONS = ["capability", "health", "flow", "power", "members", "quality", "method"]
AGREED = """
    update dim_dyad set publish_level = 'public' where dyad_id = 'alpha--beta';
    update pub_capability_score set publish_level = 'public' where partner_id = 'alpha';
    update pub_health_dyad set publish_level = 'public' where dyad_id = 'alpha--beta';
    update pub_mutuality_dyad set publish_level = 'public' where dyad_id = 'alpha--beta';
    update pub_mutuality_dyad set publish_level = 'internal' where dyad_id = 'alpha--gamma';
"""
#: Audience -> its level, the words on the cover, pairs whose flow it sees.
AUDIENCES = {
    "steering": ("partners", "the steering group", {"alpha--beta", "alpha--delta", "beta--delta"}),
    "public": ("public", "the public", {"alpha--beta"}),
}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_edition__steering_group_and_public(audience: str, release: Path, tmp_path: Path) -> None:
    """Should name on its cover whom it is for, show the rows agreed for that audience, and no narrower one."""
    level, words, pairs = AUDIENCES[audience]
    folder = tmp_path / "releases" / release.name
    shutil.copytree(release, folder)
    with duckdb.connect(str(folder / RELEASE_FILE)) as con:
        con.execute(AGREED)
    report = make_report(
        name=audience, audience=audience, publish_level=level, sections=SECTIONS, formats=["html"], names={}
    )
    made = render(folder, report, make_workspace(), "2026-H1", tmp_path / "editions")
    page = unescape(made.files["html"].read_text(encoding="utf-8"))
    assert f"Prepared for {words}" in page and str(HIDDEN) not in page
    flow = read(folder, "2026-H1", level, {}).table("pub_mutuality_dyad")
    assert set(flow["dyad_id"]) == pairs
    for one in ("alpha--beta", "alpha--delta", "alpha--gamma", "beta--delta"):
        names = " \N{EN DASH} ".join(HOSTILE[name] for name in one.split("--"))
        assert (names in page) == (one in pairs or (audience == "steering" and one == "alpha--gamma")), one
    assert (HOSTILE["gamma"] in page) == (audience == "steering"), "nothing of it was agreed for the public"
