"""How a handler's `data` is read: by our own reader, so that all routes refuse the same things in the same words."""

from collections.abc import Generator
from typing import Any

from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto._backend import DTOBackend
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition
from typing_extensions import override

from dripline.api.decoding import read_body, read_text, read_value

# RFC 9512, and what was in use before it.
_YAML = {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"}


class StrictJson(AbstractDTO[Any]):
    """Reads the body into the type that the handler declares for `data`.

    A type that says `as_yaml` may also be sent as YAML: the whole body is then the field of that name.
    """

    config = DTOConfig()

    @override
    def decode_bytes(self, value: bytes) -> object:
        field = self.asgi_connection.route_handler.parsed_data_field
        assert field is not None
        [kind] = [inner.annotation for inner in field.inner_types if not inner.is_none_type] or [field.annotation]
        if (name := getattr(kind, "as_yaml", None)) and _is_yaml(self.asgi_connection.headers.get("content-type", "")):
            return read_value({name: read_text(value)}, kind)
        return read_body(value, kind)

    @classmethod
    @override
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: type[DTOBackend] | None = None
    ) -> None:
        """Nothing to prepare."""

    @classmethod
    @override
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    @override
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @classmethod
    @override
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        return False


def _is_yaml(declared: str) -> bool:
    return declared.partition(";")[0].strip().lower() in _YAML
