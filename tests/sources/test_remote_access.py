"""Who may read files at addresses: hosts, secrets and refusals, and no secret told."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from far_places import Far
from file_servers import web

from melflow.core.errors import MelflowError, TerminalError, TransientError
from melflow.sources.fetch import count, fetch
from melflow.sources.payload import Payload


def test_fetch_remote__secret_not_set(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name the variable that is not set, before anything is asked."""
    monkeypatch.delenv("WEB_TOKEN")
    with pytest.raises(TerminalError, match=r"sources/log\.yml: .* no variable WEB_TOKEN\. Set WEB_TOKEN"):
        list(fetch(far.source(token="WEB_TOKEN"), tmp_path))
    assert far.line.connections == 0


@pytest.mark.parametrize("far", ["sftp"], indirect=True)
def test_fetch_remote__sftp_strangers(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should refuse an unknown host key with the fingerprint to add, a changed one, and say when we are refused."""
    far.put("a.csv", b"a")
    pinned = far.access.pop("host_key")
    with pytest.raises(TerminalError, match="unknown key") as caught:
        count(far.source(), tmp_path)
    assert f"'host_key: {pinned}'" in str(caught.value)
    with pytest.raises(TerminalError, match="another key"):
        count(far.source(host_key="SHA256:" + "A" * 43), tmp_path)
    monkeypatch.setenv("FTP_PASSWORD", "wrong-password")
    with pytest.raises(TerminalError, match="a refusal") as caught:
        count(far.source(host_key=pinned), tmp_path)
    assert "wrong-password" not in str(caught.value)


@pytest.mark.parametrize("far", ["sftp"], indirect=True)
def test_fetch_remote__known_hosts(far: Far, tmp_path: Path) -> None:
    """Should take the keys that OpenSSH wrote down, for this host and port."""
    import paramiko

    far.put("a.csv", b"a")
    far.access.pop("host_key")
    with paramiko.Transport(("127.0.0.1", far.line.port)) as asked:
        asked.start_client(timeout=5)
        key = asked.get_remote_server_key()
    line = f"[127.0.0.1]:{far.line.port} {key.get_name()} {key.get_base64()}\n"
    (tmp_path / "known_hosts").write_text(line)
    assert count(far.source(known_hosts="known_hosts"), tmp_path) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 500, 429])
def test_fetch_remote__web_refusals(far: Far, tmp_path: Path, status: int) -> None:
    """Should stop at refusals, try again what may pass, and never tell the token or the signed link."""
    os.environ["WEB_QUERY"] = "X-Signature=hush-2"
    far.put("a.csv", b"a")
    far.server.statuses["a.csv"] = status
    kind = TransientError if status in (500, 429) else TerminalError
    for access in ({"token": "WEB_TOKEN"}, {"query": "WEB_QUERY"}):
        with pytest.raises(kind) as caught:
            list(fetch(far.source("a.csv", **access), tmp_path))
        assert "hush" not in str(caught.value) and f"{far.path}/a.csv" in str(caught.value)
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_fetch_remote__secrets_travel_to_their_host_only(far: Far, tmp_path: Path) -> None:
    """Should send token and signed link to the place, not on to where it redirects, and keep both out of origins."""
    os.environ["WEB_QUERY"] = "X-Signature=hush-2"
    far.put("a.csv", b"a")
    (tmp_path / "far2" / "folder").mkdir(parents=True)
    (tmp_path / "far2" / "folder" / "moved.csv").write_bytes(b"moved")
    [found] = fetch(far.source("a.csv", query="WEB_QUERY"), tmp_path)
    assert found.origin == f"{far.path}/a.csv" and "hush" not in str(found)
    assert {path for _, path, _ in far.server.asked} == {"/folder/a.csv?X-Signature=hush-2"}
    far.server.asked.clear()
    with web(tmp_path / "far2") as other:
        far.server.redirects["a.csv"] = f"http://127.0.0.1:{other.server_address[1]}/folder/moved.csv"
        [moved] = fetch(far.source("a.csv", token="WEB_TOKEN"), tmp_path)
        assert isinstance(moved, Payload) and moved.content == b"moved"
        assert {one[2] for one in far.server.asked} == {"Bearer hush-1"}
        assert {one[2] for one in other.asked} == {None}


def test_fetch_remote__no_length_read_twice(far: Far, tmp_path: Path) -> None:
    """Should read an answer that announces no end twice, and take it when both are the same."""
    looked = b""  # a look at the file begins to read it, where the head of the answer says too little
    far.server.endless["a.csv"] = [looked, b"whole", b"wh", b"whole", b"whole", looked]
    [found] = fetch(far.source("a.csv"), tmp_path)
    assert isinstance(found, Payload) and found.content == b"whole"
    assert not any(far.server.endless["a.csv"]) and found.cursor == ""  # the second look may have gone by unanswered


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", TerminalError),
        (403, "SignatureDoesNotMatch", TerminalError),
        (503, "SlowDown", TransientError),
    ],
)
def test_fetch_remote__store_refusals(
    status: int,
    code: str,
    kind: type[MelflowError],
    tmp_path: Path,
    short_patience: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Should stop where an S3 store refuses, try again where it is busy, and tell the place but never the secret."""
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815  # the name the server looks for

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("S3_SECRET", "hush-3")
    access = {"key": "S3_KEY", "secret": "S3_SECRET", "endpoint": address}
    far = Far(None, "s3://alliance/folder", access, lambda *_: None)  # type: ignore[arg-type]  # no line is cut
    with pytest.raises(kind) as caught:
        list(fetch(far.source(), tmp_path))
    server.shutdown()
    server.server_close()
    assert "s3://alliance/folder" in str(caught.value) and "hush-3" not in str(caught.value)
    assert asked and caught.value.problems[0].fix
