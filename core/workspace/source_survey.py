"""A source whose rows are answers to an XLSForm, whichever tool collected them."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.workspace.fields import Finding, Text, known, refuse
from melflow.core.workspace.source_base import Source


class SurveySource(Source):
    """A source whose files are answers to an XLSForm."""

    instrument: Text = Field(description="form_id in the settings of the XLSForm.", examples=["capability_survey"])

    @field_validator("instrument")
    @classmethod
    def _has_instruments(cls, value: str, info: ValidationInfo) -> str:
        if not known(info).has_instruments:
            fix = "Put the form the partners deploy there: an XLSForm, an XForm or KoboToolbox's JSON."
            raise refuse(Finding("the form of a survey is in the folder instruments", "no form there", fix))
        return value
