"""Whether the product works, for whoever watches over it."""

import msgspec
from litestar import Response, get

from dripline.api.answers import answers
from dripline.api.parameters import Wired


class HealthShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """`ok`, or `unavailable` with what is missing."""

    status: str
    problems: tuple[str, ...] = ()


@get("/health", security=[{}], responses=answers((503, HealthShape, "Something is missing.")))
async def health(services: Wired) -> Response[HealthShape]:
    """200 when database, migrations and a worker are there, else 503."""
    if problems := await services.health.problems():
        return Response(HealthShape("unavailable", tuple(problems)), status_code=503, headers={"Retry-After": "2"})
    return Response(HealthShape("ok"))


ROUTES = [health]
