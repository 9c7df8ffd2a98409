"""The section on learning: how far it got, what types, whose words, and how those around responded."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from melflow.reports import charts_learning, columns_learning, rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.findings_learning import RUNGS, learning, net, reached, use
from melflow.reports.grid import grid, word
from melflow.reports.id_words import listed
from melflow.reports.phrases import say_or
from melflow.reports.tells import tells
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = tuple(columns_learning.TABLES)

EXAMPLES = 3
_LENGTH = 320  # of an example, in letters
_TYPES = ("organisational_practice", "intervention", "knowledge_capacity", "unknown", "all")
_VALENCES = ("obstructive", "neutral", "reinforcing")
_ACTORS = ("community", "local", "regional", "national", "international", "all")


def section(context: Context) -> Section:
    """Return the section; blank when no claim, story, response or coding can be published."""
    row = use(context)
    blocks: list[Block] = [Paragraph(context.say("learning.lead")), Sentences(learning(context, row))]
    figures = [*_ladder(context, row), *_responses(context)]
    tables = [_examples(context), _types(context), _codes(context), _leverage(context)]
    shown = [table for table in tables if table.rows]
    blank = not figures and not shown
    return Section("learning", context.say("section.learning"), (*blocks, *figures, *shown), is_blank=blank)


def _ladder(context: Context, use: Row | None) -> list[Figure]:
    if use is None or not reached(use, 0):
        return []
    rows: list[Row] = []
    for rung in RUNGS:
        claims, words = reached(use, rung), None
        if rung < RUNGS[-1] and use[f"conv_{rung}"] is not None:
            ci = context.share_interval(use[f"conv_{rung}_ci_low"], use[f"conv_{rung}_ci_high"])
            words = context.say("figure.ladder.goes_on", share=context.percent(use[f"conv_{rung}"]), ci=ci)
        label = context.say("figure.ladder.rung", rung=rung, name=context.say(f"rung.{rung}"))
        said = context.joined(part for part in (str(claims), words) if part)
        rows.append({"rung": wrapped(label, 30), "claims": claims, "words": words, "tells": tells(label, said)})
    told = context.joined(f"{row['rung']}: {row['claims']}" for row in rows)
    chart = charts_learning.ladder(rows, [row["rung"] for row in rows])
    title = context.say("figure.ladder", period=context.period)
    return [
        draw(chart, "ladder", title, context.say("figure.ladder.alt", rows=told), context.say("figure.ladder.note"))
    ]


def _responses(context: Context) -> list[Figure]:
    found = {row["actor_level"]: row for row in context.data.table("pub_actor_response").to_dicts()}
    shown = [found[level] for level in _ACTORS if level in found and found[level]["net_response"] is not None]
    if not shown:
        return []
    kinds = tuple(context.say(f"response.{kind}") for kind in _VALENCES)
    rows, told = [], []
    for row in shown:
        level = wrapped(context.say(f"actors.{row['actor_level']}"))
        said = context.say("figure.responses.row", net=net(context, row), n=row["n_responses"])
        down, flat, up = (100 * row[f"n_{kind}"] / row["n_responses"] for kind in _VALENCES)
        ends = (-flat / 2 - down, -flat / 2, flat / 2, flat / 2 + up)
        for place, kind in enumerate(kinds):
            words = said if place == 0 else None
            facts = {"n": row[f"n_{_VALENCES[place]}"], "of": row["n_responses"]}
            rows.append({"level": level, "kind": kind, "start": ends[place], "end": ends[place + 1], "words": words,
                         "tells": tells(level, context.say("tells.part", kind=kind, **facts))})  # fmt: skip
        told.append(f"{level}: {said}")
    levels = list(dict.fromkeys(row["level"] for row in rows))
    chart = charts_learning.responses(rows, levels, (kinds[0], kinds[1], kinds[2]))
    title = context.say("figure.responses", period=context.period)
    text = context.say("figure.responses.alt", rows=context.joined(told))
    return [draw(chart, "responses", title, text, context.say("figure.responses.note"))]


def _examples(context: Context) -> Table:
    """Return a few words of those who agreed: stories first, then answers, the latest period first."""
    places = {period.period_id: place for place, period in enumerate(context.data.periods)}
    stories = context.data.table("pub_story", all_periods=True).drop_nulls("story").to_dicts()
    stories.sort(key=lambda row: (-places[row["period_id"]], -(row["rung"] or 0), row["story_id"]))
    rows = []
    for row in stories[:EXAMPLES]:
        learner, source = (context.partner(row[f"{side}_partner_id"]) for side in ("learner", "source"))
        words = context.say("example.words", title=row["title"] or row["story_id"], words=_cut(row["story"]))
        rows.append((context.say("example.who", learner=learner, source=source), words))
    quotes = context.data.table("pub_quote", all_periods=True).filter(pl.col("question_id") != "story")
    quotes = quotes.drop_nulls("quote").unique("text_id", keep="first", maintain_order=True)
    told = sorted(quotes.to_dicts(), key=lambda row: (-places[row["period_id"]], row["text_id"]))
    answers = dict.fromkeys(_cut(row["quote"]) for row in told)  # what several people said in the same words, once
    rows += [(context.say("example.answer"), words) for words in list(answers)[: EXAMPLES - len(rows)]]
    return grid(context, "examples", (("who", 2.6, False), ("words", 6.0, False)), rows)


def _cut(words: str) -> str:
    return words if len(words) <= _LENGTH else f"{words[:_LENGTH].rsplit(maxsplit=1)[0]} …"


def _kappa(context: Context, row: Row) -> str:
    if row["kappa"] is None:
        return context.why(row["reason"])
    kappa, low, high = (
        rounding.number(row[name], 2, context.language) for name in ("kappa", "kappa_ci_low", "kappa_ci_high")
    )
    if row["kappa_ci_low"] is None:
        return context.say("kappa.only", kappa=kappa, n=row["n_double_coded"])
    return context.say("kappa.interval", kappa=kappa, low=low, high=high, n=row["n_double_coded"])


def _types(context: Context) -> Table:
    head = (("learning_type", 2.6, False), ("claims", 0.8, True), ("agencies", 1.0, True), ("local", 1.3, True),
            ("countries", 1.0, True), ("applied", 0.9, True))  # fmt: skip
    names = ("claims", "n_agencies", "n_local_organisations", "n_countries", "n_used")
    found = {row["learning_type"]: row for row in context.data.table("pub_learning_types").to_dicts()}
    rows = [
        (word(context, "learned", kind), *(context.count(found[kind][name]) for name in names))
        for kind in _TYPES
        if kind in found
    ]
    table, whole = grid(context, "types", head, rows), found.get("all")
    if whole is None:
        return table
    coded = context.say("types.coded", n=whole["n_coded"], of=whole["claims"], kappa=_kappa(context, whole))
    return replace(table, note=coded)


def _question(context: Context, question_id: str) -> str:
    """Return a question in words: ``after_event/remark`` is "After event, remark"."""
    return say_or(context.language, f"question.{question_id}", listed(question_id.replace("/", ", ")))


def _codes(context: Context) -> Table:
    head = (("question", 1.8, False), ("code", 2.4, False), ("texts", 1.0, True), ("interval", 1.5, True),
            ("disputed", 1.0, True), ("kappa", 2.6, False))  # fmt: skip
    rows: list[tuple[str, ...]] = []
    found = context.data.table("pub_coding").sort("question_id", "code")
    for row in found.filter(~pl.col("is_suppressed")).to_dicts():
        name = (_question(context, row["question_id"]), row["label"] or row["code"])
        texts = context.say("codes.of", n=row["n_with_code"], of=row["n_coded"])
        ci = context.share_interval(row["code_ci_low"], row["code_ci_high"])
        rows.append((*name, texts, ci, context.count(row["n_disputed"]), _kappa(context, row)))
    hidden = found.filter("is_suppressed")["question_id"].unique().sort()
    rows += [(_question(context, question), context.suppressed) for question in hidden]
    return grid(context, "codes", head, rows)


def _leverage(context: Context) -> Table:
    head = (("partner", 3.4, False), ("named_by", 1.2, True), ("named", 1.2, True), ("institutional", 1.3, True),
            ("contextual", 1.2, True), ("practices", 1.2, True))  # fmt: skip
    names = ("n_nominators", "n_nominations", "n_applied_institutional", "n_applied_contextual", "n_practices_changed")
    rows = [
        (context.partner(row["partner_id"]), *(context.count(row[name]) for name in names))
        if not row["is_suppressed"]
        else (context.partner(row["partner_id"]), context.suppressed)
        for row in context.data.table("pub_leverage").to_dicts()
        if row["is_suppressed"] or any(row[name] for name in names)
    ]
    return grid(context, "leverage", head, sorted(rows, key=lambda row: row[0].casefold()))
