"""The published vectors of Standard Webhooks, for what we sign and what those who are called verify."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dripline.delivery.webhooks.model import Secrets
from dripline.delivery.webhooks.payloads import headers_of

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "standard-webhooks" / "vectors.json"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the corpora are not here")


def vectors(kind: str) -> list[Any]:
    found: list[Any] = json.loads(VECTORS.read_text())[kind] if VECTORS.exists() else []
    return found


@pytest.mark.parametrize("vector", vectors("sign"), ids=lambda vector: vector["name"])
def test_published_vectors_are_signed_as_published(vector: dict[str, Any]) -> None:
    at = datetime.fromtimestamp(vector["timestamp"], UTC)

    headers = headers_of(Secrets(vector["secret"]), vector["id"], at, vector["body"].encode())

    assert headers["webhook-signature"] == vector["signature"]
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (vector["id"], str(vector["timestamp"]))


@pytest.mark.parametrize(
    "vector", [each for each in vectors("verify") if each["valid"]], ids=lambda vector: vector["name"]
)
def test_a_signature_of_ours_is_among_those_that_a_good_request_carries(vector: dict[str, Any]) -> None:
    given = {name.lower(): value for name, value in vector["headers"].items()}
    at = datetime.fromtimestamp(int(given["webhook-timestamp"]), UTC)

    headers = headers_of(Secrets(vector["secret"]), given["webhook-id"], at, vector["body"].encode())

    assert headers["webhook-signature"] in given["webhook-signature"].split()
