"""Keys of archive indexes: what the field's readers compute for the same URL."""

import pytest

from sources.surt import surt


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Example.com:80/A/b.html?b=2&a=1", "com,example)/a/b.html?a=1&b=2"),
        ("https://example.org/", "org,example)/"),
        ("http://nyt.press.localhost:8001/outage", "localhost,press,nyt:8001)/outage"),
        ("https://example.org/a%2Fb?x=%20y", "org,example)/a/b?x=%20y"),
        ("https://example.org/a//b/?", "org,example)/a/b"),
        ("http://[2001:db8::1]/x", "2001:db8::1)/x"),
        ("http://192.0.2.1:8080/x?q", "1,2,0,192:8080)/x?q"),
        ("https://www2.example.org/index.html", "org,example)/index.html"),
        ("https://bücher.example/ü", "example,xn--bcher-kva)/%c3%bc"),
        ("http://example.org/a?b=1&&a=2&", "org,example)/a?&&a=2&b=1"),
        ("http://example.org/%2525", "org,example)/%25"),
        ("http://example.org/a+b?c+d=%2B", "org,example)/a+b?c+d=+"),
        ("http://example.org//", "org,example)/"),
    ],
)
def test_a_key_is_what_archive_readers_look_for(url: str, key: str) -> None:
    assert surt(url) == key


def test_what_is_no_url_has_no_key() -> None:
    with pytest.raises(ValueError):
        surt("not a url")
