"""What the checks hold of real surveys of Ona and KoboToolbox; skipped without the folder they lie in.

The counts by rule are in ``tests/data/field_held``: a change of a rule or a parser shows there as a changed line. All
submissions are taken as those of one partner, in a calendar that has all their dates; nothing else is made easier.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from melflow.core.calendar import make_periods
from melflow.core.names import PartnerNames
from melflow.core.workspace.framework import SHIPPED, Framework
from melflow.core.workspace.registry import Partner
from melflow.core.workspace.source import KoboSource
from melflow.expectations.check import Checked, check
from melflow.expectations.reference import Reference
from melflow.sources.parse import parse
from melflow.sources.payload import Origin, Parsed
from melflow.sources.resolve import resolve
from melflow.sources.xlsform import Form, Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")]
COUNTED = Path(__file__).parents[1] / "data" / "field_held"
PERIODS = make_periods("half-year", "2010-H1", "2030-H2")
PARTNER = Partner(partner_id="field", name="Field", type="ngo", country="KE", joined_on=date(2010, 1, 1))
LANDED = datetime(2026, 1, 1, tzinfo=UTC)

_ONA = FIELD / "onadata_exports"
_MAIN, _UTILS = _ONA / "apps/main/tests/fixtures", _ONA / "libs/tests/utils/fixtures"
_LOGGER = _ONA / "apps/logger/tests/fixtures"
#: Forms of an Ona server and exports of them: groups, repeats, choices, dates, another encoding, damaged rows.
ONA = {
    _MAIN / "csv_export/tutorial_w_repeats.xlsx": [_MAIN / "csv_export/tutorial_w_repeats.csv"],
    _MAIN / "csv_export/double_repeat.xlsx": [_MAIN / "csv_export/export.csv"],
    _MAIN / "transportation/transportation2.xml": [_MAIN / "transportation/transportation.csv"],
    _MAIN / "userone/userone_with_dot_name_fields.xlsx": [_MAIN / "userone/userone_with_dot_name_fields.csv"],
    _LOGGER / "childrens_survey.xlsx": [_LOGGER / "csvs/childrens_survey.csv"],
    _UTILS / "tutorial.xlsx": [_UTILS / f"{name}.csv" for name in ("bad", "bad_data", "good", "large_csv_upload")],
    _UTILS / "form_with_multiple_select.xlsx": [_UTILS / "csv_import_with_multiple_select.csv"],
    _UTILS / "nested_repeats/nested_repeats.xlsx": [_UTILS / "nested_repeats/nested_repeats.csv"],
    _UTILS / "mali_health.xlsx": [_UTILS / "non_utf8.csv"],
}
_KOBO = FIELD / "kobo_formpack_versions"
#: Forms of KoboToolbox whose submissions lie flat, with every version they were filled in on.
KOBO = ("customer_satisfaction", "dietary_needs", "grouped_translated", "literacy_test", "restaurant_profile",
        "sanitation_report")  # fmt: skip


def _ona() -> Iterator[tuple[str, list[Form], bytes]]:
    for form, exports in ONA.items():
        read = read_xlsform(form, _framework())
        for export in exports:
            yield f"{export.parent.name}/{export.name}", [read], export.read_bytes()


def _kobo(folder: Path) -> Iterator[tuple[str, list[Form], bytes]]:
    for name in KOBO:
        forms, rows = [], []
        for number, path in enumerate(sorted((_KOBO / name).glob("v*.json"))):
            version = json.loads(path.read_text(encoding="utf-8"))
            kept = folder / f"{name}.{number}.json"
            kept.write_text(json.dumps({"content": version["content"], "id_string": name, "version": str(number)}))
            forms.append(read_xlsform(kept, _framework()))
            rows += [
                {**{key: str(value) for key, value in one.items()}, "_id": f"{number}-{place}", "__version__": number}
                for place, one in enumerate(version.get("submissions", []))
            ]
        yield name, forms, pl.DataFrame(rows, infer_schema_length=None).write_csv().encode()


def _framework() -> Framework:
    return Framework.model_validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))


def _checked(payloads: Iterator[tuple[str, list[Form], bytes]]) -> dict[str, Any]:
    """Return what came and what is held of each payload, all judged together as those of one source."""
    names = PartnerNames({PARTNER.partner_id: PARTNER}, [])
    read: dict[str, Parsed] = {}
    forms: dict[tuple[str, str], Form] = {}
    for name, own, content in payloads:
        instruments = Instruments(own)
        source = KoboSource(
            name="field", title="Field", path="x", connector="kobo", instrument=own[0].form_id, partner="field"
        )
        parsed = parse(Origin("field", name, name, LANDED), content, source, instruments)
        read[name] = resolve(parsed, names, PERIODS, b"a key that is long enough", instruments)
        forms |= {(form.form_id, form.version): form for form in own}
    frames = {
        table: pl.concat(one.frames[table] for one in read.values()) for table in ("src_submission", "src_response")
    }
    reference = Reference(frozenset({"field"}), {one.period_id: (one.starts_on, one.ends_on) for one in PERIODS})
    conflicts = frozenset(row_id for one in read.values() for row_id in one.conflicts)
    return _counted(read, check(frames, Instruments(list(forms.values())).frames, reference, conflicts))


def _counted(read: Mapping[str, Parsed], checked: Checked) -> dict[str, Any]:
    assert not checked.gate
    rows = checked.results.filter(pl.col("n_failed") > 0).sort("severity", "table_name", "rule_id").to_dicts()
    held = checked.held.select("table_name", "row_id").unique()
    whole: dict[str, Any] = {}
    for name, one in read.items():
        mine = whole.setdefault(name, {"came": {table: frame.height for table, frame in one.frames.items()}})
        for severity in ("error", "warn"):
            broken = {
                f"{row['table_name']}.{row['rule_id']}": row["n_failed"]
                for row in rows
                if row["load_id"] == name and row["severity"] == severity
            }
            if broken:
                mine[severity] = broken
        for table, frame in one.frames.items():  # no row is lost: what does not pass is held
            n_held = frame.join(held.filter(table_name=table), on="row_id").height
            n_passed = checked.passed[table].filter(load_id=name).height
            assert n_passed + n_held == frame.height
            if n_held:
                mine.setdefault("held", {})[table] = n_held
    return whole


@pytest.mark.parametrize("server", ["ona", "kobo"])
def test_field__held_by_rule(server: str, tmp_path: Path) -> None:
    """Should hold what it held before, rule by rule, and let the rest pass."""
    counted = _checked(_ona() if server == "ona" else _kobo(tmp_path))
    assert counted == yaml.safe_load((COUNTED / f"{server}.yml").read_text(encoding="utf-8"))
