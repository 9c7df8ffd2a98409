"""Registers of the qualitative strand: which codes there are, and which text carries which (measures B3, F29)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

CODING: Mapping[str, Register] = {
    "codebook": Register(
        table="src_code",
        columns={
            "code": "key",
            "decided_on": "date",  # since when the code means this
            "label": "text",
            "definition": "text",  # when a text has the code, and when it has not
        },
        needed=("code", "decided_on", "definition"),
        about=("label", "definition"),
        day="decided_on",
    ),
    "codings": Register(
        table="src_coding",
        columns={
            "coding_id": "key",
            "text_id": "text",  # as `melflow coding export` wrote it
            "coder": "text",
            "coded_on": "date",
            "code": "texts",  # of the codebook; "none" where no code fits; empty: not yet coded
            "is_quotable": "truth",  # names nobody and shows the code well; consent is looked up, not written here
        },
        needed=("text_id", "coder", "coded_on", "code"),
        about=("text_id", "coder", "code"),
        day="coded_on",
    ),
}
