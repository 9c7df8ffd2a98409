"""ODK Central as a source: files it exported, or the server itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from melflow.core.workspace.fields import Text
from melflow.core.workspace.place import EnvName, Place
from melflow.core.workspace.source_server import ServerUrl, files_or_server, opened_by, with_server
from melflow.core.workspace.source_survey import SurveySource


class OdkSource(SurveySource):
    """ODK Central: its server, or its exports as OData JSON, ZIP or CSV."""

    connector: Literal["odk"]
    path: Place | None = Field(  # type: ignore[assignment]  # a server has no files
        default=None,
        description="Exports, relative to the workspace, or an address; * stands for any text. Or 'server'.",
        examples=["inbox/odk/*.zip", "inbox/odk/*.json"],
    )
    server: Annotated[ServerUrl | None, AfterValidator(files_or_server)] = Field(
        default=None, validate_default=True, description="Server to fetch from, in the place of 'path'.",
        examples=["https://central.example.org"],
    )  # fmt: skip
    project: Annotated[int | None, AfterValidator(with_server)] = Field(
        default=None, validate_default=True, description="Number of the project: what follows /projects/ in its "
        "address.", examples=[4],
    )  # fmt: skip
    form: Annotated[Text | None, AfterValidator(with_server)] = Field(
        default=None, validate_default=True, description="form_id on the server, as the form's own page shows it.",
        examples=["capability_survey"],
    )  # fmt: skip
    email: EnvName | None = Field(
        default=None, description="Environment variable with the e-mail of a user who may see submissions.",
        examples=["ODK_EMAIL"],
    )  # fmt: skip
    password: EnvName | None = Field(
        default=None, description="Environment variable with that user's password. Never the password.",
        examples=["ODK_PASSWORD"],
    )  # fmt: skip
    token: Annotated[EnvName | None, AfterValidator(opened_by)] = Field(
        default=None, validate_default=True, examples=["ODK_TOKEN"],
        description="Environment variable with a token, in the place of e-mail and password. Never the token.",
    )  # fmt: skip

    @property
    def asked_for(self) -> str:
        """What a server is asked for, in a word; empty for files."""
        return f"form {self.form} of project {self.project}" if self.server else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the environment variables it needs."""
        return tuple(name for name in (self.email, self.password, self.token) if name)
