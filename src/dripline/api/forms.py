"""Reading what a form on one of our pages sends."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from litestar import Request

_MOST_FIELDS = 500
Fields = Mapping[str, Sequence[str]]


async def read_form(request: Request[Any, Any, Any]) -> Fields:
    """The fields of a form; none where the body is no form of ours."""
    body = await request.body()
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}


def first(fields: Fields, name: str) -> str:
    """The first value of a field; empty where there is none."""
    return fields.get(name, [""])[0]
