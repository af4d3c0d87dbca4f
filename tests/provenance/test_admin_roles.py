"""The four roles of the admin: what each may do, as a table, and what the rights of a role follow from."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from claims.intake import Recorded
from claims.models import Appearance, Claim, Derivation
from claims.permissions import is_curator, may_decide, may_publish, sees_all
from claims.vocabulary import DerivationState
from provenance.partners import keys
from provenance.partners.models import Partner
from provenance.roles import Role, grant, grant_curation, install_after_migrate
from sources.models import Agent, Capture, Source
from tests.factories import chain, repeats, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

Act = Callable[[Browser, Recorded], Any]


def _in(role: Role | None) -> Browser:
    account = User.objects.create_user(str(role or "nobody"))
    if role:
        grant(account, role)
    return Browser(User.objects.get(pk=account.pk))


@pytest.fixture
def draft(stranger: User) -> Recorded:
    """A stranger's draft, all of which waits: its study, and a paper that is suggested to repeat it."""
    suggested = repeats("study", state=DerivationState.SUGGESTED)
    recorded = chain(stated("study"), stated("paper", derived_from=(suggested,)), by=stranger)
    see(recorded.appearances["study"].source, "A page.")
    Appearance.objects.update(published=False)
    keys.create_partner("The Herald")
    return recorded


def _rows(recorded: Recorded) -> dict[str, int]:
    """The rows that a path or field can name, by id."""
    study, paper = recorded.appearances["study"], recorded.appearances["paper"]
    return {
        "claim": recorded.claim.pk,
        "appearance": study.pk,
        "paper": paper.pk,
        "derivation": recorded.derivations[0].pk,
        "source": study.source_id,
    }


def _opens(path: str) -> Act:
    def opened(browser: Browser, recorded: Recorded) -> bool:
        page = browser.open(path.format(**_rows(recorded)))
        # Who does not see a row, or may not log in, is sent elsewhere.
        return page.status == 200 and not page.response.redirect_chain

    return opened


def _writes(path: str, happened: Callable[[Recorded], bool], **filled: Any) -> Act:
    """Send the form, whether or not the page offers it: what counts is what was written."""

    def write(browser: Browser, recorded: Recorded) -> bool:
        rows = _rows(recorded)
        place = path.format(**rows)
        given = {
            name: value.format(**rows) if isinstance(value, str) else value for name, value in filled.items()
        }
        page = browser.open(place)
        offered = page.form().fields if page.status == 200 and "<form" in page.html else {}
        browser.post(place, **{**offered, **given})
        return happened(recorded)

    return write


def _claim(recorded: Recorded) -> Claim:
    return Claim.objects.get(pk=recorded.claim.pk)


def _study(recorded: Recorded) -> Appearance:
    return Appearance.objects.get(pk=recorded.appearances["study"].pk)


def _suggestion(recorded: Recorded) -> Derivation:
    return Derivation.objects.get(pk=recorded.derivations[0].pk)


SEES: dict[str, Act] = {
    "sees drafts": _opens("claims/claim/{claim}/change/"),
    "sees what waits": _opens("claims/appearance/{appearance}/change/"),
    "sees suggestions": _opens("claims/derivation/{derivation}/change/"),
    "sees sources of drafts": _opens("sources/source/{source}/change/"),
    "sees the review list": _opens("claims/derivation/review/"),
    "sees the log": _opens("claims/change/"),
}
EDITS: dict[str, Act] = {
    "adds a claim": _writes(
        "claims/claim/add/", lambda _: Claim.objects.filter(text="New.").exists(), text="New."
    ),
    "edits a claim": _writes(
        "claims/claim/{claim}/change/", lambda recorded: _claim(recorded).text == "Other.", text="Other."
    ),
    "adds an appearance": _writes(
        "claims/appearance/add/?claim={claim}",
        lambda recorded: Source.objects.filter(url="https://new.example/").exists(),
        claim="{claim}",
        url="https://new.example/",
        stance="support",
    ),
    "adds an appearance on the claim's page": _writes(
        "claims/claim/{claim}/change/",
        lambda recorded: Source.objects.filter(url="https://new.example/").exists(),
        **{"new_appearances-0-url": "https://new.example/"},
    ),
    "edits an appearance": _writes(
        "claims/appearance/{appearance}/change/",
        lambda recorded: _study(recorded).stance == "deny",
        stance="deny",
    ),
    "adds a derivation": _writes(
        "claims/claim/{claim}/change/",
        lambda recorded: recorded.claim.derivations.filter(kind="citation").exists(),
        **{
            "new_derivations-0-derived": "{appearance}",
            "new_derivations-0-origin": "{paper}",
            "new_derivations-0-kind": "citation",
        },
    ),
    "edits a suggestion": _writes(
        "claims/derivation/{derivation}/change/",
        lambda recorded: _suggestion(recorded).kind == "quotation",
        kind="quotation",
    ),
    "edits a source": _writes(
        "sources/source/{source}/change/",
        lambda recorded: Source.objects.filter(title="Other.").exists(),
        title="Other.",
    ),
    "adds an agent": _writes(
        "sources/agent/add/",
        lambda _: Agent.objects.filter(name="The Post").exists(),
        name="The Post",
        kind="newspaper",
    ),
    "has a source captured again": _writes(
        "sources/source/{source}/capture_again/",
        lambda recorded: Capture.objects.open().filter(source=_rows(recorded)["source"]).exists(),
    ),
}
DECIDES: dict[str, Act] = {
    "has a page fetched despite its robots.txt": _writes(
        "sources/source/{source}/capture_despite_robots/",
        lambda recorded: Capture.objects.filter(
            source=_rows(recorded)["source"], ignore_robots=True
        ).exists(),
    ),
    "publishes": _writes(
        "claims/claim/{claim}/publish/", lambda recorded: _claim(recorded).status == "published"
    ),
    "withdraws a claim": _writes(
        "claims/claim/{claim}/withdraw/", lambda recorded: _claim(recorded).status == "withdrawn", why="So."
    ),
    "accepts": _writes("claims/appearance/{appearance}/accept/", lambda recorded: _study(recorded).published),
    "accepts several": _writes(
        "claims/appearance/",
        lambda recorded: _study(recorded).published,
        action="accept_chosen",
        _selected_action="{appearance}",
        answered="yes",
    ),
    "vouches": _writes(
        "claims/appearance/{appearance}/vouch/",
        lambda recorded: _study(recorded).vouched_why == "Seen.",
        why="Seen.",
    ),
    "withdraws an appearance": _writes(
        "claims/appearance/{appearance}/withdraw/",
        lambda recorded: _study(recorded).withdrawn_why == "So.",
        why="So.",
    ),
    "confirms": _writes(
        "claims/derivation/{derivation}/confirm/", lambda recorded: _suggestion(recorded).state == "confirmed"
    ),
    "rejects": _writes(
        "claims/derivation/{derivation}/reject/",
        lambda recorded: _suggestion(recorded).state == "rejected",
        why="So.",
    ),
    "rejects several": _writes(
        "claims/derivation/",
        lambda recorded: _suggestion(recorded).state == "rejected",
        action="reject_chosen",
        _selected_action="{derivation}",
        answered="yes",
        why="So.",
    ),
}
RUNS: dict[str, Act] = {
    "sees accounts": _opens("auth/user/"),
    "adds an account": _writes(
        "auth/user/add/",
        lambda _: User.objects.filter(username="new").exists(),
        username="new",
        usable_password="true",
        password1="a long new word 1",
        password2="a long new word 1",
    ),
    "adds a partner": _writes(
        "partners/partner/add/", lambda _: Partner.objects.filter(name="The Post").exists(), name="The Post"
    ),
    "sees keys": _opens("partners/apikey/"),
}
ACTIONS = {**SEES, **EDITS, **DECIDES, **RUNS}
MAY = {
    None: frozenset[str](),
    Role.VIEWER: frozenset(SEES),
    Role.EDITOR: frozenset({*SEES, *EDITS}),
    Role.CURATOR: frozenset({*SEES, *EDITS, *DECIDES}),
    Role.ADMIN: frozenset(ACTIONS),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", MAY)
def test_role_may_do_what_the_table_says_and_nothing_else(
    role: Role | None, action: str, draft: Recorded
) -> None:
    assert ACTIONS[action](_in(role), draft) == (action in MAY[role])


# --- editors --------------------------------------------------------------------------------------------------------


def test_what_an_editor_adds_waits_for_a_curator_also_on_a_claim_of_their_own() -> None:
    browser = _in(Role.EDITOR)
    browser.send("claims/claim/add/", text="Mine.")
    mine = Claim.objects.get(text="Mine.")
    page = f"claims/claim/{mine.pk}/change/"
    for url in ("https://a.example/", "https://b.example/"):
        browser.send(page, **{"new_appearances-0-url": url})
    first, second = mine.appearances.all()
    browser.send(
        page,
        **{
            "new_derivations-0-derived": second.pk,
            "new_derivations-0-origin": first.pk,
            "new_derivations-0-kind": "repetition",
            "new_derivations-0-first_state": "confirmed",
        },
    )

    assert mine.status == "draft"
    assert [appearance.published for appearance in mine.appearances.all()] == [False, False]
    assert mine.derivations.get().state == DerivationState.SUGGESTED
    assert browser.post(f"claims/derivation/{mine.derivations.get().pk}/confirm/").status == 403
    assert browser.post(f"claims/claim/{mine.pk}/publish/").status == 403


def test_derivation_that_was_decided_on_is_not_an_editor_s_to_change(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    [decided] = recorded.derivations
    browser = _in(Role.EDITOR)
    assert browser.post(f"claims/derivation/{decided.pk}/change/", kind="citation").status == 403

    page = browser.send(f"claims/claim/{recorded.claim.pk}/change/", **{"derivations-0-kind": "citation"})

    decided.refresh_from_db()
    assert "This derivation was decided on." in page.text
    assert decided.kind == "repetition"


# --- rights ---------------------------------------------------------------------------------------------------------


def test_partner_decides_on_its_own_claims_and_sees_no_drafts_of_others(owner: User, stranger: User) -> None:
    mine, theirs = chain(stated("a"), by=owner).claim, chain(stated("b"), by=stranger).claim

    assert (may_decide(owner, mine), may_decide(owner, theirs)) == (True, False)
    assert (sees_all(owner), is_curator(owner), may_publish(stranger)) == (False, False, False)


def test_curation_is_granted_by_the_group_alone() -> None:
    account = User.objects.create_user("cora")
    grant_curation(account)

    account = User.objects.get(pk=account.pk)
    assert ([group.name for group in account.groups.all()], account.is_staff) == (["curator"], True)
    assert not account.user_permissions.exists()
    assert is_curator(account)


def test_rights_of_a_role_are_those_of_the_code_again_after_a_migrate() -> None:
    viewers = Group.objects.get(name="viewer")
    rights = set(viewers.permissions.all())
    viewers.permissions.set(Permission.objects.filter(codename="curate_claim"))

    call_command("migrate", verbosity=0)

    assert set(viewers.permissions.all()) == rights
    assert {group.name for group in Group.objects.all()} == set(Role)
    install_after_migrate(using="default")
    assert set(viewers.permissions.all()) == rights


# --- accounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "linked"), [(Role.CURATOR, False), (Role.ADMIN, True)])
def test_accounts_are_links_only_for_those_who_may_open_them(
    role: Role, *, linked: bool, owner: User
) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    browser = _in(role)

    for kind in ("claim", "appearance", "derivation"):
        page = browser.open(f"claims/{kind}/{_row_of(recorded, kind)}/change/")
        assert "the-owner" in page.text, kind
        assert (f"/admin/auth/user/{owner.pk}/change/" in page.links) == linked, kind


def _row_of(recorded: Recorded, kind: str) -> int:
    rows = {
        "claim": recorded.claim,
        "appearance": recorded.appearances["a"],
        "derivation": recorded.derivations[0],
    }
    return int(rows[kind].pk)


def test_rights_of_a_role_are_not_changed_by_hand() -> None:
    browser, viewers = _in(Role.ADMIN), Group.objects.get(name="viewer")

    assert browser.post(f"auth/group/{viewers.pk}/change/", name="viewer", permissions=[]).status == 403
    assert browser.post(f"auth/group/{viewers.pk}/delete/", post="yes").status == 403
    browser.act("auth/group/", "delete_selected", viewers.pk)
    assert Group.objects.filter(pk=viewers.pk).exists()
