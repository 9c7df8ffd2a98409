"""Addresses that stand in messages are safe to follow."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report_delivery import Delivery


@pytest.mark.parametrize(
    "address", ["https://a.example/mel", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"]
)
def test_address(address: str) -> None:
    """Should be https, or of this machine; without the slash at its end."""
    assert Reply(public_url=f"{address}/").public_url == Delivery(address=address).address == address


@pytest.mark.parametrize(
    "address",
    ["http://a.example", "http://localhost.a.example", "https://u:p@a.example", "https://a.example/?q=1", "a"],
)
def test_address__unsafe(address: str) -> None:
    """Should be refused where what it carries could be read or led elsewhere on the way."""
    with pytest.raises(ValidationError, match="begins with https://"):
        Reply(public_url=address)
    with pytest.raises(ValidationError, match="begin with https://"):
        Delivery(address=address)
