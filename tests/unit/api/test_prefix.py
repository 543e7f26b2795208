from typing import cast

import pytest
from litestar.types import Scope

from dripline.api.prefix import with_prefix


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/contacts", "/api/contacts"),
        ("/contacts/", "/api/contacts/"),
        ("/api/contacts", "/api/contacts"),
        ("/api", "/api"),
        ("/apiary", "/api/apiary"),
        ("/u/token", "/u/token"),
        ("/users", "/api/users"),
        ("/", "/"),
    ],
)
def test_every_route_answers_without_the_prefix(path: str, there: str) -> None:
    scope = cast("Scope", {"type": "http", "path": path})

    assert with_prefix(scope)["path"] == there
    assert scope["path"] == path
