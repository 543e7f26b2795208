"""Mail made of real templates, and of strings that once broke a program, carries signatures that hold."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dripline.delivery.message.composing import Letter, compose
from dripline.delivery.message.signing import sign
from tests.makers.letters import a_letter, a_mailbox
from tests.unit.message.test_signing import KEYS, RECORDS, holds_for_dkimpy
from tests.unit.message.verifying import verdicts

DATA = Path(__file__).parents[3] / "shared" / "data"
STRINGS = DATA / "naughty-strings" / "blns.base64.json"

pytestmark = pytest.mark.skipif(not STRINGS.exists(), reason="the corpora are not here")


def letters_of_templates() -> Iterator[Letter]:
    for path in sorted((DATA / "postmark-templates").rglob("*.html")):
        text = path.with_suffix(".txt")
        yield a_letter(html=path.read_text(), text=text.read_text() if text.exists() else "See the other part.\n")


def letters_of_strings() -> Iterator[Letter]:
    for encoded in json.loads(STRINGS.read_text()):
        text = base64.b64decode(encoded).decode("utf-8", "replace")
        yield a_letter(sender=a_mailbox(text), subject=text, text=text, html=f"<p>{text}</p>", headers={"X-Note": text})


@pytest.mark.parametrize("letters", [letters_of_templates, letters_of_strings])
def test_every_signature_holds_for_two_verifiers(letters: Callable[[], Iterator[Letter]]) -> None:
    count = 0

    for letter in letters():
        signed = sign(compose(letter), KEYS)
        assert verdicts(signed, RECORDS) == [True, True]
        assert holds_for_dkimpy(signed)
        count += 1

    assert count > 40
