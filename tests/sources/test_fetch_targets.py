"""How the text of a URL becomes something that may be fetched, before any name is resolved."""

from random import Random

import pytest

from sources.fetchers import policy as policies
from sources.fetchers.base import FetchError, Reason
from sources.fetchers.policy import MAX_URL_BYTES, FetchPolicy, Target, endpoints, read_target

OPEN = FetchPolicy()


def refusal_of(url: str, *, policy: FetchPolicy = OPEN, base: str | None = None) -> Reason:
    with pytest.raises(FetchError) as caught:
        read_target(url, policy=policy, base=base)
    assert caught.value.refused
    assert caught.value.permanent
    return caught.value.reason


def test_a_url_is_read_into_what_is_sent_and_connected_to() -> None:
    target = read_target("https://Example.com:443/a/../b?q=x y#part", policy=OPEN)

    assert target == Target(
        url="https://example.com/b?q=x%20y",
        scheme="https",
        host="example.com",
        port=443,
        authority="example.com",
        path="/b?q=x%20y",
    )


def test_a_name_in_another_script_is_sent_as_ascii() -> None:
    target = read_target("http://bücher.example/ä", policy=OPEN)

    assert (target.host, target.path) == ("xn--bcher-kva.example", "/%C3%A4")


def test_a_final_dot_belongs_to_the_name_sent_but_not_to_the_one_judged() -> None:
    target = read_target("http://example.com./", policy=OPEN)

    assert (target.host, target.authority) == ("example.com", "example.com.")


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://:secret@example.com/",
        "http://@example.com/",
        "http://user%40x@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/a\\b",
        "http:\\\\example.com/",
        "http://exam\tple.com/",
        "http://exam\nple.com/",
        "http://example.com/a\r\nHost: x",
        "http://example.com/\x00",
        "http://example.com/\x7f",
        " http://example.com/",
        "http://example.com/ ",
        "http:example.com",
        "http:/example.com/",
        "http:///example.com/",
        "http://",
        "http://a b/",
        "http://a%40b/",
        "http://a%00b/",
        "http://a%2fb/",
        "http://a..b/",
        "http://!$&.example/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 130 + "example/",
        "http://256.256.256.256/",
        "http://4294967296/",
        "http://1.2.3.4.5/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://example.com:99999/",
        "http://example.com/" + "a" * 8192,
        "http://example.com/\ud800",
        "//example.com/",
        "example.com",
        "",
    ],
)
def test_a_url_that_programs_read_differently_is_refused(url: str) -> None:
    assert refusal_of(url) is Reason.BAD_URL


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "data:,x", "gopher://x/", "ws://x/"],
)
def test_other_schemes_are_refused(url: str) -> None:
    assert refusal_of(url) is Reason.SCHEME_REFUSED


@pytest.mark.parametrize("port", [0, 21, 22, 25, 6379, 8000, 8080, 65535])
def test_other_ports_are_refused(port: int) -> None:
    assert refusal_of(f"http://example.com:{port}/") is Reason.PORT_REFUSED


def test_both_web_ports_are_open_to_both_schemes() -> None:
    assert read_target("http://example.com:443/", policy=OPEN).port == 443
    assert read_target("https://example.com:80/", policy=OPEN).port == 80


def test_an_allowed_endpoint_may_be_on_any_port_but_only_that() -> None:
    policy = FetchPolicy(allow_hosts=frozenset({"press.localhost:8123"}))

    assert read_target("http://press.localhost:8123/a", policy=policy).port == 8123
    assert refusal_of("http://press.localhost:8124/a", policy=policy) is Reason.PORT_REFUSED
    assert refusal_of("http://other.localhost:8123/a", policy=policy) is Reason.PORT_REFUSED


def test_further_ports_can_be_set() -> None:
    policy = FetchPolicy(ports=frozenset({80, 443, 8080}))

    assert read_target("http://example.com:8080/", policy=policy).port == 8080


@pytest.mark.parametrize(
    "url", ["https://claims.example/", "http://claims.example/x", "http://CLAIMS.example./"]
)
def test_the_service_itself_is_refused_on_both_web_ports(url: str) -> None:
    assert refusal_of(url, policy=FetchPolicy(own_host="claims.example")) is Reason.OWN_HOST


def test_the_service_itself_is_refused_even_if_allowed_by_name() -> None:
    policy = FetchPolicy(own_host="127.0.0.1:8000", allow_hosts=frozenset({"127.0.0.1:8000"}))

    assert refusal_of("http://127.0.0.1:8000/", policy=policy) is Reason.OWN_HOST
    assert refusal_of("http://0x7f.1:8000/", policy=policy) is Reason.OWN_HOST


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.com/b"),
        ("b?x=1#y", "https://example.com/dir/b?x=1"),
        ("//other.example/b", "https://other.example/b"),
        ("?page=2", "https://example.com/dir/a?page=2"),
        ("/a b/ü", "https://example.com/a%20b/%C3%BC"),
        ("http://other.example", "http://other.example/"),
    ],
)
def test_a_redirect_is_read_against_the_url_it_came_from(location: str, url: str) -> None:
    assert read_target(location, policy=OPEN, base="https://example.com/dir/a").url == url


@pytest.mark.parametrize(
    "location",
    [
        "https:b",
        "\\\\evil.example/",
        "/\\evil.example/",
        "//user@evil.example/",
        "https://good.example@evil.example/",
    ],
)
def test_a_crafted_redirect_is_refused(location: str) -> None:
    assert refusal_of(location, base="https://example.com/dir/a") is Reason.BAD_URL


def test_an_allowed_host_without_port_means_both_web_ports() -> None:
    assert endpoints("Press.example") == {("press.example", 80), ("press.example", 443)}
    assert endpoints("[::1]:8080") == {("::1", 8080)}
    assert endpoints("press.example:80") == {("press.example", 80)}


@pytest.mark.parametrize("entry", ["", ":80", "http://x/", "x/y", "a b", "user@x", "x:80:80", "*:80", "x:"])
def test_a_host_that_cannot_be_allowed_is_named_when_the_policy_is_made(entry: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid|form host"):
        FetchPolicy(allow_hosts=frozenset({entry}))


def test_a_contact_that_would_break_the_header_is_refused() -> None:
    with pytest.raises(ValueError, match="User-Agent"):
        FetchPolicy(contact_url="https://x/\r\nX: y")


# --- URLs that need no parser

_PIECES = (
    *(
        "a",
        "z1",
        "www",
        "com",
        "localhost",
        "xn--",
        "xn--bcher-kva",
        "ab--cd",
        "-",
        "_",
        "0x1",
        "0xff",
        "09",
        "127",
    ),
    *(
        ".",
        "..",
        "/",
        "//",
        "/.",
        "/..",
        "/%2e",
        "/.%2E",
        "%2e",
        "%zz",
        "%",
        "?",
        "?a=b",
        "#",
        "@",
        ":",
        ":80",
        ":443",
    ),
    *(
        ":8080",
        ":0",
        ":080",
        ":65536",
        "~",
        "!",
        "$",
        "&",
        "'",
        "(",
        "*",
        "+",
        ",",
        ";",
        "=",
        "|",
        "^",
        "`",
        "{",
        "[",
    ),
    *("\\", " ", "\t", "\x7f", "é", "ß", "ſ", "。", "a" * 63, "a" * 64, "a." * 120, "index.html"),
)
_STARTS = (
    "http://",
    "https://",
    "http://example.com",
    "https://a.b-c.example/x",
    "http://p1.localhost:8080/",
    "//",
    "/",
)


def _made_up(random: Random) -> str:
    return random.choice(_STARTS) + "".join(random.choice(_PIECES) for _ in range(random.randint(0, 6)))


def test_url_that_needs_no_parser_is_what_the_parser_makes_of_it() -> None:
    random = Random(20210302)  # the same URLs each time
    ordinary = 0
    for text in (_made_up(random) for _ in range(20_000)):
        if target := policies._ordinary(text):
            ordinary += 1
            assert target == policies._read_in_full(text, None)
            assert target == policies._read_in_full(text, "https://other.example:8443/x?y")

    assert ordinary > 1000


@pytest.mark.parametrize(
    ("url", "port", "path"),
    [
        ("https://example.com/", 443, "/"),
        (
            "http://a-b.c1.example.co:8080/A/b.html;v=1/c%20d//e?q=%2e/..&x=y?z",
            8080,
            "/A/b.html;v=1/c%20d//e?q=%2e/..&x=y?z",
        ),
        ("http://example.com:443/~x/(y)", 443, "/~x/(y)"),
        ("http://" + "a" * 63 + ".example/", 80, "/"),
    ],
)
def test_ordinary_url_needs_no_parser(url: str, port: int, path: str) -> None:
    target = policies._ordinary(url)

    assert target is not None
    assert (target.url, target.port, target.path) == (url, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://example.com:80/",
        "https://example.com:443/",
        "http://example.com:65536/",
        "http://example.com./",
        "http://Example.com/",
        "HTTP://example.com/",
        "http://127.0.0.1/",
        "http://example.1/",
        "http://example.0x1/",
        "http://[::1]/",
        "http://xn--bcher-kva.example/",
        "http://a.xn--bcher-kva/",
        "http://bücher.example/",
        "http://example.com/./a",
        "http://example.com/a/..",
        "http://example.com/%2e%2e/a",
        "http://example.com/?",
        "http://example.com/a#b",
        "http://example.com/a b",
        "http://example.com/a\n",
        "http://example.com/\n",
        "http://user@example.com/",
        "http://example.com/a\\b",
        "http://example.com/'",
        "http://example.com/" + "a" * MAX_URL_BYTES,
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 124 + "example/",
    ],
)
def test_any_other_url_is_read_by_the_parser(url: str) -> None:
    assert policies._ordinary(url) is None


def test_url_that_was_read_before_is_judged_anew_by_each_policy() -> None:
    read_target("http://example.com:8080/x", policy=FetchPolicy(ports=frozenset({8080})))

    assert refusal_of("http://example.com:8080/x") is Reason.PORT_REFUSED
    assert (
        refusal_of("http://example.com:8080/x", policy=FetchPolicy(own_host="example.com:8080"))
        is Reason.OWN_HOST
    )
