"""What handlers ask for by annotation: who calls, and what stands in path, query and headers."""

from typing import Annotated, TypeAlias

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, PathParameter, QueryParameter

from dripline.api.caller import Caller
from dripline.api.services import Services

Calling: TypeAlias = NamedDependency[Caller]
Wired: TypeAlias = NamedDependency[Services]

Ref: TypeAlias = Annotated[str, PathParameter(description="The id.")]
ContactRef: TypeAlias = Annotated[str, PathParameter(description="The id or the address.")]
SlugRef: TypeAlias = Annotated[str, PathParameter(description="The id or the slug.")]
Slug: TypeAlias = Annotated[str, PathParameter(description="The slug.")]
KindRef: TypeAlias = Annotated[str, PathParameter(description="The word that names it.")]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=100, description="How many at most, 1 to 100.")]
Cursor: TypeAlias = Annotated[
    str | None, QueryParameter(max_length=500, description="Where to go on: `nextCursor` of the page before.")
]
EmailFilter: TypeAlias = Annotated[str | None, QueryParameter(max_length=320, description="Only this address.")]
IfMatch: TypeAlias = Annotated[
    str | None, HeaderParameter(name="If-Match", description="The revision that the change is for.")
]
IdempotencyKey: TypeAlias = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", description="Counts once for 14 days.")
]

DEFAULT_LIMIT = 20
