"""Where Great Expectations judges: a private DuckDB file that GX has open, with the tables the rules name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from melflow.expectations.from_form import ANSWERS_READ, build_answers
from melflow.expectations.gx_on_duckdb import buffered_url

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from melflow.expectations.rules import Rule

#: The relation rules of forms read; it is made of others.
_ANSWER = "answer"


class JudgingFile:
    """The file, opened once: by GX's own engine, whose connection also writes the tables."""

    def __init__(self) -> None:
        """Make the file and let GX open it, without telemetry, files of its own or progress bars."""
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._folder = TemporaryDirectory(prefix="melflow-check-")
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        url = buffered_url(Path(self._folder.name) / "candidates.duckdb")
        self._source = context.data_sources.add_sql("candidates", connection_string=url)
        self._held = self._source.get_engine().raw_connection()
        #: The connection to the file.
        self.con: duckdb.DuckDBPyConnection = self._held.driver_connection

    def batch(self, relation: str) -> Any:
        """Return GX's batch of all rows of a relation."""
        asset = self._source.add_table_asset(relation, table_name=relation)
        return asset.add_batch_definition_whole_table("all").get_batch()

    def write(self, tables: Mapping[str, pl.DataFrame], rules: Sequence[Rule]) -> dict[str, int]:
        """Write what the rules read, and the answers beside their form; return the number of rows of each relation."""
        import polars.selectors as cs

        n_rows = {name: frame.height for name, frame in tables.items()}
        read = named(tables, rules)
        for name in read:
            # GX opens the file in the machine's time zone; times without a zone (UTC) compare the same everywhere.
            plain = tables[name].with_columns(cs.datetime().dt.replace_time_zone(None))
            self.con.register("incoming", plain.to_arrow())
            self.con.execute(f'create table "{name}" as select * from incoming')
            self.con.unregister("incoming")
        return n_rows | ({_ANSWER: build_answers(self.con)} if any(rule.reads == _ANSWER for rule in rules) else {})

    def close(self) -> None:
        """Close every connection and delete the file."""
        self._held.close()
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()
        self._folder.cleanup()


def named(tables: Mapping[str, pl.DataFrame], rules: Sequence[Rule]) -> list[str]:
    """Return the tables rules read: no statement reads a table without its name standing in it as a word."""
    said = " ".join(f"{rule.reads} {rule.table} {rule.among} {rule.breaks}" for rule in rules)
    words = set(re.findall(r"\w+", said))
    return [name for name in tables if name in words or (_ANSWER in words and name in ANSWERS_READ)]
