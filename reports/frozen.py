"""What an edition was made with besides its release: kept in its manifest, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from melflow.core.workspace import Workspace
from melflow.core.workspace.report import ReportConfig
from melflow.reports.answer import Answer
from melflow.reports.earlier_editions import Earlier
from melflow.reports.frame import Frame
from melflow.reports.gate import Limits, limits
from melflow.reports.history import WentOut
from melflow.reports.phrases import SOURCE, languages


def place_of(report: str, partner: str | None, language: str | None) -> str:
    """Return the folder of a report's editions; names of reports have no point, so languages never meet partners.

    Args:
        report: Its name.
        partner: Of a return report: whose.
        language: A further language; None for the report's own.
    """
    name = report if language is None else f"{report}.{language}"
    return name if partner is None else f"{name}/{partner}"


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
        names: Construct or indicator id -> the audience's own name.
        description: Of the alliance.
        min_n: Respondents a published cell needs (F40).
        limits: Of the gate.
        partner: Of a return report: whose it is.
        extent_before: Section -> rows that the edition before this one published; empty for a first one.
        compared_with: The edition whose changes it tells; None for a first one, and for a report without that section.
        fonts: Under which name the workspace's own fonts are kept (``typefaces.keep``); empty without any.
        frame: Indicators, order, periods, groups and currency the audience chose.
        iati: Settings of the IATI file, with the alliance's id, and the further languages it speaks with the alliance's
            description in each; None without that format.
        is_translation: Tells whether it is in a further language of its report.
        narrative: Section -> what the team wrote for it, in Markdown; the empty section is the whole edition.
        needs_narrative: The gate holds the edition while the team wrote nothing.
        went_out: Editions of all reports that went out before: what they showed bounds what this one may show.
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
    fonts: str = ""
    frame: Frame = field(default_factory=Frame)
    iati: dict[str, Any] | None = None
    is_translation: bool = False
    narrative: dict[str, str] = field(default_factory=dict)
    needs_narrative: bool = False
    extent_before: dict[str, int] = field(default_factory=dict)
    went_out: tuple[WentOut, ...] = ()
    replies: tuple[Answer, ...] = ()

    @classmethod
    def of(
        cls, report: ReportConfig, workspace: Workspace, partner: str | None = None, language: str | None = None
    ) -> Self:
        """Freeze a report of a workspace, of a partner when it is a return report, as they are now.

        Args:
            report: Its file.
            workspace: The alliance's.
            partner: Of a return report: whose it is.
            language: One of the report's further languages; its own when absent.
        """
        is_translation = language not in (None, report.language)
        language = language or report.language or _spoken(workspace, partner)
        # an activity is published once: the file of the report's own language has the words of all
        formats = tuple(one for one in report.formats if one != "iati" or not is_translation)
        wants = "iati" in formats and (report.iati or workspace.iati)
        descriptions = workspace.alliance.descriptions
        further = {one: descriptions.get(one, workspace.alliance.description) for one in report.also_in}
        ids = {"alliance_id": workspace.alliance.id, "further": further} if wants else {}
        return cls(
            report=report.name,
            title=dict(report.title),
            audience=report.audience,
            language=language,
            publish_level=report.publish_level,
            sections=tuple(report.sections),
            formats=formats,
            names=dict(report.names),
            description=descriptions.get(language, workspace.alliance.description),
            min_n=workspace.privacy.min_n_published,
            limits=limits(workspace.gates, report.gate, holds_blank=partner is None and report.audience != "officer"),
            partner=partner,
            frame=Frame.of(report, workspace),
            iati=ids | wants.model_dump(mode="json") if wants else None,
            is_translation=is_translation,
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
        read: dict[str, Any] = {"limits": Limits(**kept["limits"])}
        read["compared_with"] = Earlier.read(earlier) if earlier else None
        read["went_out"] = tuple(WentOut(**one) for one in kept.get("went_out", ()))
        read["replies"] = Answer.read(kept.get("replies", ()))
        if "frame" in kept:  # an edition from before audiences had one
            read["frame"] = Frame.read(kept["frame"])
        return cls(**{**kept, **lists, **read})

    @property
    def place(self) -> str:
        """The folder of its editions."""
        return place_of(self.report, self.partner, self.language if self.is_translation else None)

    def keep(self) -> dict[str, Any]:
        """Return what goes into the manifest."""
        return asdict(self)


def _spoken(workspace: Workspace, partner: str | None) -> str:
    """Return a partner's own language, else the alliance's first, of those there are words for; English for none."""
    own = workspace.partners[partner].language if partner in workspace.partners else None
    known = languages()
    return next((one for one in (own, *workspace.alliance.languages) if one in known), SOURCE)
