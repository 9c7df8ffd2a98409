from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import central_payloads as central
import openpyxl
import polars as pl
import pytest
import shown_cells
import yaml
from far_places import Far
from file_servers import PASSWORD, USER, Line, sftp, web
from kobo_writer import KoboWriter
from moto.server import ThreadedMotoServer
from team_form import CHOICES, SURVEY

from melflow.core.calendar import make_periods
from melflow.core.names import PartnerNames
from melflow.core.workspace.framework import SHIPPED, Framework
from melflow.core.workspace.registry import Alias, Partner
from melflow.core.workspace.source import KoboSource, OdkSource, SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import remote_files
from melflow.sources.payload import Context, Origin, Parsed
from melflow.sources.xlsform import Instruments, read_instruments, read_xlsform


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return an XLSX with these sheets; cells are values, formulas start with "="."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def odata(*submissions: dict[str, Any]) -> bytes:
    """Return an answer of Central with these submissions."""
    return json.dumps({"value": submissions, "@odata.context": "x"}).encode()


def answered(parsed: Parsed) -> pl.DataFrame:
    """Return one row per answer: of a select_multiple the one that stands for all its options."""
    frame = parsed.frames["src_response"]
    several = frame.filter(pl.col("option") == "__answered")["item_id"].unique().to_list()
    is_part = pl.col("item_id").is_in(several) & (pl.col("option") != "__answered")
    return frame.filter(pl.col("value_raw").is_not_null() & ~is_part.fill_null(False))


@pytest.fixture(scope="session")
def kobo_writer() -> type[KoboWriter]:
    return KoboWriter


@pytest.fixture(scope="session")
def answered_rows() -> Callable[[Parsed], pl.DataFrame]:
    return answered


@pytest.fixture(scope="session")
def framework() -> Framework:
    return Framework.model_validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def make_workbook() -> Callable[..., bytes]:
    return workbook


@pytest.fixture(scope="session")
def make_odata() -> Callable[..., bytes]:
    return odata


@pytest.fixture(scope="session")
def instruments_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the form "health" in two versions, and another form."""
    folder = tmp_path_factory.mktemp("workspace") / "instruments"
    folder.mkdir()
    settings = [["form_title", "form_id", "version", "default_language"], ["Health", "health", "1", "English (en)"]]
    (folder / "health.v1.xlsx").write_bytes(workbook(survey=SURVEY, choices=CHOICES, settings=settings))
    second = [
        [*row[:1], "trust_two", *row[2:], *[""] * (12 - len(row)), "trust_2"] if row[1:2] == ["trust_2"] else row
        for row in SURVEY
    ]
    second[0] = [*SURVEY[0], "mel_key"]
    settings = [settings[0], ["Health", "health", "2", "English (en)"]]
    (folder / "health.xlsx").write_bytes(workbook(survey=second, choices=CHOICES, settings=settings))
    meeting = [
        ["type", "name", "label", "required"],
        ["text", "room", "Room", "yes"],
        ["integer", "guests", "Guests", "yes"],
    ]
    (folder / "meeting.xlsx").write_bytes(workbook(survey=meeting, choices=[["list_name", "name", "label"]]))
    return folder


@pytest.fixture(scope="session")
def instruments(instruments_dir: Path, framework: Framework) -> Instruments:
    return read_instruments(instruments_dir, framework)


@pytest.fixture
def origin() -> Callable[..., Origin]:
    def make(file: str = "inbox/file.csv", source: str = "north_survey") -> Origin:
        return Origin(source, file, f"{source}-0123456789ab", datetime(2025, 3, 1, 12, tzinfo=UTC))

    return make


@pytest.fixture
def kobo_source() -> KoboSource:
    return KoboSource(
        name="north_survey",
        title="Survey",
        path="inbox/*.csv",
        connector="kobo",
        instrument="health",
        versions={"vA": "1", "vB": "2"},
    )


@pytest.fixture
def odk_source() -> OdkSource:
    return OdkSource(name="health_odk", title="Survey", path="inbox/*.json", connector="odk", instrument="health")


@pytest.fixture
def results_source() -> SpreadsheetSource:
    return SpreadsheetSource(
        name="results",
        title="Results",
        path="inbox/*.xlsx",
        connector="spreadsheet",
        sheets=("20*",),
        columns={
            "indicator_id": "Indicator",
            "partner": "Organisation",
            "semester": "Semester",
            "baseline": "Baseline",
            "target": "Target",
            "actual": "Actual",
        },
        period="{sheet}-H{semester}",
        totals=("Total",),
    )


@pytest.fixture
def log_source() -> ActivityLogSource:
    return ActivityLogSource(
        name="visits",
        title="Visits",
        path="inbox/*.csv",
        connector="activity_log",
        columns={
            "exchange_id": "Ref",
            "occurred_on": "Fecha",
            "from_partner": "Quién da",
            "to_partner": "Quién recibe",
            "kind": "Actividad",
            "quantity": "Horas",
            "unit": "Unidad",
            "from_person": "Persona",
        },
        date_formats=("%d/%m/%Y", "%m/%Y", "%Y"),
        decimal=",",
        kinds={"Asesoría": "advice", "Visita": "visit"},
        units={"h": "hours"},
    )


@pytest.fixture
def context() -> Context:
    """The alliance of two towns and a lab, its calendar and its time zone."""
    partners = {
        name: Partner(partner_id=name, name=full, type="ngo", country="CO", joined_on=date(2024, 1, 1), contact=contact)
        for name, full, contact in (
            ("north", "North Town", "Ana <ana@north.example>"),
            ("south", "South Town", "office@south.example"),
            ("lab", "Water Lab", "lab.contact@gmail.com"),
        )
    }
    aliases = [
        Alias(raw_name="@lab.example", partner_id="lab"),
        Alias(raw_name="bea@freelance.example", partner_id="south"),
        Alias(raw_name="carla_s", partner_id="south"),
        Alias(raw_name="XI-1", partner_id="north"),
    ]
    periods = make_periods("half-year", "2024-H2", "2025-H2")
    return Context(PartnerNames(partners, aliases), periods, "America/Bogota")


@pytest.fixture(scope="session")
def team(
    tmp_path_factory: pytest.TempPathFactory, framework: Framework, make_workbook: Callable[..., bytes]
) -> Instruments:
    """The form "team", with repeats in groups in repeats, two of them with one name."""
    path = tmp_path_factory.mktemp("team") / "team.xlsx"
    table = [["form_id", "version"], ["team", "1"]]
    path.write_bytes(make_workbook(survey=central.SURVEY, choices=central.CHOICES, settings=table))
    return Instruments([read_xlsform(path, framework)])


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what LibreOffice shows in every sheet of the workbooks of the field."""
    folder = tmp_path_factory.mktemp("shown")
    shown_cells.export_all(folder)
    return folder


@pytest.fixture(scope="module")
def store_server() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    patience = replace(remote_files.PATIENCE, connect=5, silence=1.5, whole=6, first_wait=0.02, settle=0.05)
    monkeypatch.setattr(remote_files, "PATIENCE", patience)
    secrets = {"S3_KEY": "test", "S3_SECRET": "test", "FTP_USER": USER, "FTP_PASSWORD": PASSWORD, "WEB_TOKEN": "hush-1"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def far(short_patience: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    kind = getattr(request, "param", "http")
    folder = tmp_path / "far" / "folder"
    folder.mkdir(parents=True)

    def put(name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)

    if kind == "s3":
        port = request.getfixturevalue("store_server")
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="test", aws_secret_access_key="test",
            region_name="us-east-1",
        )  # fmt: skip
        bucket = f"bucket-{abs(hash(tmp_path))}"
        client.create_bucket(Bucket=bucket)
        line = Line(port)
        access = {"key": "S3_KEY", "secret": "S3_SECRET", "endpoint": f"http://127.0.0.1:{line.port}"}

        def put(name: str, content: bytes) -> None:
            client.put_object(Bucket=bucket, Key=f"folder/{name}", Body=content)

        yield Far(line, f"s3://{bucket}/folder", access, put)
    elif kind == "sftp":
        with sftp(folder.parent) as (port, fingerprint):
            line = Line(port)
            access = {"user": "FTP_USER", "password": "FTP_PASSWORD", "host_key": fingerprint}
            yield Far(line, f"sftp://127.0.0.1:{line.port}/folder", access, put)
    else:
        with web(folder.parent) as server:
            line = Line(server.server_address[1])
            yield Far(line, f"http://127.0.0.1:{line.port}/folder", {}, put, server)
    line.close()
