"""Ids of registers as words: a reader meets them where nobody wrote a name."""

from __future__ import annotations

import re

_JOINT = re.compile(r"_+|(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})")


def in_words(text: str) -> str:
    """Return an id as words: ``meter-every-pump`` is "Meter every pump"; a code like ``K-037`` stays one."""
    text = _JOINT.sub(" ", text).strip()
    return text[:1].upper() + text[1:]


def listed(text: str) -> str:
    """Return ids with commas between them as words: ``answers, field_test`` is "Answers, field test"."""
    first, *others = (in_words(one) for one in text.split(", "))
    return ", ".join([first, *(one[:1].lower() + one[1:] for one in others)])
