"""The form most tests of sources read: groups, a repeat, every kind of question, in two languages."""

from __future__ import annotations

SURVEY = [
    [
        *("type", "name", "label::English (en)", "label::Español (es)", "required", "relevant", "constraint"),
        *("mel_construct", "mel_level", "mel_reverse", "mel_side", "mel_pii"),
    ],
    ["start", "start"],
    ["end", "end"],
    ["begin_group", "about", "About you", "Sobre usted"],
    ["select_one partners", "partner", "Your organisation", "Su organización", "yes", "", "", "partner"],
    ["text", "who", "Your code", "Su código", "", "", "", "respondent"],
    ["date", "day", "Date", "Fecha", "", "", "", "collected_on"],
    ["text", "phone", "Telephone", "Teléfono", "", "", "", "", "", "", "", "yes"],
    ["end_group"],
    ["select_one agree", "trust_1", "We trust them", "Confiamos en ellos", "yes", "", "", "trust"],
    ["select_one agree", "trust_2", "They let us down", "Nos fallan", "yes", "", "", "trust", "", "yes"],
    ["select_multiple ways", "how", "How did you learn?", "¿Cómo aprendió?", "yes"],
    ["text", "how_else", "What other way?", "¿De qué otra manera?", "", "selected(${how}, 'other')"],
    ["integer", "years", "Years in your role", "Años en su función", "", "", ". >= 0 and . <= 60"],
    ["decimal", "share", "Share of time", "Parte del tiempo"],
    ["note", "thanks", "Thank you", "Gracias"],
    ["begin_repeat", "learned", "What you learned", "Lo aprendido"],
    ["text", "practice", "Practice", "Práctica"],
    ["select_one yes_no", "adapted", "Adapted?", "¿Adaptado?"],
    ["end_repeat"],
]
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::Español (es)", "mel_score"],
    ["partners", "north", "North Town", "Villa Norte"],
    ["partners", "south", "South Town", "Villa Sur"],
    ["agree", "no", "Disagree", "En desacuerdo", 1],
    ["agree", "mid", "Neither", "Ni uno ni otro", 2],
    ["agree", "yes", "Agree", "De acuerdo", 3],
    ["agree", "dk", "Don't know", "No sé", "dont_know"],
    ["ways", "visit", "Field visit", "Visita"],
    ["ways", "visit_long", "Field visit of a week", "Visita de una semana"],
    ["ways", "call", "Telephone call", "Llamada"],
    ["ways", "other", "Another way", "Otra manera"],
    ["yes_no", "yes", "Yes", "Sí"],
    ["yes_no", "no", "No", "No"],
]
