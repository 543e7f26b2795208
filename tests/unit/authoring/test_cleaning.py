"""Blocks that a model puts in order are judged: nothing lost, nothing made up, nothing moved."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.authoring.cleaning.cleaning import Cleaned, warnings_after
from dripline.authoring.cleaning.forms import WORDS, blocks_form, numbered
from dripline.authoring.cleaning.judging import seen_of
from dripline.authoring.cleaning.reading import read_answer
from dripline.kernel.errors import Invalid
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.model import Blocks, write
from dripline.templates.blocks.reading import read_blocks

HTML = {"type": "html", "content": '<form>Ask <a href="https://acme.test/ask">us</a> {{ firstName }}</form>'}
TEXT = {"type": "text", "content": "<p>• One</p><p>• Two</p>"}
IMAGE = {"type": "image", "src": "https://acme.test/a.png", "alt": "A picture"}
IF = {"type": "conditional-group", "if": "plan == 'pro'", "blocks": [{"type": "text", "content": "<p>Pro</p>"}]}
GIVEN: Sequence[Mapping[str, Any]] = [HTML, TEXT, {"type": "group", "blocks": [IMAGE]}, IF]
# By their numbers: 1 the form, 2 the text, 3 the group, 4 the image in it, 5 the choice, 6 the text in that.
REST = [{"type": "kept", "number": 3}, {"type": "kept", "number": 5}]
LIST = {"type": "list", "items": ["One", "Two"], "ordered": None, "styles": None}
ASK = '<p>Ask <a href="https://acme.test/ask">us</a> {{ firstName }}</p>'


def written(content: str) -> dict[str, Any]:
    return {"type": "text", "content": content, "variant": None, "styles": None}


def read(*blocks: Any) -> Blocks:
    _, known = numbered(GIVEN)
    return read_answer(json.dumps({"blocks": blocks}), known, seen_of(read_blocks(GIVEN).blocks))


def faults(*blocks: Any) -> Sequence[str]:
    with pytest.raises(Invalid) as refused:
        read(*blocks)
    return [str(problem) for problem in refused.value.problems]


def test_blocks_are_put_in_order_and_others_stay_by_their_number() -> None:
    found = read(written(ASK), LIST, *REST)

    text = {"type": "text", "content": ASK}
    assert write(found) == [text, {"type": "list", "items": ["One", "Two"]}, GIVEN[2], GIVEN[3]]


def test_a_block_inside_of_another_has_a_number_of_its_own() -> None:
    column = {"width": None, "styles": None}
    columns = {"type": "columns", "columns": [{"blocks": [{"type": "kept", "number": 4}], **column}]}

    found = read(written(ASK), {"type": "kept", "number": 2}, columns, REST[1])

    assert write(found)[2] == {"type": "columns", "columns": [{"blocks": [IMAGE]}]}


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([LIST, *REST], "blocks: 1 link lost: https://acme.test/ask"),
        ([LIST, *REST], "blocks: 3 words lost: Ask, us, {{ firstName }}"),
        ([written(ASK), LIST, REST[1]], "blocks: 1 image lost: https://acme.test/a.png"),
        (
            [written(ASK), LIST, REST[0], written("<p>Pro</p>")],
            "blocks: 2 Liquid tags lost: {% if plan == 'pro' %}, {% endif %}",
        ),
        ([written(ASK + "<p>Hurry up</p>"), LIST, *REST], "blocks: 2 words made up: Hurry, up"),
        (
            [written(ASK + "<p><a href='https://evil.test'>One</a> Two</p>"), *REST],
            "blocks: 1 link made up: https://evil.test",
        ),
        ([LIST, written(ASK), *REST], "blocks: the words are in another order"),
        ([written(ASK), written(ASK), LIST, *REST], "blocks: 1 link made up: https://acme.test/ask"),
        ([written(ASK.replace("firstName", "password")), LIST, *REST], "blocks: 1 word lost: {{ firstName }}"),
        (
            [written(ASK), LIST, {"type": "image", "src": IMAGE["src"], "alt": None}, REST[1]],
            "blocks: 1 description of images lost: A picture",
        ),
        ([HTML], "blocks[0].type: may not be written here"),
        ([{"type": "kept", "number": 7}], "blocks[0].number: is no block"),
        ([{"type": "kept", "number": True}], "blocks[0].number: is no block"),
        ([written("{{ a")], "line 1, column 1, blocks[0].content: {{ is never closed"),
    ],
)
def test_a_bad_answer_is_refused_with_what_is_wrong(blocks: Sequence[Any], fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(*blocks)), faults(*blocks)


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", '{"blocks": 3}', "x" * 1_000, '{"blocks": ' + "[" * 500 + "]" * 500]
)
def test_what_is_no_answer_is_refused(answer: str) -> None:
    with pytest.raises(Invalid):
        read_answer(answer, [], seen_of(read_blocks(GIVEN).blocks))


def test_an_answer_that_is_nested_too_deep_is_refused() -> None:
    block = written(ASK)
    for _ in range(60):
        block = {"type": "group", "blocks": [block], "styles": None}

    assert any(found.endswith("is nested too deep") for found in faults(block, LIST, *REST))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_answer_of_known_blocks_shows_anything_else(data: st.DataObject) -> None:
    one = st.integers(1, 6).map(lambda number: {"type": "kept", "number": number})
    blocks = data.draw(st.lists(one | st.sampled_from([written(ASK), LIST, IMAGE]), max_size=6))

    try:
        found = read(*blocks)
    except Invalid:
        return

    assert seen_of(found) == seen_of(read_blocks(GIVEN).blocks)


def test_the_form_wants_every_key_and_no_other() -> None:
    def looked_at(schema: Any) -> None:
        if isinstance(schema, list):
            for each in schema:
                looked_at(each)
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                assert (schema["required"], schema["additionalProperties"]) == (list(schema["properties"]), False)
            for each in schema.values():
                looked_at(each)

    schema = blocks_form().schema
    looked_at(schema)
    words = {each["properties"]["type"]["enum"][0] for each in schema["$defs"]["block"]["anyOf"]}
    assert words == {"kept", *WORDS}


def test_a_warning_of_what_stayed_html_is_as_true_after_as_before() -> None:
    converted = blocks_of_html("<p>Hi</p><form>Ask</form><form>Tell</form>")
    text: Mapping[str, Any] = {"type": "text", "content": "Ask"}
    form: Mapping[str, Any] = {"type": "html", "content": "<form>Tell</form>"}

    assert converted.warnings == ("2 parts of it stayed HTML, in blocks of the type html.",)
    assert warnings_after(["Odd."], Cleaned([text, form])) == ("Odd.",)
    assert warnings_after(converted.warnings, Cleaned([text])) == ()
    assert warnings_after(converted.warnings, Cleaned([{"type": "group", "blocks": [form]}, text])) == (
        "1 part of it stayed HTML, in blocks of the type html.",
    )
    assert warnings_after(converted.warnings, Cleaned([text], "it is late")) == (
        *converted.warnings,
        "The blocks are those of the converter: it is late",
    )
