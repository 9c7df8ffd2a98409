"""The forms of the workspace with the versions that servers deployed, which landed beside the submissions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from melflow.core.errors import SourceError
from melflow.core.landing import LandingStore
from melflow.core.workspace import Workspace
from melflow.core.workspace.source import KoboSource, OdkSource
from melflow.flows import unknown_versions
from melflow.sources import deployed_versions, odk_forms
from melflow.sources.form_versions import changes
from melflow.sources.inventory import FORM
from melflow.sources.xlsform import Instruments, read_instruments

_VERSION = re.compile(r"/versions/(?P<uid>[^/]+)/$")


def all_forms(workspace: Workspace) -> Instruments:
    """Return every version of every form: under ``instruments/``, and deployed for any source."""
    return _joined(workspace, own_forms(workspace), workspace.sources).instruments


def own_forms(workspace: Workspace) -> Instruments:
    """Return the forms under ``instruments/``."""
    return read_instruments(workspace.root / "instruments", workspace.framework)


def forms_of_source(workspace: Workspace, source: str, instruments: Instruments) -> Instruments:
    """Return the forms with what was deployed of a source's form: news of another does not have it read anew."""
    form = getattr(workspace.sources[source], "instrument", None)
    alike = [name for name, one in workspace.sources.items() if form and getattr(one, "instrument", None) == form]
    return _joined(workspace, instruments, alike).instruments


def told(workspace: Workspace) -> list[str]:
    """Return a line for each version on a server or in data that is not under ``instruments/``, and what differs."""
    own = own_forms(workspace)
    joined = _joined(workspace, own, workspace.sources)
    changed = changes(joined.instruments) if joined.strange else []
    lines = [str(problem) for problem in joined.unread]
    for form in joined.strange:
        mine = [line for line in changed if line.startswith(f"{form.form_id}, version {form.version}: ")]
        known = "its mel_ columns are those of the form" if own.versions(form.form_id) else "it has no mel_ columns"
        day = f" on {form.since[:10]}" if form.since else ""
        lines.append(
            f"{form.form_id}: version {form.version}, deployed{day}, is none of the forms under instruments/; {known}. "
            + ("It changes:" if mine else "No question of it starts or ends a series.")
        )
        lines += [f"  {line}" for line in mine]
    return [*lines, *_contradicted(workspace, own), *unknown_versions.told(workspace)]


def _joined(workspace: Workspace, instruments: Instruments, sources: Iterable[str]) -> deployed_versions.Joined:
    found = [one for source in sorted(sources) for one in _landed(workspace, source)]
    if not found:
        return deployed_versions.Joined(instruments, (), ())
    return deployed_versions.join(instruments, found, workspace.framework)


def _contradicted(workspace: Workspace, own: Instruments) -> list[str]:
    """Say where a form under ``instruments/`` asks otherwise than what was published under the same version."""
    lines: list[str] = []
    for one in (one for source in sorted(workspace.sources) for one in _landed(workspace, source)):
        try:
            found = deployed_versions.contradictions(own, one, workspace.framework)
        except SourceError as error:
            lines += [str(problem) for problem in error.problems]
            continue
        if found:
            lines.append(
                f"{one.form_id}: version {one.uid} was published otherwise ({one.address}) than it is under "
                "instruments/, which is what answers are read by. It changes:"
            )
            lines += [f"  {line}" for line in found]
    return lines


def _landed(workspace: Workspace, source: str) -> Iterator[deployed_versions.Deployed]:
    """Yield the deployed versions of a source's form; what the source declares under ``versions`` is the officer's."""
    config = workspace.sources[source]
    if not isinstance(config, KoboSource | OdkSource) or not config.server or not workspace.landing_dir.is_dir():
        return
    store = LandingStore(workspace.landing_dir)
    if isinstance(config, OdkSource):
        yield from odk_forms.deployed(config.instrument, store.of_source(source), store.read)
        return
    for landing in store.of_source(source):
        address = landing.origin.removesuffix(FORM)
        version = _VERSION.search(address) if address != landing.origin else None
        if version and version["uid"] not in config.versions:
            yield deployed_versions.Deployed(config.instrument, version["uid"], address, store.read(landing))
