"""What decides how a payload is read and checked, as one hash: when it changes, what landed is read again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from melflow.core.version import code_version
from melflow.core.workspace import Workspace
from melflow.flows.shapes import accepted
from melflow.sources.canonical import FORMS

if TYPE_CHECKING:
    from melflow.sources.xlsform import Instruments


def rules_hash(workspace: Workspace, source: str, instruments: Instruments, rulings: str = "") -> str:
    """Hash everything that decides how a payload is read and checked, so that a change re-reads what landed.

    Args:
        workspace: With the corrections that came back in workbooks.
        source: Name of the source.
        instruments: The forms.
        rulings: What was decided about its held rows, as text.
    """
    parts = [
        code_version(),
        workspace.sources[source].model_dump_json(),
        json.dumps([correction.model_dump(mode="json") for correction in workspace.corrections.get(source, ())]),
        json.dumps([partner.model_dump(mode="json") for partner in workspace.partners.values()]),
        json.dumps([alias.model_dump(mode="json") for alias in workspace.aliases]),
        json.dumps([period.period_id for period in workspace.periods] + [workspace.alliance.time_zone]),
        json.dumps(sorted(partnership.id for partnership in workspace.partnerships)),
        json.dumps(sorted(dyad.dyad_id for dyad in workspace.dyads)),
        json.dumps(
            [(name, [rule.model_dump() for rule in rules]) for name, rules in workspace.rules.items()], default=str
        ),
        json.dumps(accepted(workspace, source)),
        json.dumps(sorted((kind, construct.id) for kind, construct in workspace.framework.constructs())),
        *(instruments.frames[table].write_json() for table in FORMS),
        rulings,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
