"""No string that ever broke a program adds a header to a mail."""

import base64
import json
from pathlib import Path

import pytest

from dripline.delivery.message.cleaning import clean_text
from dripline.delivery.message.composing import compose
from tests.makers.letters import a_letter, a_mailbox
from tests.unit.message.reading import header_texts, headers_of

FILE = Path(__file__).parents[3] / "shared" / "data" / "naughty-strings" / "blns.base64.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the corpora are not here")


def naughty_strings() -> list[str]:
    return [base64.b64decode(text).decode("utf-8", "replace") for text in json.loads(FILE.read_text())]


def test_no_naughty_string_adds_a_header_or_changes_on_its_way() -> None:
    expected = headers_of(compose(a_letter(sender=a_mailbox("x"), subject="x", headers={"X-Note": "x"})))

    for text in naughty_strings():
        content = compose(a_letter(sender=a_mailbox(text), subject=text, headers={"X-Note": text}))
        assert headers_of(content) == expected
        assert header_texts(content, "Subject") == (clean_text(text), clean_text(text))
