"""Which rules of a robots.txt are ours, and what they allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.fetchers.robots import MAX_BYTES, MAX_CRAWL_DELAY, TOKEN, RobotsRules

SITE = "https://news.example"


def allowed(content: str | bytes, path: str = "/a/page") -> bool:
    content = content.encode() if isinstance(content, str) else content
    return RobotsRules.parse(content).allows(SITE + path)


def test_our_name_is_that_of_our_user_agent() -> None:
    assert TOKEN == "claims-provenance"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "User-agent: *\nDisallow:",
        "User-agent: *\nDisallow: /b",
        "User-agent: *\nAllow: /a\nDisallow: /",
        "User-agent: *\nDisallow: /\nAllow: /a/*\n",
        "User-agent: otherbot\nDisallow: /",
        "User-agent: otherbot\nUser-agent: more\nDisallow: /\n\nUser-agent: *\nDisallow: /private",
        "User-agent: claims\nDisallow: /",
        "User-agent: provenance\nDisallow: /",
        "User-agent: claims-provenance-fan\nDisallow: /",
        "User-agent: c\nDisallow: /",
        "Disallow: /",
        "# User-agent: *\n# Disallow: /",
        "User-agent: *\nDisallow: /A/PAGE",
        "User-agent: *\nDisallow: /a/page$x",
        "User-agent: *\nDisallow: /\n\nUser-agent: claims-provenance\nDisallow:",
        "User-agent: claims-provenance\nDisallow:\n\nUser-agent: *\nDisallow: /",
        "User-agent: claims-provenance\n\nSitemap: /x\n",
        "Disallow: /\nUser-agent: *\n",
        "<html><title>Not found</title>Disallow: /</html>",
        "User-agent *\nDisallow /",
    ],
)
def test_what_is_not_forbidden_to_us_is_allowed(content: str) -> None:
    assert allowed(content)


@pytest.mark.parametrize(
    "content",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: *\nDisallow: /a",
        "User-agent: *\nDisallow: /*/page$",
        "User-agent: *\nDisallow: /%61/page",
        "user-AGENT:claims-provenance\r\nDISALLOW:/a\r\n",
        "User-agent: *\rDisallow: /a\r",
        "  User-agent : *  # all\n  Disallow : /a  # this\n",
        "\ufeffUser-agent: *\nDisallow: /",
        "User-agent: CLAIMS-Provenance/9.9\nDisallow: /",
        "User-agent: otherbot\nUser-agent: *\nDisallow: /",
        "User-agent: *\n\n\nSitemap: https://x/\nDisallow: /",
        "User-agent: *\nCrawl-delay: 1\nUser-agent: otherbot\nDisallow: /",
        "User-agent: *\nDisallow: /b\nUser-agent: *\nDisallow: /a",
        "User-agent: claims-provenance\nDisallow: /b\n\nUser-agent: claims-provenance\nDisallow: /a",
        "User-agent: *\nAllow: /\n\nUser-agent: claims-provenance\nDisallow: /",
        "User-agent: *\nDisallow: /a\nAllow: /a/\nDisallow: /a/page",
    ],
)
def test_what_is_forbidden_to_us_or_to_everybody_is_not_allowed(content: str) -> None:
    assert not allowed(content)


def test_the_longest_rule_that_fits_decides_and_of_equals_the_kinder() -> None:
    rules = "User-agent: *\nDisallow: /a\nAllow: /a/page\nDisallow: /same\nAllow: /same"

    assert allowed(rules, "/a/page")
    assert not allowed(rules, "/a/other")
    assert allowed(rules, "/same")


def test_the_query_belongs_to_what_is_judged() -> None:
    assert not allowed("User-agent: *\nDisallow: /*?session=", "/a?session=1")
    assert allowed("User-agent: *\nDisallow: /*?session=", "/a?page=1")


def test_the_file_itself_may_always_be_read() -> None:
    assert allowed("User-agent: *\nDisallow: /", "/robots.txt")


@pytest.mark.parametrize(
    ("line", "delay"),
    [
        ("Crawl-delay: 5", 5.0),
        ("crawl-delay: 0.5", 0.5),
        ("Crawl-delay: 315360000", MAX_CRAWL_DELAY),
        ("Crawl-delay: " + "9" * 400_000, None),
        ("Crawl-delay: -5", None),
        ("Crawl-delay: inf", None),
        ("Crawl-delay: nan", None),
        ("Crawl-delay: soon", None),
        ("Crawl-delay:", None),
        ("", None),
    ],
)
def test_a_delay_is_read_and_capped(line: str, delay: float | None) -> None:
    assert RobotsRules.parse(f"User-agent: *\n{line}\n".encode()).crawl_delay == delay


def test_a_delay_for_others_is_not_ours() -> None:
    rules = RobotsRules.parse(b"User-agent: other\nCrawl-delay: 5\n\nUser-agent: *\nCrawl-delay: 7\n")

    assert rules.crawl_delay == 7.0


def test_only_the_first_500_kib_are_read_and_of_a_halved_line_nothing() -> None:
    start = b"User-agent: *\nDisallow: /first\n"
    padding = b"#" * (MAX_BYTES - len(start) - len(b"\nDisallow: /h"))
    content = start + padding + b"\nDisallow: /half\nDisallow: /late\n"
    assert content[:MAX_BYTES].endswith(b"Disallow: /h")

    assert not allowed(content, "/first")
    assert allowed(content, "/h")
    assert allowed(content, "/half")
    assert allowed(content, "/late")


def test_of_a_cut_file_the_halved_line_says_nothing() -> None:
    content = b"User-agent: *\nDisallow: /a\nDisallow: /"

    assert RobotsRules.parse(content, cut=True).allows(SITE + "/b")
    assert not RobotsRules.parse(content, cut=True).allows(SITE + "/a")
    assert not RobotsRules.parse(content).allows(SITE + "/b")


def test_what_is_kept_is_what_concerns_us() -> None:
    content = b"".join(b"User-agent: bot%d\nDisallow: /%d\n" % (n, n) for n in range(5000))
    rules = RobotsRules.parse(content + b"User-agent: *\nDisallow: /a # why\n")

    assert rules.text == "disallow: /a"
    assert not RobotsRules(rules.text).allows(SITE + "/a")


HOSTILE = {
    "a name on each line": b"".join(b"user-agent:%d\n" % n for n in range(40_000)),
    "many names times many rules": b"".join(b"user-agent:a%d\n" % n for n in range(16_000))
    + b"user-agent:*\n"
    + b"allow:/x\n" * 20_000,
    "our name on each line": b"user-agent:claims-provenance\n" * 17_000,
    "stars": b"user-agent:*\ndisallow:/" + b"*a" * 240_000,
    "rows of stars": b"user-agent:*\n" + (b"disallow:/" + b"*a" * 400 + b"b$\n") * 600,
    "dollars": b"user-agent:*\n" + b"disallow:/$$$$$\n" * 30_000,
    "broken escapes": b"user-agent:*\n" + b"disallow:/%41%%%2\n" * 28_000,
    "a host that no parser reads": b"user-agent:*\ndisallow: //[\ndisallow: http://[::1\n",
    "NUL": bytes(600_000),
    "not UTF-8": b"\xff\xfe" * 250_000,
    "surrogates": b"user-agent:*\ndisallow:/\xed\xa0\x80\n" * 20_000,
    "one line": b"user-agent:*\ndisallow" + b" " * 490_000 + b"x",
    "separators of other standards": "user-agent:*\u2028disallow:/\x85disallow:/\x0c".encode() * 9_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_read_like_any_other(content: bytes) -> None:
    rules = RobotsRules.parse(content)

    assert isinstance(rules.allows(SITE + "/" + "a" * 3900), bool)
    assert rules.crawl_delay is None


@given(st.binary(max_size=400), st.text(max_size=50))
def test_no_bytes_break_the_reading(content: bytes, path: str) -> None:
    rules = RobotsRules.parse(b"User-agent: *\nDisallow: " + content)

    assert isinstance(rules.allows(f"{SITE}/{path.encode(errors='replace').hex()}"), bool)
    assert RobotsRules(rules.text).text == rules.text


@given(
    st.lists(
        st.sampled_from(
            [
                "User-agent: *",
                "User-agent: claims-provenance",
                "User-agent: other",
                "Disallow: /",
                "Disallow: /a",
                "Disallow:",
                "Allow: /a",
                "Crawl-delay: 3",
                "Sitemap: /s",
                "",
                "junk",
            ]
        ),
        max_size=12,
    )
)
def test_reading_the_kept_lines_again_changes_nothing(lines: list[str]) -> None:
    rules = RobotsRules.parse("\n".join(lines).encode())
    again = RobotsRules.parse(f"User-agent: *\n{rules.text}".encode())

    assert again == rules
