"""The workspace: the declared files of an alliance, read into frozen models, every mistake named with its line."""

from melflow.core.calendar import Period
from melflow.core.workspace.alliance import Alliance, Calendar, Gates, Privacy, Warehouse
from melflow.core.workspace.corrections import Correction
from melflow.core.workspace.framework import Construct, Framework, HealthDimension, Thresholds
from melflow.core.workspace.loader import load_workspace
from melflow.core.workspace.partnerships import Dyad, Member, Partnership
from melflow.core.workspace.registry import Alias, Partner
from melflow.core.workspace.report import GateOverride, ReportConfig
from melflow.core.workspace.source import (
    KoboSource,
    OdkSource,
    SourceConfig,
    SpreadsheetSource,
)
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.core.workspace.source_register import RegisterSource
from melflow.core.workspace.workspace import Workspace

__all__ = [
    "ActivityLogSource",
    "Alias",
    "Alliance",
    "Calendar",
    "Construct",
    "Correction",
    "Dyad",
    "Framework",
    "GateOverride",
    "Gates",
    "HealthDimension",
    "KoboSource",
    "Member",
    "OdkSource",
    "Partner",
    "Partnership",
    "Period",
    "Privacy",
    "RegisterSource",
    "ReportConfig",
    "SourceConfig",
    "SpreadsheetSource",
    "Thresholds",
    "Warehouse",
    "Workspace",
    "load_workspace",
]
