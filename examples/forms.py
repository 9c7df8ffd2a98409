"""The alliance's two survey forms: what is asked, in which words, with which answers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

from melflow.examples import story

LANGUAGES = {"en": "English (en)", "es": "Español (es)", "fr": "Français (fr)"}
Labels = dict[str, str]  # language -> text

CAPABILITY_V1, CAPABILITY_V2, HEALTH_V1 = "2024-07", "2025-07", "2024-07"
RENAMED = ("renew_ind_2", "renew_ind_feedback")  # its name in v1 and in v2 of the capability form


@dataclass(frozen=True)
class Question:
    """One row of a form's survey sheet; ``mel`` holds the columns that map it to a measure."""

    kind: str
    name: str
    labels: Labels = field(default_factory=dict)
    path: tuple[str, ...] = ()  # names of the enclosing groups
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    mel: dict[str, str] = field(default_factory=dict)

    @property
    def list_name(self) -> str:
        """The choice list of a select question, else an empty text."""
        return self.kind.split(" ")[1] if self.kind.startswith("select_") else ""


@dataclass(frozen=True)
class Form:
    """One version of a form."""

    form_id: str
    version: str
    title: str
    groups: dict[str, Labels]
    questions: tuple[Question, ...]
    choices: dict[str, dict[str, tuple[Labels, str]]]  # list -> code -> labels, mel_score
    repeats: frozenset[str] = frozenset()

    def label(self, question: Question, code: str, language: str) -> str:
        """Return a choice as the form shows it in a language."""
        return self.choices[question.list_name][code][0][language]


@cache
def wording(file: str) -> list[dict[str, str]]:
    """Return the rated statements of a form: name, construct, level, reverse and the text in each language."""
    text = resources.files("melflow.examples").joinpath("wording", f"{file}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def tri(en: str, es: str, fr: str) -> Labels:
    """Return a text in the three languages of the alliance."""
    return {"en": en, "es": es, "fr": fr}


AGREE = {
    "strongly_disagree": (tri("Strongly disagree", "Totalmente en desacuerdo", "Pas du tout d'accord"), "1"),
    "disagree": (tri("Disagree", "En desacuerdo", "Pas d'accord"), "2"),
    "neither": (tri("Neither", "Ni de acuerdo ni en desacuerdo", "Ni d'accord ni pas d'accord"), "3"),
    "agree": (tri("Agree", "De acuerdo", "D'accord"), "4"),
    "strongly_agree": (tri("Strongly agree", "Totalmente de acuerdo", "Tout à fait d'accord"), "5"),
    "dont_know": (tri("Don't know", "No sabe", "Ne sait pas"), "dont_know"),
}
YES_NO = {"yes": (tri("Yes", "Sí", "Oui"), ""), "no": (tri("No", "No", "Non"), "")}
WAYS = {
    "visit": (tri("Visit to a partner", "Visita a una organización socia", "Visite chez un partenaire"), ""),
    "call": (tri("Video call", "Videollamada", "Visioconférence"), ""),
    "workshop": (tri("Workshop", "Taller", "Atelier"), ""),
    "guide": (tri("Written guide", "Guía escrita", "Guide écrit"), ""),
    "mentor": (tri("Mentoring by a peer", "Mentoría entre pares", "Mentorat entre pairs"), ""),
    "other": (tri("Other", "Otra", "Autre"), ""),
}
#: The partner's code and name until it was renamed in July 2025.
OLD_CUMBRAL, OLD_CUMBRAL_NAME = "dar_cumbral", "Dirección de Agua Rural del Cumbral"
GROUPS = {
    "about": tri("About you", "Sobre usted", "À propos de vous"),
    "commit": tri("Commitment", "Compromiso", "Engagement"),
    "deliver": tri("Delivery", "Ejecución", "Réalisation"),
    "relate": tri("Relations", "Relaciones", "Relations"),
    "balance": tri("Balance", "Equilibrio", "Équilibre"),
    "renew": tri("Renewal", "Renovación", "Renouvellement"),
    "learning": tri("Ways of learning", "Formas de aprender", "Façons d'apprendre"),
}


def partner_choices(version: str) -> dict[str, tuple[Labels, str]]:
    """Return the choice list of partners, with the old code and name of the renamed one in the first version."""
    names = partner_names()
    if version == CAPABILITY_V1:
        names = {(OLD_CUMBRAL if key == "cumbral" else key): name for key, name in names.items()}
        names[OLD_CUMBRAL] = OLD_CUMBRAL_NAME
    return {code: (dict.fromkeys(LANGUAGES, name), "") for code, name in names.items()}


@cache
def partner_names() -> dict[str, str]:
    """Return partner_id -> name from the alliance's register."""
    register = resources.files("melflow.examples").joinpath("alliance", "partners.csv").read_text(encoding="utf-8")
    return {row["partner_id"]: row["name"] for row in csv.DictReader(io.StringIO(register))}


def about_you(*extra: Question) -> tuple[Question, ...]:
    """Return what both forms ask about the person and the day."""
    partner = tri("Your organisation", "Su organización", "Votre organisation")
    code = tri("Your personal code", "Su código personal", "Votre code personnel")
    consent = tri(
        "May your answers be used in reports, without your name?",
        "¿Se pueden usar sus respuestas en informes, sin su nombre?",
        "Vos réponses peuvent-elles servir dans des rapports, sans votre nom ?",
    )
    day = tri("Date of the interview", "Fecha de la entrevista", "Date de l'entretien")
    inside = ("about",)
    return (
        Question("start", "start"),
        Question("end", "end"),
        Question("select_one partners", "partner", partner, inside, required=True, mel={"mel_construct": "partner"}),
        *extra,
        Question("text", "respondent", code, inside, required=True,
                 mel={"mel_construct": "respondent", "mel_pii": "yes"}),
        Question("select_one yes_no", "consent", consent, inside, required=True, mel={"mel_construct": "consent"}),
        Question("date", "date_collected", day, inside, required=True, mel={"mel_construct": "collected_on"}),
    )  # fmt: skip


def rated_statements(file: str, group_of: dict[str, str]) -> tuple[Question, ...]:
    """Return the rated statements as required five-point questions."""
    return tuple(
        Question(
            "select_one agree", row["name"], {code: row[code] for code in LANGUAGES}, (group_of[row["construct"]],),
            required=True,
            mel={"mel_construct": row["construct"], "mel_level": row["level"], "mel_reverse": row["reverse"]},
        )
        for row in wording(file)
    )  # fmt: skip


def capability(version: str) -> Form:
    """Return a version of the capability form: 30 statements, five capabilities on three levels."""
    years = Question(
        "integer", "years_in_role", tri("Years in your role", "Años en su función", "Années dans votre fonction"),
        ("about",), required=True, constraint=". >= 0 and . <= 50",
    )  # fmt: skip
    how = tri("How did you learn from partners?", "¿Cómo aprendió de otras organizaciones?",
              "Comment avez-vous appris des partenaires ?")  # fmt: skip
    which = tri("Which other way?", "¿Qué otra forma?", "Quelle autre façon ?")
    rated = rated_statements("capability", story.CAPABILITIES)
    if version != CAPABILITY_V1:
        old, new = RENAMED
        rated = tuple(replace(q, name=new, mel=q.mel | {"mel_key": old}) if q.name == old else q for q in rated)
    return Form(
        "capability", version, "Confluencia: capabilities", GROUPS,
        (
            *about_you(), years, *rated,
            Question("select_multiple ways", "learned_how", how, ("learning",), required=True),
            Question("text", "learned_other", which, ("learning",), relevant="selected(${learned_how}, 'other')"),
        ),
        {"partners": partner_choices(version), "yes_no": YES_NO, "agree": AGREE, "ways": WAYS},
    )  # fmt: skip


def health() -> Form:
    """Return the partnership health form: 20 statements on ten dimensions, and a repeat of what was learned."""
    about = tri("Which partner is this about?", "¿De qué organización se trata?", "De quel partenaire s'agit-il ?")
    other = tri("And the other side of it?", "¿Y la otra parte?", "Et l'autre partie ?")
    practice = tri("What did you learn?", "¿Qué aprendió?", "Qu'avez-vous appris ?")
    adapted = tri("Did you adapt it?", "¿Lo adaptó?", "L'avez-vous adapté ?")
    groups = {
        "about": GROUPS["about"],
        "partnership": tri("This partnership", "Esta colaboración", "Ce partenariat"),
        "learned": tri("Something learned", "Algo aprendido", "Quelque chose d'appris"),
    }
    rated = rated_statements("health", dict.fromkeys((row["construct"] for row in wording("health")), "partnership"))
    return Form(
        "health", HEALTH_V1, "Confluencia: partnership health", groups,
        (
            *about_you(
                Question("select_one partners", "about_partner", about, ("about",), required=True,
                         mel={"mel_construct": "about_partner"}),
                Question("select_one partners", "about_partner_2", other, ("about",), required=True,
                         relevant=f"${{partner}} = '{story.FACILITATOR}'", mel={"mel_construct": "about_partner_2"}),
            ),
            *rated,
            Question("text", "practice", practice, ("learned",), required=True),
            Question("select_one yes_no", "adapted", adapted, ("learned",), required=True),
        ),
        {"partners": partner_choices("any"), "yes_no": YES_NO, "agree": AGREE},
        frozenset({"learned"}),
    )  # fmt: skip
