"""What stands in the environment of a worker leads no request elsewhere."""

import pytest

from sources.fetchers.http import fetch
from tests.sources.loopback import ScriptedServer, page, policy_for, trusting_context

VARIABLES = [
    "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "FTP_PROXY", "SOCKS_PROXY",
    "REQUEST_METHOD", "CURL_HOME", "LOCALDOMAIN", "HOSTALIASES",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http://", "https://", "socks5://", "socks5h://user:secret@", ""])
@pytest.mark.parametrize("tls", [False, True])
def test_no_proxy_of_any_kind_is_asked(
    canary: ScriptedServer, monkeypatch: pytest.MonkeyPatch, scheme: str, *, tls: bool
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, f"{scheme}127.0.0.1:{canary.port}")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with ScriptedServer({"/": page(b"direct")}, tls=tls) as server:
        policy = policy_for(server, tls=trusting_context() if tls else None)

        assert fetch(server.url(), policy).body == b"direct"
        assert b"proxy" not in server.requests[0].head.lower()
        assert server.requests[0].head.startswith(b"GET / HTTP/1.1\r\n")
    assert canary.connections == 0


def test_no_password_file_is_read_for_a_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    with ScriptedServer({"/": page()}) as server:
        fetch(server.url(), policy_for(server))

    assert server.requests[0].header("authorization") == ""
