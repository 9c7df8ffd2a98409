"""Hold an edition against the one its readers had before, each as it was made."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from melflow.reports.context import Context
from melflow.reports.earlier_editions import Earlier
from melflow.reports.edition_data import EditionData
from melflow.reports.frozen import Frozen
from melflow.reports.history import release_folder
from melflow.reports.read import agreed
from melflow.reports.restated import Side, because, figures_of, in_rows, restated
from melflow.reports.restated_own import own_restated
from melflow.reports.sections import tables_of


def as_made(frozen: Frozen, earlier: Earlier) -> Frozen:
    """Return what decided the numbers of the earlier edition; what its manifest does not say is as of today.

    The audience's names are today's: a figure under another name is the same figure.
    """
    names = ("publish_level", "sections", "min_n", "frame", "went_out")
    said = {name: found for name in names if (found := getattr(earlier, name)) is not None}
    return replace(frozen, replies=earlier.replies, **said)


def compared(context: Context, before: EditionData, frozen: Frozen, earlier: Earlier, release_dir: Path) -> Context:
    """Return the context of an edition with what it restates.

    Args:
        context: Of this edition.
        before: What the earlier edition showed.
        frozen: What this edition is made with.
        earlier: The earlier edition.
        release_dir: The folder of this edition's release, beside that of the earlier one.
    """
    then = as_made(frozen, earlier)
    now_tables, then_tables = (figures_of(tables_of(one.sections)) for one in (frozen, then))
    now, was = (
        Side(data, made.publish_level, figures, partial(agreed, folder), made.frame.indicators)
        for data, made, figures, folder in (
            (context.data, frozen, now_tables, release_dir),
            (before, then, earlier.figures or then_tables, release_folder(release_dir.parent, earlier.release_id)),
        )
    )
    both = tuple(section for section in frozen.sections if section in then.sections)
    own = own_restated(context, replace(context, data=before, frame=then.frame), both, because(now.data, before))
    return replace(context, before=before, restated=in_rows([restated(now, was), own]))
