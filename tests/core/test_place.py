"""Where a source's files are: every mistake is named with what to write, and no secret is repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from melflow.core.workspace import load_workspace
from tests.core.test_workspace_problems import _problems

Change = Callable[[str, str, str], Path]
PATH = "path: inbox/results/*.xlsx"
KEYS = "access: {key: RESULTS_KEY, secret: RESULTS_SECRET}"
HOST_KEY = f"SHA256:{'a' * 43}"


@pytest.mark.parametrize(
    "lines",
    [
        f"path: s3://bucket/results/*.xlsx\n{KEYS}",
        "path: s3://bucket/results/*.xlsx",  # what the machine itself may read
        f"path: sftp://files.example:2222/in/2*/*.xlsx\naccess: {{user: U, password: P, host_key: {HOST_KEY}}}",
        "path: sftp://files.example/in/a.xlsx\naccess: {user: U, key_file: ~/.ssh/id, passphrase: P, known_hosts: k}",
        "path: https://files.example/in/a.xlsx?format=xlsx&gid=0\naccess: {token: T}",
        "path: https://files.example/in/*.xlsx\naccess: {user: U, password: P}",
        "path: http://127.0.0.1:8000/in/a.xlsx\naccess: {query: LINK}",
        f"{PATH}\npush: {{secret: PUSH_RESULTS, sender: token, max_bytes: 2000000}}",
    ],
)
def test_place__right(change: Change, lines: str) -> None:
    """Should take every kind of place, and the secrets that open it by name."""
    source = load_workspace(change("sources/results.yml", PATH, lines)).sources["results"]
    assert lines.splitlines()[0] == f"path: {source.path}"


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("path: ftp://files.example/a.xlsx", 3, "'sftp'"),
        ("path: http://files.example/a.xlsx", 3, "https://"),
        ("path: sftp://ana:hushhush@files.example/a.xlsx", 3, "under 'access'"),
        ("path: https://files.example/a.xlsx?X-Amz-Signature=hushhush", 3, "access: {query: …}"),
        ("path: https://files.example/a.xlsx?token=hushhush", 3, "access: {query: …}"),
        ("path: https://files.example/a.xlsx#part", 3, "alone"),
        ("path: https://files.example/*/a.xlsx", 3, "the file's name"),
        ("path: s3://bucket/**/a.xlsx", 3, "Write the folders out"),
        ("path: s3://bucket", 3, "a bucket"),
        ("path: sftp:///in/a.xlsx", 3, "a host"),
        ("path: https://files.example:port/a.xlsx", 3, "a port"),
        (f"{PATH}\n{KEYS}", 4, "'access' opens an address"),
        ("path: s3://b/a.xlsx\naccess: {key: RESULTS_KEY}", 4, "secret: …"),
        ("path: s3://b/a.xlsx\naccess: {user: U}", 4, "'access' of s3 has key"),
        ("path: s3://b/a.xlsx\naccess: {key: K, secret: hushhush/1+2}", 4, "such as MELFLOW_KEY"),
        ("path: s3://b/a.xlsx\naccess: {key: K, secret: S, endpoint: http://store.example}", 4, "encrypted"),
        ("path: sftp://f.example/a.xlsx\naccess: {user: U}", 4, "key_file"),
        ("path: sftp://f.example/a.xlsx\naccess: {user: U, password: P, host_key: aa:bb}", 4, "SHA256:"),
        ("path: https://f.example/a.xlsx\naccess: {user: U, password: P, token: T}", 4, "Remove one"),
        (f"{PATH}\npush: {{secret: hushhush-and-more}}", 4, "such as MELFLOW_KEY"),
        (f"{PATH}\npush: {{secret: S, sender: basic}}", 4, "one of signs, token"),
        (f"{PATH}\npush: {{secret: S, max_bytes: 3}}", 4, "1024"),
    ],
)  # fmt: skip
def test_place__mistakes(change: Change, lines: str, line: int, words: str) -> None:
    """Should name each mistake with its line and what to write instead, never a secret that stands there."""
    [problem] = _problems(change("sources/results.yml", PATH, lines))
    assert problem.where == f"sources/results.yml:{line}" and words in str(problem)
    assert "hush" not in str(problem)
