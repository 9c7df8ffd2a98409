"""The columns of what was learned, used, told and coded, as reports/columns.py has those of scores."""

from __future__ import annotations

from melflow.reports.column import COMMON, INT, NUM, PERIOD, TEXT, Column, key


def _share(name: str, meaning: str) -> Column:
    return Column(name, NUM, "share, 0-1", meaning)


def _interval(name: str, of: str) -> tuple[Column, Column]:
    return (
        _share(f"{name}_ci_low", f"Lower end of the Wilson interval of {of} (F8)."),
        _share(f"{name}_ci_high", f"Upper end of the Wilson interval of {of} (F8)."),
    )


def _count(name: str, unit: str, meaning: str) -> Column:
    return Column(name, INT, unit, meaning)


def _kappa(of: str) -> tuple[Column, ...]:
    return (
        _count("n_coded", of, "Of them coded."),
        _count("n_double_coded", of, "Coded by a second coder too."),
        Column("kappa", NUM, "-1 to 1", "Agreement of the two coders beyond chance (F29)."),
        Column("kappa_ci_low", NUM, "-1 to 1", "Lower end of its interval."),
        Column("kappa_ci_high", NUM, "-1 to 1", "Upper end of its interval."),
        Column("reason", TEXT, "", "Why there is none."),
    )


def _conversion(rung: int) -> tuple[Column, ...]:
    name = f"conv_{rung}"
    return (_share(name, f"Claims at rung {rung + 1} or above of those at {rung} or above (F30)."),
            *_interval(name, "it"))  # fmt: skip


USE = (
    key("scope", "partner, or alliance for all."),
    key("scope_id", "The partner that learned, or alliance."),
    key("level", "Level of the learning; all for every level."),
    key("capability", "Capability it is about; all for every one."),
    PERIOD,
    _count("claims", "claims", "Claims first made in the period."),
    *(_count(f"n_rung{rung}", "claims", f"Claims whose highest evidenced rung is {rung} (F30).") for rung in range(8)),
    _count("n_unevidenced", "claims", "Claims without a rung, or without evidence for it."),
    *(column for rung in range(7) for column in _conversion(rung)),
    Column("median_days_to_application", NUM, "days", "Median days until it was applied; open ones censored (F31)."),
    *(_share(f"applied_by_{wave}m", f"Share applied within {wave} months (F31).") for wave in (3, 6, 12)),
    *(_count(f"n_due_{wave}m", "claims", f"Claims that are {wave} months old.") for wave in (3, 6, 12)),
    *(
        _count(f"n_followed_{wave}m", "claims", f"Of them asked about again after {wave} months.")
        for wave in (3, 6, 12)
    ),
    _count("n_used", "claims", "Claims in use that say whether the practice was adapted."),
    _count("n_adapted", "claims", "Of them adapted to the own place."),
    *_interval("adapted", "the adapted share"),
    _count("n_anticipation_known", "claims", "Claims that say whether the learning was expected."),
    _count("n_unanticipated", "claims", "Of them not expected."),
    *_interval("unanticipated", "the share not expected"),
    _count("n_partners", "partners", "Different partners that claim to have learned."),
    _count("n_partners_absorbed", "partners", "Of them with an institutional practice in use on good evidence (F33)."),
    *COMMON,
)
TYPES = (
    key("learning_type", "Type of learning; all for every type, unknown where nobody coded it."),
    PERIOD,
    _count("claims", "claims", "Claims first made in the period."),
    _count("n_agencies", "partners", "Different partners that learned."),
    _count("n_local_organisations", "organisations", "Different local organisations named."),
    _count("n_countries", "countries", "Different countries where it is used."),
    _count("n_used", "claims", "Claims applied."),
    *_kappa("claims"),
    *COMMON,
)
STORY = (
    key("story_id", "The story; consented to and confirmed."),
    PERIOD,
    key("learner_partner_id", "The partner that learned."),
    key("source_partner_id", "The partner it learned from."),
    key("direction", "Which way the learning went."),
    _count("rung", "0-7", "How far it got on the ladder of use (F30), as told."),
    Column("title", TEXT, "", "Its title."),
    Column("story", TEXT, "", "Its words."),
    *COMMON,
)
STORY_COUNT = (
    key("direction", "Which way the learning went; all for every story."),
    PERIOD,
    _count("n_stories", "stories", "Stories told."),
    _count("n_verified", "stories", "Of them confirmed by somebody named."),
    _count("n_publishable", "stories", "Of them with consent as well."),
    _count("n_anticipation_known", "stories", "Stories that say whether the learning was planned."),
    _count("n_unanticipated", "stories", "Of them not planned."),
    *COMMON,
)
RESPONSE = (
    key("actor_level", "Where the actors stand; all for every level."),
    PERIOD,
    _count("n_responses", "responses", "Responses noted."),
    _count("n_reinforcing", "responses", "Of them reinforcing."),
    _count("n_neutral", "responses", "Of them neutral."),
    _count("n_obstructive", "responses", "Of them obstructive."),
    Column("net_response", NUM, "-1 to 1", "Reinforcing less obstructive, of all (F32)."),
    Column("net_response_ci_low", NUM, "-1 to 1", "Lower end of its interval (F12)."),
    Column("net_response_ci_high", NUM, "-1 to 1", "Upper end of its interval (F12)."),
    *COMMON,
)
LEVERAGE = (
    key("partner_id", "The partner."),
    PERIOD,
    _count("n_nominations", "nominations", "Times others name it a resource."),
    _count("n_nominators", "partners", "Different partners that do."),
    _count("n_applied_institutional", "claims", "Its institutional claims that are applied (F30)."),
    _count("n_applied_contextual", "claims", "Its contextual claims that are applied (F30)."),
    _count("n_practices_changed", "practices", "Different practices in them."),
    *COMMON,
)
CODING = (
    key("question_id", "The question; story for stories, all for every text."),
    key("code", "Code of the codebook."),
    PERIOD,
    key("label", "What the codebook calls it."),
    _count("n_respondents", "respondents", "People, or organisations of stories, behind the texts."),
    _count("n_with_code", "texts", "Coded texts with the code; of twice coded ones, those where both coders gave it."),
    *_interval("code", "its share"),
    _count("n_disputed", "texts", "Texts to which one of two coders gave the code."),
    *_kappa("texts"),
    *COMMON,
)
QUOTE = (
    key("text_id", "The text; its author agreed to be quoted."),
    key("question_id", "The question; story for stories."),
    key("code", "A code of the text."),
    PERIOD,
    Column("quote", TEXT, "", "The words, without name or organisation."),
    *COMMON,
)

#: Published tables by name.
TABLES: dict[str, tuple[Column, ...]] = {
    "pub_learning_use": USE,
    "pub_learning_types": TYPES,
    "pub_story": STORY,
    "pub_story_count": STORY_COUNT,
    "pub_actor_response": RESPONSE,
    "pub_leverage": LEVERAGE,
    "pub_coding": CODING,
    "pub_quote": QUOTE,
}
