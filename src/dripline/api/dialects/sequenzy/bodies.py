"""How bodies of this wire format are read: fields that are not known here are passed over, wrong values are not."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request
from typing_extensions import override

from dripline.api.bodies import StrictJson
from dripline.api.decoding import read_json, read_known

Kind = TypeVar("Kind", bound=msgspec.Struct)


class LenientJson(StrictJson):
    """Reads the body into the type that the handler declares for `data`, and passes over what that does not name."""

    @override
    def decode_bytes(self, value: bytes) -> object:
        field = self.asgi_connection.route_handler.parsed_data_field
        assert field is not None
        [kind] = [inner.annotation for inner in field.inner_types if not inner.is_none_type] or [field.annotation]
        return read_known(read_json(value), kind)


async def passed_over(request: Request[Any, Any, Any], kind: type[msgspec.Struct]) -> list[str]:
    """The fields of the body that are not known here."""
    value = read_json(await request.body())
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    return [name for name in value if name not in known] if isinstance(value, Mapping) else []
