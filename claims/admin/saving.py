"""Saving a claim's page: the claim, its tables and what was added to them, as one write that is refused as a whole.

The parts are written in the order of the locks that `claims.changes` names, not in that of the page: what names agents
and sources first, then what needs the turn of a source, then what needs the claim alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.contrib.auth.models import User

from claims import anchoring, changes, derivations, intake
from claims.admin.tables import AppearanceRow, DerivationRow, NewAppearanceRow, NewDerivationRow
from claims.admin.writing import as_errors, error_of
from claims.models import Claim
from claims.refusals import Refused
from claims.stated import StatedChain
from sources.admin.forms import RowForm, RowRefused

_Row = TypeVar("_Row", bound=RowForm)


def save_page(claim: Claim, form: Any, formsets: Iterable[Any], *, by: User) -> None:
    """Write what was changed on the page. Raises ValidationError, of a row as `RowRefused`, with nothing written."""
    rows = [row for formset in formsets for row in formset.forms if row.has_changed()]
    added, drawn = _of(NewAppearanceRow, rows), _of(NewDerivationRow, rows)
    appearances, drawn_before = _of(AppearanceRow, rows), _of(DerivationRow, rows)
    turns = [row.cleaned_data["derived"].source_id for row in drawn]
    turns += [row.instance.derived.source_id for row in drawn_before]
    with changes.write(by=by):
        if added:
            _add(claim, added, turns=turns, by=by)
        else:
            anchoring.due(turns)
        _edit_claim(claim, form, by=by)
        for appearance in appearances:
            with _refused_at(appearance, blamed="stance"):
                intake.edit_appearance(appearance.instance, by=by, **_changed(appearance))
        for derivation in drawn_before:
            with _refused_at(derivation, blamed="kind"):
                derivations.edit(derivation.instance, by=by, **_changed(derivation))
        for new in drawn:
            ends = new.cleaned_data["derived"], new.cleaned_data["origin"]
            with _refused_at(new, blamed="origin"):
                derivations.derive(*ends, new.stated(), by=by)


def _of(kind: type[_Row], rows: Iterable[RowForm]) -> list[_Row]:
    return [row for row in rows if isinstance(row, kind)]


def _add(claim: Claim, rows: Sequence[NewAppearanceRow], *, turns: Iterable[int], by: User) -> None:
    """Several new ones are one chain: a path in a refusal leads to the row by its place."""
    chain = StatedChain(slug=claim.slug, appearances=tuple(row.stated() for row in rows))
    try:
        intake.record_chain(chain, by=by, turns=turns)
    except Refused as refused:
        place = next((part for part in refused.path if isinstance(part, int)), 0)
        named = [part for part in refused.path if isinstance(part, str) and part in rows[place].fields]
        refused.path = tuple(named[-1:])
        raise RowRefused(error_of(refused, blamed="url"), prefix=rows[place].prefix) from None


def _edit_claim(claim: Claim, form: Any, *, by: User) -> None:
    facts = _changed(form)
    if facts:
        with as_errors():
            intake.edit_claim(claim, by=by, parties=facts.pop("parties", None), **facts)


def _changed(form: Any) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.changed_data}


@contextmanager
def _refused_at(row: RowForm, *, blamed: str) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise RowRefused(error_of(refused, blamed=blamed), prefix=row.prefix) from None
