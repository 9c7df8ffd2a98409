import hashlib
import hmac

import polars as pl

from melflow.core.privacy import pseudonym

KEY = b"a key of the tests, nothing more"


def test_pseudonym__known_answer() -> None:
    """Should be the first 16 hexadecimal digits of HMAC-SHA256 over the UTF-8 text."""
    expected = hmac.new(KEY, "Ánna".encode(), hashlib.sha256).hexdigest()[:16]
    assert pseudonym(pl.Series("r", ["Ánna", None, "Ánna"]), KEY).to_list() == [expected, None, expected]


def test_pseudonym__key_and_value_matter() -> None:
    """Should differ for another key and for another person."""
    values = pl.Series("r", ["Anna", "Ben"])
    one, other = pseudonym(values, KEY), pseudonym(values, KEY + b"x")
    assert one.n_unique() == 2
    assert set(one) & set(other) == set()


def test_pseudonym__other_types() -> None:
    """Should treat a number as its text, and keep name and length."""
    numbers = pseudonym(pl.Series("phone", [5, None], dtype=pl.Int64), KEY)
    assert numbers.name == "phone"
    assert numbers.to_list() == pseudonym(pl.Series(["5", None]), KEY).to_list()
    assert pseudonym(pl.Series("r", [], dtype=pl.String), KEY).dtype == pl.String
