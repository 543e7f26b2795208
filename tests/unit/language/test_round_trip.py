"""What is written reads back as the same definition."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import from_json, to_json, write_definition
from tests.makers.definitions import DEFINITIONS


@settings(max_examples=100, deadline=None)
@given(DEFINITIONS)
def test_yaml_reads_back_as_the_same_definition(definition: Definition) -> None:
    text = write_definition(definition)

    assert read_definition(text) == definition
    assert write_definition(read_definition(text)) == text


@settings(max_examples=100, deadline=None)
@given(DEFINITIONS)
def test_json_reads_back_as_the_same_definition(definition: Definition) -> None:
    stored = msgspec.json.encode(to_json(definition))

    assert from_json(msgspec.json.decode(stored)) == definition


@settings(max_examples=50, deadline=None)
@given(DEFINITIONS, st.sampled_from([None, 2]))
def test_json_text_is_read_as_yaml_is(definition: Definition, indent: int | None) -> None:
    text = json.dumps(to_json(definition), indent=indent)

    assert read_definition(text) == definition


@settings(max_examples=50, deadline=None)
@given(DEFINITIONS)
def test_given_ids_are_written_and_kept(definition: Definition) -> None:
    named = name_steps(definition)

    assert read_definition(write_definition(named)) == named
    assert name_steps(named) == named
