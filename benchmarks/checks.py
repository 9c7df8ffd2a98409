"""A million responses checked, against one bare SQL pass in DuckDB that finds the same failing rows.

.venv/bin/python benchmarks/checks.py [RESPONSES]

The bare pass knows what is wrong in these rows and looks for nothing else, without a reason, a place or a remedy; it
reads the same frames and ends with the names of the rows that fail. Both are run in processes of their own, so that
the memory of each is its own; each makes the same rows first, and what that took of memory is printed beside it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime

import duckdb
import polars as pl

from melflow.expectations.check import check
from melflow.expectations.reference import Reference
from melflow.sources.canonical import conform

RESPONSES = 1_000_000
ITEMS = 50  # of a form: 30 choices, 20 whole numbers from 0 to 60
FORM = {"instrument_id": "bench", "form_version": "1"}
LOAD = {"source_system": "bench", "source_file": "inbox/a.csv", "load_id": "bench-0123456789ab", "content_hash": "c"}
REFERENCE = Reference(
    frozenset({"lab", "city"}), {"2025-H1": (date(2025, 1, 1), date(2025, 6, 30))}, dyads={"city--lab": ("city", "lab")}
)
#: Rows that break a rule, by each rule of severity error or warn that they break.
BARE = """
select row_id, 'partner_known' as rule_id from src_submission
where partner_id is null or partner_id not in ('lab', 'city')
union all
select row_id, 'collected_in_calendar' from src_submission where collected_on not between '2025-01-01' and '2025-06-30'
union all select row_id, 'consent_present' from src_submission where consent_level is null
union all
select r.row_id, case when r.missing_code = 'parse_error' then 'type' when r.missing_code = 'skipped' then 'required'
                      when i.type = 'select_one' then 'choice' else 'range' end
from src_response as r
inner join src_item as i using (instrument_id, form_version, item_id)
left join src_choice as c on c.list = i.list and c.code = r.option
where r.missing_code in ('parse_error', 'skipped')
    or (i.type = 'select_one' and r.option is not null and c.code is null)
    or (i.type = 'integer' and (r.value_num < i.range_min or r.value_num > i.range_max))
union all
select row_id, 'answer_unique' from (
    select row_id, count(*) over (partition by version_id, repeat_path, item_id, option) as n_same from src_response
) where n_same > 1
"""


def main() -> None:
    """Print both sides, or be one of them."""
    given = sys.argv[1:]
    if given and given[0] in ("checks", "bare"):
        print(json.dumps(side(given[0], int(given[1]))))
        return
    n_rows = int(given[0]) if given else RESPONSES
    found = {name: _in_a_process(name, n_rows) for name in ("bare", "checks")}
    ours, bare = found["checks"], found["bare"]
    if ours["failing"] != bare["failing"]:
        raise SystemExit(f"not the same rows fail: {ours['failing']} against {bare['failing']}")
    print(f"{n_rows} responses, {sum(bare['failing'].values())} rows fail in both: {bare['failing']}")
    for name, one in found.items():
        print(f"{name:<8}{one['seconds']:>8.2f} s{one['gib']:>7.2f} GiB at most, {one['gib_before']:.2f} before")
    print(f"ratio {ours['seconds'] / bare['seconds']:.1f}")


def _in_a_process(name: str, n_rows: int) -> dict[str, object]:
    done = subprocess.run([sys.executable, __file__, name, str(n_rows)], check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def side(name: str, n_rows: int) -> dict[str, object]:
    """Return the failing rows by rule, the seconds of processor time (the best of two) and the memory of one side."""
    frames, forms = candidates(n_rows), form()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    seconds, failing = [], {}
    for _ in range(2):
        started = time.process_time()
        failing = (_checks if name == "checks" else _bare)(frames, forms)
        seconds.append(time.process_time() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"failing": failing, "seconds": min(seconds), "gib": peak, "gib_before": before}


def _checks(frames: dict[str, pl.DataFrame], forms: dict[str, pl.DataFrame]) -> dict[str, int]:
    checked = check(frames, forms, REFERENCE)
    failed = checked.results.filter(pl.col("n_failed") > 0, pl.col("severity") != "gate").with_columns(
        pl.col("rule_id").str.split(":").list.first()
    )
    return dict(failed.group_by("rule_id").agg(pl.col("n_failed").sum()).sort("rule_id").iter_rows())


def _bare(frames: dict[str, pl.DataFrame], forms: dict[str, pl.DataFrame]) -> dict[str, int]:
    with duckdb.connect() as con:
        for table, frame in (frames | forms).items():
            con.register(table, frame.to_arrow())
        con.execute(f"create table failing as {BARE}")
        counted = con.execute("select rule_id, count(*) from failing group by rule_id order by rule_id").fetchall()
    return dict(counted)


def form() -> dict[str, pl.DataFrame]:
    """Return the form's canonical tables."""
    numbers = {"type": "integer", "range_min": 0.0, "range_max": 60.0}
    items = [
        FORM
        | {"item_id": f"q{n}", "is_required": True}
        | (numbers if n >= 30 else {"type": "select_one", "list": "agree"})
        for n in range(ITEMS)
    ]
    return {
        "src_instrument": conform("src_instrument", pl.DataFrame([FORM | {"title": "Bench"}])),
        "src_item": conform("src_item", pl.DataFrame(items, infer_schema_length=None)),
        "src_choice": conform("src_choice", pl.DataFrame([FORM | {"list": "agree", "code": code} for code in "abcde"])),
    }


def candidates(n_rows: int) -> dict[str, pl.DataFrame]:
    """Return submissions and their answers; of each rule, the same share is broken at any size."""
    n_people = n_rows // ITEMS
    person, moment = pl.int_range(n_people, eager=True).alias("n"), datetime(2025, 7, 1, tzinfo=UTC)
    whole = {name: pl.lit(value) for name, value in (FORM | LOAD).items()} | {"ingested_at": pl.lit(moment)}
    who = pl.when(pl.col("n") % 101 == 0).then(pl.lit(None)).when(pl.col("n") % 2 == 0).then(pl.lit("lab"))
    people = person.to_frame().select(
        **whole, submission_id=pl.format("s{}", "n"), version_id=pl.format("v{}", "n"), is_current=True,
        form_id=pl.lit("bench"), partner_raw=pl.lit("lab or city"), partner_id=who.otherwise(pl.lit("city")),
        period_id=pl.when(pl.col("n") % 211 == 0).then(None).otherwise(pl.lit("2025-H1")),
        collected_on=pl.when(pl.col("n") % 211 == 0).then(date(2024, 3, 1)).otherwise(date(2025, 3, 1)),
        consent_level=pl.when(pl.col("n") % 31 > 0).then(pl.lit("yes")), row_id=pl.format("p{}", "n"),
        source_row=pl.col("n") + 2,
    )  # fmt: skip
    # the second answer of some people is the first one again
    again = (pl.col("n") // ITEMS % 503 == 0) & (pl.col("n") % ITEMS == 1)
    n = pl.when(again).then(pl.col("n") - 1).otherwise(pl.col("n"))
    item = n % ITEMS
    skipped, unread, wrong = n % 97 == 5, (n % 89 == 7) & (item >= 30), n % 61 == 11
    chosen = pl.when(wrong).then(pl.lit("z")).otherwise(pl.lit("abcde").str.slice(n % 5, 1))
    number = pl.when(wrong).then(77.0).otherwise((n % 60).cast(pl.Float64))
    there = ~(skipped | unread)
    answers = pl.int_range(n_people * ITEMS, eager=True).alias("n").to_frame().with_columns(
        said=pl.when(item < 30).then(chosen)
    ).select(
        **whole, submission_id=pl.format("s{}", n // ITEMS), version_id=pl.format("v{}", n // ITEMS),
        repeat_path=pl.lit(""), item_id=pl.format("q{}", item),
        value_raw=pl.when(unread).then(pl.lit("many")).when(~skipped).then(
            pl.coalesce("said", number.cast(pl.String))
        ),
        option=pl.when(there).then(pl.col("said")), value_text=pl.when(there).then(pl.col("said")),
        value_num=pl.when(there & (item >= 30)).then(number),
        missing_code=pl.when(skipped).then(pl.lit("skipped")).when(unread).then(pl.lit("parse_error")),
        row_id=pl.format("a{}", "n"), source_row=n // ITEMS + 2,
    )  # fmt: skip
    return {"src_submission": conform("src_submission", people), "src_response": conform("src_response", answers)}


if __name__ == "__main__":
    main()
