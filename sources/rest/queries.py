"""Query parameters, as strict as bodies: a typing error must not widen a search."""

from http import HTTPStatus
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from sources.rest.fields import MAX_ID, StrictSerializer, TextField
from sources.rest.problems import InputError, Problem, input_errors

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
MAX_IDS = 500


class QueryParameters(StrictSerializer):
    """The parameters of a view; of most there are none."""

    unknown_name: ClassVar[str] = "There is no parameter {name} here."


class NumberParameter(serializers.IntegerField):
    """A whole number in plain digits."""

    default_error_messages: ClassVar = {"invalid": "Give a whole number here."}

    def to_internal_value(self, data: Any) -> int:
        """The number. Python's int() would take underscores, white space and the digits of every script."""
        if not (data.isascii() and data.isdecimal() and len(data) <= len(str(MAX_ID))):
            self.fail("invalid")
        return int(data)


class IdsParameter(serializers.CharField):
    """Ids in plain digits, with commas between them."""

    default_error_messages: ClassVar = {
        "invalid": "Give ids with commas between them, such as 3,14.",
        "max_length": "Give at most {most} ids.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """The ids, each once, in their order."""
        given = data.split(",")
        if len(given) > MAX_IDS:
            self.fail("max_length", most=MAX_IDS)
        ids = [
            int(text)
            for text in given
            if text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID))
        ]
        if len(ids) < len(given):
            self.fail("invalid")
        return list(dict.fromkeys(ids))


class FlagParameter(serializers.BooleanField):
    """`true` or `false`."""

    default_error_messages: ClassVar = {"invalid": "Give true or false here."}

    def to_internal_value(self, data: Any) -> bool:
        """Nothing else stands for yes or no."""
        if data not in ("true", "false"):
            self.fail("invalid")
        return bool(data == "true")


class PageParameters(QueryParameters):
    """Which part of a list."""

    limit = NumberParameter(
        min_value=1,
        max_value=MAX_LIMIT,
        default=DEFAULT_LIMIT,
        help_text="How many results a page has.",
    )
    cursor = TextField(required=False, help_text="Where the page begins: out of `next` or `previous`.")


def read_query(request: Request, parameters: type[QueryParameters]) -> dict[str, Any]:
    """The values of the query's parameters. Raises `Problem` (400) that names each wrong one."""
    given = dict(request.query_params.lists())
    repeated = [name for name, values in given.items() if len(values) > 1]
    if repeated:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            errors=[InputError("repeated", "Give this parameter once.", parameter=name) for name in repeated],
        )
    read = parameters(data={name: value for name, [value] in given.items()})
    try:
        read.is_valid(raise_exception=True)
    except ValidationError as error:
        wrong = input_errors(error.detail)
        errors = [InputError(each.code, each.detail, parameter=str(each.path[0])) for each in wrong]
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors) from None
    values: dict[str, Any] = read.validated_data
    return values
