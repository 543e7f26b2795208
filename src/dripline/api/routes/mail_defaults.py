"""What the mails of a workspace have in common: who sends them, from which address, how they look."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from typing import Any

import msgspec
from litestar import Response, get, put
from litestar.params import JSONBody

from dripline.api.answers import answers
from dripline.api.parameters import Calling
from dripline.api.shapes.remaking import REMAKING, RemakingShape, remaking
from dripline.database.work import Tx
from dripline.kernel.clock import iso
from dripline.kernel.ids import JobId
from dripline.templates.blocks.theme import Theme
from dripline.templates.defaults import (
    Brand,
    KeptDefaults,
    LogoDefaults,
    MailDefaults,
    check_defaults,
    read_defaults,
    save_defaults,
)
from dripline.templates.remaking import remake_blocks
from dripline.templates.remaking_many import ask_for_look


class DefaultsShape(msgspec.Struct, frozen=True, rename="camel"):
    """The defaults. `version` counts their changes, and is 0 before the first.

    `remade` are the slugs of the templates of blocks that got a version with the new look, and empty where it is asked
    for.
    """

    company: str
    postal_address: str
    footer_text: str
    website: str
    logo: LogoDefaults
    theme: Mapping[str, Any]
    brand: Brand
    version: int
    updated_at: str | None
    remade: Many[str]


@get("/mail-defaults")
async def get_mail_defaults(caller: Calling) -> DefaultsShape:
    """What the mails of this workspace have in common."""
    return _shape(await caller.transact(lambda tx: read_defaults(tx, caller.id)))


@put("/mail-defaults", responses=answers(REMAKING))
async def put_mail_defaults(
    data: JSONBody[MailDefaults], caller: Calling
) -> Response[DefaultsShape] | Response[RemakingShape]:
    """Write all defaults: what is not named is empty. A new look makes a version of each template of blocks.

    202 where these are more than 100: a job does it.
    """
    settings = check_defaults(data)

    async def act(tx: Tx) -> tuple[KeptDefaults, tuple[str, ...]] | JobId:
        before = await read_defaults(tx, caller.id)
        is_same = before.settings.theme == settings.theme
        job = None if is_same else await ask_for_look(tx, caller.id, settings)
        if job is not None:
            return job
        kept = await save_defaults(tx, caller.id, settings, caller.now())
        return kept, () if is_same else await remake_blocks(tx, caller.id, caller.now())

    saved = await caller.transact(act)
    if isinstance(saved, tuple):
        return Response(_shape(*saved), status_code=200)
    return Response(remaking(caller, saved), status_code=202)


def _shape(kept: KeptDefaults, remade: Many[str] = ()) -> DefaultsShape:
    settings = kept.settings
    return DefaultsShape(
        company=settings.company,
        postal_address=settings.postal_address,
        footer_text=settings.footer_text,
        website=settings.website,
        logo=settings.logo,
        theme={field.encode_name: getattr(settings.theme, field.name) for field in msgspec.structs.fields(Theme)},
        brand=settings.brand,
        version=kept.version,
        updated_at=iso(kept.updated_at) if kept.updated_at is not None else None,
        remade=remade,
    )


ROUTES = [get_mail_defaults, put_mail_defaults]
