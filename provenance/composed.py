"""Functions that complete the values of one selection, composed of those of its fields.

Each does what graphql-core does between a value and its place in the answer, in the same order, and leaves to
graphql-core whatever is out of the ordinary: a value of another type than it should have, an error, a null where
there must be none.
"""

from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from operator import attrgetter
from types import GeneratorType
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import invalid_return_type_error, to_nodes
from graphql.pyutils import Path
from strawberry.relay import Node
from strawberry.relay.utils import to_base64
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from provenance.leaves import Leaf, leaf
from provenance.readings import Attribute, Call, Constant, NodeId, ignores, is_async, reading

# Of a value, or what it is read from, and the path to it: what it is in the answer.
Complete = Callable[[Any, Path], Any]
# Of an object and the path to it: the completed value of one of its fields.
Execute = Callable[[Any, Path], Any]

# Path is a named tuple, whose own constructor takes twice as long.
_path: Callable[[tuple[Path | None, str | int, str | None]], Path] = partial(tuple.__new__, Path)


class AwaitableMet(BaseException):
    """A resolver gave something to await. Not an Exception: no field may take it for an error of its own."""


class Place:
    """A field of an object type as a selection has it: how it is read, and how its values are completed."""

    def __init__(
        self,
        executor: StrawberryGraphQLCoreExecutionContext,
        parent_type: GraphQLObjectType,
        details: FieldDetailsList,
        plain: set[type],
    ) -> None:
        node = details[0].node
        field_def = executor.schema.get_field(parent_type, node.name.value)
        assert field_def is not None  # noqa: S101 - a validated document asks for no other
        self._executor = executor
        self._parent_type = parent_type
        self._field_def: GraphQLField = field_def
        self._details = details
        self._plain = plain
        self._missing = f"Cannot return null for non-nullable field {parent_type}.{node.name.value}."
        self.key = node.alias.value if node.alias else node.name.value

    @property
    def is_known(self) -> bool:
        """Whether its values can be completed here: not where a type is found out only then, or asks for info."""
        named: Any = get_named_type(self._field_def.type)
        if is_object_type(named):
            test = named.is_type_of
            return test is None or (ignores(test, 1) and not iscoroutinefunction(test))
        return is_leaf_type(named)

    def completer(self, of_type: Any) -> Complete:
        """What completes a value of this type here."""
        required = isinstance(of_type, GraphQLNonNull)
        nullable = of_type.of_type if required else of_type
        absent = partial(self._absent, required)
        if isinstance(nullable, GraphQLList):
            return self._list_completer(of_type, nullable.of_type, absent)
        if is_leaf_type(nullable):
            return self._leaf_completer(of_type, nullable, absent)
        return self._object_completer(nullable, absent)

    def executed(self) -> Execute:
        """What executes this field of an object. Raises `AwaitableMet` if it is a coroutine's."""
        if is_async(self._field_def):
            raise AwaitableMet
        how = reading(self._parent_type, self._field_def) if self.is_known else None
        match how:
            case Constant(value):
                return lambda _source, _path: value
            case NodeId(attribute):
                return self._by_id(attribute)
            case Attribute(name):
                return self._by_attribute(name)
            case Call(function, None, _):
                return self._by_call(lambda source, _here: function(source))
            case Call(function, str(name), field):
                return self._by_call(self._telling(function, name, field))
        return self._by_stock()

    # --- how a field is read --------------------------------------------------------------------------------------

    def _by_attribute(self, name: str) -> Execute:
        get, complete = attrgetter(name), self.completer(self._field_def.type)
        key, parent, failed = self.key, self._parent_type.name, self._failed
        named: Any = get_nullable_type(self._field_def.type)
        written = leaf(named) if is_leaf_type(named) else Leaf()
        of, names = None if written.fits else written.of, written.names

        def execute(source: Any, path: Path) -> Any:
            try:
                return complete(get(source), _path((path, key, parent)))
            except Exception as error:
                return failed(error, _path((path, key, parent)))

        def execute_as_it_is(source: Any, path: Path) -> Any:
            try:
                value = get(source)
                return value if type(value) is of else complete(value, _path((path, key, parent)))
            except Exception as error:
                return failed(error, _path((path, key, parent)))

        def execute_by_name(source: Any, path: Path) -> Any:
            try:
                value = get(source)
                return names[value] if type(value) is of else complete(value, _path((path, key, parent)))  # type: ignore[index]
            except Exception as error:
                return failed(error, _path((path, key, parent)))

        if of is None:
            return execute
        return execute_by_name if names is not None else execute_as_it_is

    def _by_call(self, call: Callable[[Any, Path], Any]) -> Execute:
        complete = self.completer(self._field_def.type)
        key, parent, failed = self.key, self._parent_type.name, self._failed

        def execute(source: Any, path: Path) -> Any:
            here = _path((path, key, parent))
            try:
                return complete(call(source, here), here)
            except Exception as error:
                return failed(error, here)

        return execute

    def _telling(self, function: Callable[..., Any], name: str, field: StrawberryField) -> Complete:
        """A call of a resolver that asks where in the answer it is."""
        schema: Any = self._executor.schema
        make = schema._strawberry_schema.config.info_class  # noqa: SLF001 - strawberry's own way to it
        return lambda source, here: function(source, **{name: make(_raw_info=self._info(here), _field=field)})

    def _by_id(self, attribute: str) -> Execute:
        get, name, as_ever = attrgetter(attribute), self._parent_type.name, self._by_stock()

        def execute(source: Any, path: Path) -> Any:
            try:
                number = None if isinstance(source, Node) else get(source)
            except Exception:
                number = None
            return to_base64(name, number) if type(number) is int else as_ever(source, path)

        return execute

    def _by_stock(self) -> Execute:
        execute_field, settled = self._executor.execute_field, self._settled
        parent_type, details, key = self._parent_type, self._details, self.key

        def execute(source: Any, path: Path) -> Any:
            here = _path((path, key, parent_type.name))
            return settled(execute_field(parent_type, source, details, here, None))

        return execute

    # --- how a value is completed ---------------------------------------------------------------------------------

    def _leaf_completer(self, of_type: Any, nullable: Any, absent: Callable[[], None]) -> Complete:
        written, coerce, plain, otherwise = (
            leaf(nullable),
            nullable.coerce_output_value,
            self._plain,
            self._otherwise,
        )
        of, names, fits = written.of, written.names, written.fits

        def complete(value: Any, path: Path) -> Any:
            if type(value) is of:
                if names is not None:
                    return names[value]
                if fits is None or fits(value):
                    return value
            elif value is None or value is Undefined:
                return absent()
            elif of is None and type(value) in plain:
                coerced = coerce(value)
                if coerced is not None and coerced is not Undefined:
                    return coerced
            return otherwise(of_type, value, path)

        return complete

    def _object_completer(self, object_type: GraphQLObjectType, absent: Callable[[], None]) -> Complete:
        plain, admit, details = self._plain, self._admit, self._details
        is_type_of: Any = object_type.is_type_of
        fields: list[tuple[str, Execute]] | None = None

        def complete(value: Any, path: Path) -> Any:
            nonlocal fields
            if value is None or value is Undefined:
                return absent()
            if type(value) not in plain:
                admit(value)
            if is_type_of is not None:
                is_it = is_type_of(value, None)
                if is_it is not True:
                    admit(is_it)
                    if not is_it:
                        raise invalid_return_type_error(object_type, value, details)
            if fields is None:
                fields = self._fields(object_type)
            return {key: execute(value, path) for key, execute in fields}

        return complete

    def _list_completer(self, of_type: Any, item_type: Any, absent: Callable[[], None]) -> Complete:
        complete_item, otherwise = self.completer(item_type), self._otherwise
        handle, details = self._executor.handle_field_error, self._details

        def complete(values: Any, path: Path) -> Any:
            if not isinstance(values, list | tuple):
                return absent() if values is None else otherwise(of_type, values, path)
            completed = []
            for index, value in enumerate(values):
                here = _path((path, index, None))
                try:
                    completed.append(complete_item(value, here))
                except Exception as error:
                    handle(error, item_type, details, here)
                    completed.append(None)
            return completed

        return complete

    def _fields(self, object_type: GraphQLObjectType) -> list[tuple[str, Execute]]:
        """The fields of the selection on values of this type. Raises what graphql-core refuses a selection for."""
        collected = self._executor.collect_subfields(object_type, self._details)
        places = (
            Place(self._executor, object_type, details, self._plain)
            for details in collected.grouped_field_set.values()
        )
        return [(place.key, place.executed()) for place in places]

    # --- what is out of the ordinary ------------------------------------------------------------------------------

    def _absent(self, required: bool) -> None:  # noqa: FBT001 - part of a partial
        if required:
            raise TypeError(self._missing)

    def _failed(self, error: Exception, path: Path) -> None:
        """Note an error of the field, or raise it where there must be a value."""
        self._executor.handle_field_error(error, self._field_def.type, self._details, path)

    def _otherwise(self, of_type: Any, value: Any, path: Path) -> Any:
        """Have graphql-core complete it."""
        if type(value) not in self._plain:
            self._admit(value)
        executor, details = self._executor, self._details
        return self._settled(executor.complete_value(of_type, details, self._info(path), path, value, None))

    def _admit(self, value: Any) -> None:
        """Raise a value that is an error, and `AwaitableMet` for one to await; know the types of others again."""
        if isinstance(value, Exception):
            raise value
        self._settled(value)
        if not isinstance(value, GeneratorType):
            self._plain.add(type(value))

    def _settled(self, value: Any) -> Any:
        """A value that is not to be awaited. Raises `AwaitableMet`."""
        if self._executor.is_awaitable(value):
            if hasattr(value, "close"):
                value.close()
            raise AwaitableMet
        return value

    def _info(self, path: Path) -> GraphQLResolveInfo[Any]:
        """What a resolver of this field is told; the path is the field's, or that of an item of its list."""
        while isinstance(path.key, int) and path.prev is not None:
            path = path.prev
        return self._executor.build_resolve_info(
            self._field_def, to_nodes(self._details), self._parent_type, path
        )
