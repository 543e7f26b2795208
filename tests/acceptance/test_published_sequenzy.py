"""The published requests of the sequences of Sequenzy, as they stand on their page, with curl."""

import json
import subprocess
from typing import Any

import pytest

from tests.makers import sequenzy
from tests.makers.installation import Installation


@pytest.mark.parametrize(
    ("command", "name", "emails", "discounts"),
    [
        (sequenzy.BLOCKS, "Welcome Sequence", 2, 0),
        (sequenzy.HTML, "Migrated Sequence", 2, 0),
        (sequenzy.DISCOUNT, "Win-back Discount", 1, 1),
        (sequenzy.WIND_ALERT, "Wind Alert Follow-up", 2, 0),
    ],
    ids=["blocks", "html", "discount", "wind alert"],
)
def test_a_published_request_drafts_its_sequence(
    product: Installation, command: str, name: str, emails: int, discounts: int
) -> None:
    answer = _run(command, product)

    sequence = answer["sequence"]
    assert answer["success"] is True
    # What stands behind a pipe there is no filter: it is said, and shown when there is no value.
    assert all("'a few' is no filter" in warning for warning in answer["warnings"])
    drafted = (sequence["name"], sequence["status"], sequence["emailCount"], sequence["discountCount"])
    assert drafted == (name, "draft", emails, discounts)
    assert product.ask("GET", f"/v1/sequences/{sequence['id']}")["sequence"]["name"] == name


def test_the_published_goal_says_how_to_connect_a_model_where_there_is_none(product: Installation) -> None:
    answer = _run(sequenzy.GOAL, product)

    assert (answer["success"], answer["code"]) == (False, "UNPROCESSABLE_ENTITY")
    assert "DRIPLINE_LLM_BASE_URL" in answer["error"]
    assert "playbooks" in answer["error"]


def test_the_placeholders_of_the_page_are_refused(product: Installation) -> None:
    answer = _run(sequenzy.PLACEHOLDERS, product)

    assert (answer["success"], answer["code"]) == (False, "VALIDATION_ERROR")


def _run(command: str, product: Installation) -> Any:
    ours = command.replace("https://api.sequenzy.com", product.url).replace("seq_live_xxx", product.key)
    ours = ours.replace("Bearer <token>", f"Bearer {product.key}")
    ran = subprocess.run(["bash", "-c", ours], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(ran.stdout)
