"""What an edition was made with besides its release: kept in its manifest, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from melflow.core.workspace import Workspace
from melflow.core.workspace.report import ReportConfig
from melflow.reports.answer import Answer
from melflow.reports.gate import Limits, limits
from melflow.reports.phrases import SOURCE, languages
from melflow.reports.restated import Earlier


@dataclass(frozen=True)
class Frozen:
    """A report's configuration and what the workspace adds to it, on the day the edition was made.

    Attributes:
        report: Name of the report.
        title: By language.
        audience: For whom.
        language: Of the edition.
        publish_level: The widest audience whose rows it shows.
        sections: Keys, in order.
        formats: Files.
        names: Construct id -> the audience's own name.
        description: Of the alliance.
        min_n: Respondents a published cell needs (F40).
        limits: Of the gate.
        partner: Of a return report: whose it is.
        compared_with: The edition whose changes it tells; None for a first one, and for a report without that section.
        narrative: Section -> what the team wrote for it, in Markdown; the empty section is the whole edition.
        needs_narrative: The gate holds the edition while the team wrote nothing.
        fonts: Under which name the workspace's own fonts are kept (``typefaces.keep``); empty without any.
        replies: What partners said of the figures.
    """

    report: str
    title: dict[str, str]
    audience: str
    language: str
    publish_level: str
    sections: tuple[str, ...]
    formats: tuple[str, ...]
    names: dict[str, str]
    description: str
    min_n: int
    limits: Limits
    partner: str | None = None
    compared_with: Earlier | None = None
    narrative: dict[str, str] = field(default_factory=dict)
    needs_narrative: bool = False
    fonts: str = ""
    replies: tuple[Answer, ...] = ()

    @classmethod
    def of(cls, report: ReportConfig, workspace: Workspace, partner: str | None = None) -> Self:
        """Freeze a report of a workspace, of a partner when it is a return report, as they are now."""
        language = report.language or _spoken(workspace, partner)
        return cls(
            report=report.name,
            title=dict(report.title),
            audience=report.audience,
            language=language,
            publish_level=report.publish_level,
            sections=tuple(report.sections),
            formats=tuple(report.formats),
            names=dict(report.names),
            description=workspace.alliance.descriptions.get(language, workspace.alliance.description),
            min_n=workspace.privacy.min_n_published,
            limits=limits(workspace.gates, report.gate, holds_blank=partner is None),
            partner=partner,
            needs_narrative=report.narrative == "required",
        )

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return what a manifest keeps.

        Raises:
            KeyError: Something is missing.
        """
        lists = {name: tuple(kept[name]) for name in ("sections", "formats")}
        earlier = kept.get("compared_with")
        read = {"limits": Limits(**kept["limits"]), "compared_with": Earlier.read(earlier) if earlier else None}
        return cls(**{**kept, **lists, **read, "replies": Answer.read(kept.get("replies", ()))})

    @property
    def place(self) -> str:
        """The folder of its editions: the report, and the partner of a return report."""
        return self.report if self.partner is None else f"{self.report}/{self.partner}"

    def keep(self) -> dict[str, Any]:
        """Return what goes into the manifest."""
        return asdict(self)


def _spoken(workspace: Workspace, partner: str | None) -> str:
    """Return a partner's own language, else the alliance's first, of those there are words for; English for none."""
    own = workspace.partners[partner].language if partner in workspace.partners else None
    known = languages()
    return next((one for one in (own, *workspace.alliance.languages) if one in known), SOURCE)
