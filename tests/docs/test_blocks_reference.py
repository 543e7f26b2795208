"""The reference of blocks says what the catalogue says."""

import json
import re
from pathlib import Path

from dripline.templates.blocks.catalogue import FieldEntry, catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "blocks.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### `([\w-]+)`\n\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def row(field: FieldEntry) -> str:
    """The line that tells of a field."""
    default = "" if field.default in (None, [], {}) else f"`{json.dumps(field.default, ensure_ascii=False)}`"
    also = ", ".join(f"`{alias}`" for alias in field.aliases)
    return f"| `{field.name}` | {field.type} | {'required' if field.required else default} | {also} |"


def test_every_kind_has_its_section_in_the_order_of_the_catalogue() -> None:
    assert list(SECTIONS) == [kind.type for kind in catalogue()]


def test_every_kind_is_told_with_its_fields() -> None:
    told = {type_: re.findall(r"^\| `.*\|$", section, re.MULTILINE) for type_, section in SECTIONS.items()}

    fields = {kind.type: [field for field in kind.fields if field.name not in {"id", "styles"}] for kind in catalogue()}
    assert told == {
        type_: [
            *map(row, own),
            *(row(inner) for field in own for inner in field.fields if inner.name != "styles"),
        ]
        for type_, own in fields.items()
    }


def test_every_kind_is_told_with_its_words_and_its_example() -> None:
    told = {
        type_: (
            section.split("\n\n")[0],
            [json.loads(code) for code in re.findall(r"```json\n(.*?)```", section, re.DOTALL)],
        )
        for type_, section in SECTIONS.items()
    }

    assert told == {kind.type: (kind.description, [kind.example]) for kind in catalogue()}
