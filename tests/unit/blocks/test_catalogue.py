import msgspec
import pytest

from dripline.templates.blocks.catalogue import KindEntry, catalogue
from dripline.templates.blocks.examples import EXAMPLES
from dripline.templates.blocks.fields import fields_of
from dripline.templates.blocks.model import KINDS, Button, type_of, write
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.blocks.spelling import ALIASES
from tests.makers.blocks import blocks_of, html_of


def test_every_kind_is_in_the_catalogue_with_its_example() -> None:
    assert [kind.type for kind in catalogue()] == [type_of(kind) for kind in KINDS]
    assert {kind.type for kind in catalogue()} == EXAMPLES.keys()


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: kind.type)
def test_the_example_of_a_kind_is_in_order_and_compiles(kind: KindEntry) -> None:
    read = read_blocks([kind.example])

    assert (read.problems, read.warnings, kind.example["type"]) == ((), (), kind.type)
    assert html_of(kind.example).startswith("<!doctype html>")


@pytest.mark.parametrize("kind", KINDS, ids=type_of)
def test_what_is_written_of_an_example_is_read_as_the_same(kind: type[msgspec.Struct]) -> None:
    blocks = blocks_of(EXAMPLES[str(kind.__struct_config__.tag)])

    assert blocks_of(*write(blocks)) == blocks


def test_a_field_is_told_with_type_default_values_and_other_names() -> None:
    [button] = [kind for kind in catalogue() if kind.type == "button"]

    fields = {field.name: field for field in button.fields}
    assert (button.required, button.optional[:2]) == (["text", "url"], ["variant", "buttonColor"])
    assert (fields["text"].type, fields["text"].aliases) == ("inline HTML", ["label", "content"])
    assert (fields["url"].type, fields["url"].required) == ("link", True)
    assert (fields["variant"].default, fields["variant"].values) == ("primary", ["primary", "outline"])
    assert [field.name for field in fields["styles"].fields][:2] == ["backgroundColor", "textColor"]


def test_every_other_name_means_a_field() -> None:
    unknown = [
        (kind.__name__, meant)
        for kind, names in ALIASES.items()
        for meant in names.values()
        if meant not in fields_of(kind)
    ]

    assert unknown == []
    assert ALIASES[Button].keys().isdisjoint(fields_of(Button))
