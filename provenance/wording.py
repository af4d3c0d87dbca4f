"""What the numbers of a tree are called in plain words: the one place where pages get their sentences from.

Functions of values, without queries. Readers are told a range and the reasons for it, never a score.
"""

from collections.abc import Iterable

from claims.independence import Bottleneck, Independence
from claims.leaning import Share
from claims.shown import AppearanceView, Evidence, Tree
from claims.vocabulary import EvidenceState, Stance, UnresolvedReason
from sources.dates import PartialDate
from sources.models import Comparison
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState, PageChange

_NAMED_AT_MOST = 3
# Below half of a side, what rests on one appearance is no news about the whole.
_WORTH_SAYING = 0.5

_WORKS = {
    AgentKind.NEWS_AGENCY: "news agency report",
    AgentKind.NEWSPAPER: "newspaper report",
    AgentKind.BROADCASTER: "broadcast report",
    AgentKind.MAGAZINE: "magazine report",
    AgentKind.GOVERNMENT: "government statement",
    AgentKind.EMBASSY: "embassy statement",
    AgentKind.COMPANY: "company statement",
    AgentKind.RESEARCH_BODY: "study",
    AgentKind.PERSON: "person’s statement",
    AgentKind.PLATFORM: "platform’s statement",
    AgentKind.ORGANISATION: "organisation’s statement",
    AgentKind.OTHER: "source",
}

_OPEN_BECAUSE = {
    UnresolvedReason.RETRACTED: "{} was retracted by its own agent.",
    UnresolvedReason.UNNAMED: "{} leads to a voice that nobody names.",
    UnresolvedReason.PENDING: "{} may rest on another: that is suggested, and not decided.",
    UnresolvedReason.UNREAD: "No snapshot shows the words of {}, and nobody vouches for them.",
}

_EVIDENCE = {
    EvidenceState.UNANCHORED: "not anchored",
    EvidenceState.ANCHORED: "anchored",
    EvidenceState.AMBIGUOUS: "ambiguous",
    EvidenceState.CHANGED: "changed since",
    EvidenceState.MISSING: "missing now",
}

_CHANGES = {
    PageChange.FIRST: "first seen",
    PageChange.SAME_BYTES: "unchanged",
    PageChange.SAME_TEXT: "text unchanged",
    PageChange.COSMETIC: "small change, same words",
    PageChange.SUBSTANTIVE: "changed",
    PageChange.BLOCKED: "not the page",
    PageChange.UNREADABLE: "not readable",
}

# In English whatever the server's locale; index 0 is no month.
_MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def counted(count: int, singular: str, plural: str = "") -> str:
    """`1 report`, `14 reports`, `1,000 denials`, `no denials`."""
    word = singular if count == 1 else plural or f"{singular}s"
    return f"{count:,} {word}" if count else f"no {word}"


def named(names: Iterable[str]) -> str:
    """`A`, `A and B`, `A, B and C`, or `A, B, C and 2 others`; a name that comes twice is given once."""
    different = list(dict.fromkeys(names))
    shown, rest = different[:_NAMED_AT_MOST], len(different) - _NAMED_AT_MOST
    if rest > 0:
        shown.append(f"{rest} other{'s' if rest > 1 else ''}")
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


# --- the numbers of a claim -----------------------------------------------------------------------------------------


def headline(support: Independence) -> str:
    """`14 reports, 1 established origin`: the supporting side, and how many origins are established behind it."""
    reports = counted(support.appearance_count, "report")
    if not support.appearance_count:
        return "No reports yet"
    return f"{reports}, {counted(support.established_origin_count, 'established origin')}"


def origin_range(support: Independence) -> str:
    """`1 to 2 independent origins`, from the established to the most there can be; `1 independent origin` if equal."""
    low, high = support.established_origin_count, support.independent_origin_count
    if low == high:
        return counted(high, "independent origin")
    return f"{low:,} to {counted(high, 'independent origin')}"


def headline_with_range(support: Independence) -> str:
    """`14 reports, 1 to 2 independent origins`: the headline where there is no room for what makes the range."""
    if not support.appearance_count:
        return headline(support)
    return f"{counted(support.appearance_count, 'report')}, {origin_range(support)}"


def main_bottleneck(support: Independence) -> Bottleneck | None:
    """What most of the side goes through: the largest that is no origin, else the largest origin.

    None where no appearance has at least half of the others resting on it.
    """
    large = [found for found in support.bottlenecks if found.share >= _WORTH_SAYING]
    below_origins = (found for found in large if found.appearance not in support.roots)
    return next(below_origins, large[0] if large else None)


def bottleneck_sentence(tree: Tree) -> str | None:
    """`13 of 14 rest on one newspaper report, itself included.`, about `main_bottleneck`; None if there is none."""
    support = tree.independence()
    found = main_bottleneck(support)
    if found is None:
        return None
    view, total = tree.by_id[found.appearance], support.appearance_count
    is_counted = view.stance is Stance.SUPPORT
    if found.appearance in support.roots:
        which = "the origin" if support.origin_count == 1 else "one of the origins"
        others = "other " if is_counted else ""
        return f"{_share(found.dependent_count, total - is_counted, others)} on one {_work(view)}, {which}."
    included = ", itself included" if is_counted else ""
    return f"{_share(found.dependent_count + is_counted, total)} on one {_work(view)}{included}."


def _share(part: int, whole: int, others: str = "") -> str:
    """`13 of 14 rest`, `All 5 rest`, `All 5 other reports rest`, `The only other report rests`."""
    if whole == 1:
        return f"The only {others}report rests"
    if part < whole:
        return f"{part:,} of {whole:,} {others}{'reports ' if others else ''}rest"
    return f"All {whole:,} {others}{'reports ' if others else ''}rest"


def _work(view: AppearanceView) -> str:
    publisher = view.source.publisher
    return _WORKS[publisher.kind] if publisher else "source"


def open_origins_heading(support: Independence) -> str:
    """`1 origin not established`, `No open origin`: what lies between the two ends of the range."""
    open_count = support.independent_origin_count - support.established_origin_count
    if not open_count:
        return "No open origin"
    return f"{counted(open_count, 'origin')} not established"


def open_origins_sentence(tree: Tree) -> str:
    """Which origins are not established, and why: one sentence for each, at most three."""
    support = tree.independence()
    unresolved = {root for root, _ in support.unresolved}
    # A root that counts as one with an established one takes nothing from the range.
    apart = {root for origin in support.origins if unresolved.issuperset(origin) for root in origin}
    sentences = [
        _OPEN_BECAUSE[reason].format(tree.by_id[root].label)
        for root, reason in support.unresolved
        if root in apart
    ]
    shown = list(dict.fromkeys(sentences))
    if len(shown) > _NAMED_AT_MOST:
        shown[_NAMED_AT_MOST:] = [f"So it is with {len(shown) - _NAMED_AT_MOST:,} more."]
    if not shown:
        return "Every origin is established." if support.origin_count else "No origin is known yet."
    return " ".join(shown)


def denials_heading(tree: Tree) -> str:
    """`3 denials`, `No denials`."""
    heading = counted(tree.independence(Stance.DENY).appearance_count, "denial")
    return heading[0].upper() + heading[1:]


def denials_sentence(tree: Tree) -> str:
    """Who denies the claim: `By the speakers named.`"""
    speakers = [_speaker(node) for node in tree.nodes if node.stance is Stance.DENY and node.published]
    return f"By {named(speakers)}." if speakers else "Nobody has denied it in what is recorded here."


def _speaker(view: AppearanceView) -> str:
    agent = view.claimant or view.source.publisher
    return agent.name if agent else view.label


def leaning_sentence(share: Share, others: int, *, has_own: bool, side: Stance) -> str:
    """How many of a side's other appearances pass through a source; empty of a side that it has no part in.

    `others` are the side's appearances in other sources; `has_own` says whether the source itself takes this side.
    """
    word = "report" if side is Stance.SUPPORT else "denial"
    if not others:
        return f"It is the only {word} recorded." if has_own else ""
    whole = counted(others, f"other {word}" if has_own else word)
    if share.dependent_count:
        verb = "passes" if share.dependent_count == 1 else "pass"
        percent = max(1, int(100 * share.share))
        return f"{share.dependent_count:,} of {whole} ({percent} %) {verb} through it on every chain to an origin."
    return f"None of {whole} passes through it on every chain to an origin." if has_own else ""


def first_seen(tree: Tree) -> str | None:
    """The day of the first dated appearance, `28 February 2021` or as precise as it is; None if none is dated.

    The first is the one that was surely there the earliest: a month may mean its last day.
    """
    dates = [PartialDate.parse(node.said_at) for node in tree.nodes if node.said_at and node.published]
    if not dates:
        return None
    return day_words(min(dates, key=lambda date: (date.span.latest, date.text)).text)


# --- evidence, captures, dates --------------------------------------------------------------------------------------


def evidence_word(
    evidence: Evidence, state: CaptureState | None = None, outcome: CaptureOutcome | None = None
) -> str:
    """What our snapshots show of a quote; where there is none yet, how far its source's newest capture has come."""
    was_captured = outcome in (CaptureOutcome.CAPTURED, CaptureOutcome.CAPTURED_TRUNCATED)
    if evidence.state is EvidenceState.UNANCHORED and state is not None and not was_captured:
        return capture_word(state, outcome)
    if evidence.state is EvidenceState.MISSING and evidence.quote is None:
        return "quote not found"
    return _EVIDENCE[evidence.state]


def capture_word(state: CaptureState, outcome: CaptureOutcome | None = None) -> str:
    """Where a capture stands, or how it ended."""
    return outcome.words if outcome else state.words


def change_words(comparison: Comparison | None) -> str:
    """How a snapshot differs from the one before; of what is not the page, why nobody takes it for it."""
    if comparison is None:
        return "not read yet"
    words = _CHANGES[PageChange(comparison.change)]
    return f"{words} ({comparison.reason})" if comparison.reason else words


def date_words(text: str) -> str:
    """A stated date in words, exactly as precise: `2021`, `February 2021`, `28 February 2021, 22:10 UTC+05:30`."""
    day, _, clock = text.partition("T")
    if not clock:
        return _day(day)
    zone = "UTC" if clock.endswith(("Z", "+00:00", "-00:00")) else f"UTC{clock[-6:].replace('-', '−')}"
    return f"{_day(day)}, {clock[:5]} {zone}"


def day_words(text: str) -> str:
    """The same without a time of day."""
    return _day(text.partition("T")[0])


def _day(text: str) -> str:
    year, month, day = [*text.split("-"), "", ""][:3]
    return " ".join(filter(None, [day.lstrip("0"), _MONTHS[int(month or 0)], year]))
