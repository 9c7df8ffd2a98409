"""[iati] of melflow.toml or of a report: what the IATI standard asks of an activity besides its results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from melflow.core.errors import Problem
from melflow.core.names import choose
from melflow.core.workspace.fields import Declared, Finding, IsoDate, Text, refuse, refuse_earlier
from melflow.core.workspace.rates import Currency

if TYPE_CHECKING:  # a report has these settings
    from melflow.core.workspace.report import ReportConfig

#: Codelists OrganisationType and ActivityStatus of the standard, version 2.03.
OrganisationType = Annotated[
    Literal["10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90"],
    BeforeValidator(str),
]
ActivityStatus = Annotated[Literal["1", "2", "3", "4", "5", "6"], BeforeValidator(str)]
ResultType = Literal["output", "outcome", "impact", "other"]


def _identifier(value: str) -> str:
    if re.fullmatch(r"[^\s/&|?]+", value):
        return value
    rule = "an IATI identifier has no spaces and none of / & | ?"
    raise refuse(Finding(rule, f"'{value}'", "Write the agency's prefix and the number, such as 'XM-DAC-12345'."))


def _purpose(value: str) -> str:
    if re.fullmatch(r"[0-9]{5}", value):
        return value
    fix = "Write five digits, such as 14030 for basic drinking water."
    raise refuse(Finding("a sector is a purpose code of the OECD", f"'{value}'", fix))


Purpose = Annotated[Text, AfterValidator(_purpose)]
Reference = Annotated[Text, AfterValidator(_identifier)]


class Iati(Declared):
    """What stands in an IATI file besides results, targets and baselines."""

    reporting_org_ref: Reference = Field(
        description="Identifier of the organisation that publishes.", examples=["XI-EXAMPLE-1001"]
    )
    reporting_org_type: OrganisationType = Field(
        description="Its type, codelist OrganisationType: 10 government, 22 national NGO, 60 foundation, 90 other."
    )
    reporting_org_name: Text | None = Field(default=None, description="Its name; empty: the alliance's.")
    activity_prefix: Reference | None = Field(
        default=None, description="What the activity's identifier starts with; empty: reporting_org_ref."
    )
    activity_status: ActivityStatus = Field(
        description="By the codelist ActivityStatus: 1 pipeline, 2 implementation, 3 finalisation, 4 closed."
    )
    starts_on: IsoDate = Field(description="Day the work began (activity date, actual start).")
    ends_on: IsoDate | None = Field(default=None, description="Day it is planned to end.")
    baseline_year: int = Field(ge=1900, le=2100, description="Year of the baselines of indicators.csv.")
    sector: Purpose = Field(description="Purpose code of the OECD, five digits.", examples=["14030"])
    default_currency: Currency = Field(description="Currency of amounts without one.")
    humanitarian: bool = Field(default=False, description="true: humanitarian work, as the standard defines it.")
    countries: dict[Text, Text] = Field(
        default={},
        description="Country as partners.csv writes it: its two-letter code; not needed where that is the code.",
        examples=[{"Colombia": "CO"}],
    )
    results: dict[Text, ResultType] = Field(
        default={},
        description="Indicator: output, outcome, impact or other (the default).",
        examples=[{"WC-01": "outcome"}],
    )

    @field_validator("ends_on")
    @classmethod
    def _ends_after_start(cls, value: object, info: ValidationInfo) -> object:
        refuse_earlier(value, info.data.get("starts_on"), "ends_on", "starts_on")  # type: ignore[arg-type]
        return value

    @field_validator("countries")
    @classmethod
    def _codes(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [name for name, code in value.items() if not is_country(code)]
        if wrong:
            rule, fix = "a country's code is two capital letters (ISO 3166)", "Write a code such as CO, KE or SN."
            raise refuse(*(Finding(rule, f"'{value[name]}'", fix, (name,)) for name in wrong))
        return value


def is_country(code: str) -> bool:
    """Tell whether a text has the form of a country's code of ISO 3166: two capital letters."""
    return re.fullmatch(r"[A-Z]{2}", code) is not None


def unready(
    settings: Iati | None, reports: Mapping[str, ReportConfig], countries: Iterable[str], indicators: Iterable[str]
) -> Iterator[Problem]:
    """Yield what a report with the format iati lacks.

    Args:
        settings: Of melflow.toml.
        reports: By name.
        countries: As partners.csv writes them.
        indicators: Codes of indicators.csv.
    """
    names, codes = sorted(set(countries)), set(indicators)
    published: dict[str, str] = {}
    for name, report in reports.items():
        if "iati" not in report.formats:
            continue
        where, chosen = f"reports/{name}.yml:1", report.iati or settings
        if chosen is None:
            needed = ", ".join(key for key, field in Iati.model_fields.items() if field.is_required())
            fix = f"Add the table [iati] to melflow.toml with {needed}; or take iati out of formats."
            yield Problem(where, "the format iati needs the settings of the standard", "no [iati]", fix)
            continue
        prefix = chosen.activity_prefix or chosen.reporting_org_ref
        first = published.setdefault(prefix, name)
        if first != name:
            rule = "an IATI activity is published once: the files of two reports have identifiers of their own"
            fix = f"Take iati out of one's formats; or give it an [iati] with another activity_prefix than '{prefix}'."
            yield Problem(where, rule, f"'{first}' and '{name}' both write the activity of '{prefix}'", fix)
        for country in names:
            if not is_country(chosen.countries.get(country, country)):
                fix = f'Add to [iati.countries]: "{country}" = its two-letter code.'
                yield Problem(where, "an IATI file names countries by their ISO code", f"'{country}'", fix)
        for indicator in sorted(set(chosen.results) - codes):
            rule = "[iati.results] names indicators of indicators.csv"
            yield Problem(where, rule, f"'{indicator}'", choose(indicator, codes))
