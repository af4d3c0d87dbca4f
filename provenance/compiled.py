"""Lists of objects over GraphQL by functions that are composed once for a selection, instead of field by field.

graphql-core walks from field to field anew for each item of a list, and that walk is most of what a tree costs. Here
the selection of a list becomes one function when the first item is met: names, fragments and directives are resolved,
how a field is read (`readings`) and a leaf is written (`leaves`) is decided once (`composed`). Fields without a reading
are executed by graphql-core, one by one, inside the same list.

Answers are those of the stock executor, byte for byte, with the same errors in the same order, and resolvers are
called in the same order with the same arguments. docs/execution.md tells the next owner how to keep it so.
"""

from functools import partial
from typing import Any

from graphql import GraphQLList, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from provenance.composed import AwaitableMet, Complete, Place


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, but for lists of objects. Of one answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lists: dict[tuple[int, int], tuple[FieldDetailsList, Complete | None]] = {}
        self._plain: set[type] = set()  # types of values that were met, neither errors nor awaitable
        self._composes = self._nothing_comes_between()

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list by a composed function if there is one, else as ever."""
        as_ever = partial(
            super().complete_list_value, return_type, field_details_list, info, path, result, position_context
        )
        if not self._composes or not isinstance(result, list | tuple):
            return as_ever()
        complete = self._composed(return_type, field_details_list, info)
        return as_ever() if complete is None else self._by(complete, result, path, as_ever)

    def _by(self, complete: Complete, result: Any, path: Path, as_ever: partial[Any]) -> Any:
        before, met = self.collected_errors, CollectedErrors()
        self.collected_errors = met
        try:
            return complete(result, path)
        except AwaitableMet:
            # Nothing of this time counts: only the stock executor can await, and it begins again.
            met = CollectedErrors()
            self._composes = False
        finally:
            self.collected_errors = before
            before.errors.extend(met.errors)
        return as_ever()

    def _composed(
        self, return_type: GraphQLList[Any], details: FieldDetailsList, info: GraphQLResolveInfo[Any]
    ) -> Complete | None:
        key = (id(return_type), id(details))
        if key not in self._lists:
            place = Place(self, info.parent_type, details, self._plain)
            # The details are kept beside it, so that no other list comes to have their id.
            self._lists[key] = (details, place.completer(return_type) if place.is_known else None)
        return self._lists[key][1]

    def _nothing_comes_between(self) -> bool:
        """Whether values go from resolvers into the answer with nobody else asked."""
        schema: Any = self.schema
        incremental = schema.get_directive("defer") or schema.get_directive("stream")
        middleware = self.middleware_manager and self.middleware_manager.middlewares
        handlers = schema._strawberry_schema.exception_handlers  # noqa: SLF001 - strawberry's own way to it
        return not (incremental or middleware or handlers or self.abort_signal)
