"""A source that tries to run something wherever its words are shown."""

from django.contrib.auth.models import User

from claims.intake import Recorded
from sources.models import Agent, Snapshot, Source
from tests.factories import chain, paper, see, stated

SCRIPT = "<script>alert(1)</script>"
WORDS = f"\"'>{SCRIPT}<img src=x onerror=alert(1)><svg onload=alert(1)> \u202eevil\u2066 {{{{7*7}}}}"
# What a reader must see of them: all of it, with its invisible characters made visible.
SHOWN = f"\"'>{SCRIPT}<img src=x onerror=alert(1)><svg onload=alert(1)> ⟨U+202E⟩evil⟨U+2066⟩ {{{{7*7}}}}"
# The words that can be quoted: under an override (U+202E) no quote is found, within an embedding (U+202B) it is.
QUOTE = WORDS.replace("\u202e", "\u202b")
QUOTE_SHOWN = SHOWN.replace("202E", "202B")


def record(*, by: User) -> tuple[Recorded, Snapshot]:
    """A claim, its source, publisher, title, quote, address and page text, all of them hostile."""
    recorded = chain(
        stated(
            "evil",
            url=f"https://evil.example/?q={WORDS}",
            title=WORDS,
            quote=QUOTE,
            publisher=paper(WORDS),
            claimant=paper(f"{WORDS} again"),
        ),
        stated("follower", "evil"),
        text=f"It is {WORDS} so",
        by=by,
    )
    source = recorded.appearances["evil"].source
    words, quote = (text.replace("&", "&amp;").replace("<", "&lt;") for text in (WORDS, QUOTE))
    page = f"<!doctype html><title>{words}</title><p>Before {quote} after.</p><p>Beside {words} too.</p>"
    return recorded, see(source, page)


def make_links_run(source: Source) -> None:
    """Give the source an address that no door of the service would take, as if one had."""
    Source.objects.filter(pk=source.pk).update(url="javascript:alert(1)//https://evil.example/")
    Agent.objects.filter(published=source).update(name=WORDS)
