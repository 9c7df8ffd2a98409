from __future__ import annotations

from melflow.core.errors import Problem, SourceError
from melflow.flows.candidates import _as_one


def test_as_one__says_all_that_was_seen() -> None:
    """Should keep place, rule and remedy of the first problem, and name what else was seen, and where if elsewhere."""
    several = [Problem("a.csv", f"rule {name}", f"no '{name}'", f"Write {name}.") for name in "AB"]
    found = _as_one(SourceError(*several, Problem("a.csv!row 3", "rule C", "5 cells", "Quote it.")))
    assert found == Problem("a.csv", "rule A", "no 'A'; no 'B'; a.csv!row 3: 5 cells", "Write A.")
    assert _as_one(SourceError(several[0])) == several[0]
    assert _as_one(SourceError(*several * 9)).seen.endswith("; 7 more")
