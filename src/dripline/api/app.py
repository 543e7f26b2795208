"""The application: routes, who may use them, and what errors become."""

from collections.abc import Mapping, Sequence
from typing import cast

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send
from litestar.types.internal_types import PathParameterDefinition

import dripline
from dripline.api.auth import authenticate, provide_caller, refuse_nul
from dripline.api.bodies import StrictJson
from dripline.api.dialects.answering import answer_error
from dripline.api.dialects.sequenzy.routes import ROUTES as SEQUENZY
from dripline.api.docs_page import ReadablePage
from dripline.api.hits import answer_hit, is_hit
from dripline.api.page_answers import answer_with_page
from dripline.api.prefix import PREFIX, with_prefix
from dripline.api.routes import (
    campaigns,
    confirming,
    connections,
    contact_views,
    contacts,
    discount_pools,
    documents,
    domains,
    dry_run,
    email_blocks,
    enrollments,
    event_archive,
    event_stream,
    events,
    explain,
    exporting,
    frequency_cap,
    health,
    importing,
    inbox,
    jobs,
    lifecycle,
    lists,
    mail_defaults,
    numbers,
    pieces,
    playbooks,
    preferences,
    quarantine,
    rates,
    reports,
    revising,
    segments,
    senders,
    sending,
    sends,
    sequences,
    signing_secret,
    signup,
    steps,
    suppressions,
    tags,
    template_versions,
    templates,
    test_clock,
    tracking,
    unsubscribe,
    warmup,
    webhooks,
)
from dripline.api.services import Services

LARGEST_BODY = 1_000_000

_SLICES: Mapping[str, Sequence[HTTPRouteHandler | Router]] = {
    "Contacts": [*contacts.ROUTES, *tags.ROUTES, *importing.ROUTES, *exporting.ROUTES, *contact_views.ROUTES],
    "Lists": lists.ROUTES,
    "Segments": segments.ROUTES,
    "Suppressions": suppressions.ROUTES,
    "Events": [*events.ROUTES, *event_stream.ROUTES, *event_archive.ROUTES],
    "Templates": [
        *templates.ROUTES,
        *revising.ROUTES,
        *template_versions.ROUTES,
        *pieces.ROUTES,
        *mail_defaults.ROUTES,
        *email_blocks.ROUTES,
    ],
    "Sequences": [
        *sequences.ROUTES,
        *steps.ROUTES,
        *lifecycle.ROUTES,
        *explain.ROUTES,
        *enrollments.ROUTES,
        *dry_run.ROUTES,
    ],
    "Playbooks": playbooks.ROUTES,
    "Campaigns": campaigns.ROUTES,
    "Senders": [*senders.ROUTES, *domains.ROUTES, *warmup.ROUTES],
    "Connections": connections.ROUTES,
    "Discounts": [*discount_pools.ROUTES, *signing_secret.ROUTES],
    "Feedback": [*reports.ROUTES, *quarantine.ROUTES],
    "Inbox": inbox.ROUTES,
    "Sends": [*sending.ROUTES, *sends.ROUTES, *frequency_cap.ROUTES, *rates.ROUTES, *tracking.ROUTES],
    "Numbers": numbers.ROUTES,
    "Webhooks": webhooks.ROUTES,
    "Jobs": jobs.ROUTES,
    "Test clock": test_clock.ROUTES,
    "Sequenzy wire form": SEQUENZY,
}


class Application(Litestar):
    """The routes, under `/api` and without it; and before them the links in mail."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if is_hit(scope):
            await answer_hit(self.state.services, scope, cast("Send", send))
        else:
            await super().__call__(scope if scope["type"] == "lifespan" else with_prefix(scope), receive, send)


def create_app(services: Services) -> Application:
    """The HTTP front door, on `services` that the caller opens and closes."""
    return Application(
        route_handlers=[
            Router(PREFIX, route_handlers=[*health.ROUTES, *documents.ROUTES], tags=["Health"]),
            Router(
                "/",
                route_handlers=[*unsubscribe.ROUTES, *preferences.ROUTES, *confirming.ROUTES],
                exception_handlers={Exception: answer_with_page},
            ),
            *documents.PUBLIC,
            Router("", route_handlers=signup.ROUTES, exception_handlers={Exception: signup.answer_failure}),
            *reports.PUBLIC,
            *(_slice(tag, routes) for tag, routes in _SLICES.items()),
        ],
        state=State({"services": services}),
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        guards=[refuse_nul],
        dto=StrictJson,
        return_dto=None,
        exception_handlers={Exception: answer_error},
        request_max_body_size=LARGEST_BODY,
        openapi_config=_openapi(),
        logging_config=None,
    )


def _slice(tag: str, routes: Sequence[HTTPRouteHandler | Router]) -> Router:
    return Router(
        PREFIX,
        route_handlers=routes,
        tags=[tag],
        guards=[authenticate],
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Dripline",
        version=dripline.__version__,
        description="Email sequences: events come in, contacts walk through sequences, mail goes out once and on time.",
        path=f"{PREFIX}/docs",
        render_plugins=[ReadablePage(path="/")],
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer", description="An API key.")}
        ),
        security=[{"key": []}],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
    )


def _operation_id(handler: HTTPRouteHandler, method: HttpMethod | str, _: list[str | PathParameterDefinition]) -> str:
    """The name of the function in camel case; the method comes along where one function answers several."""
    head, *rest = handler.handler_name.split("_")
    name = head + "".join(word.capitalize() for word in rest)
    method = HttpMethod(method)
    return name if len(handler.http_methods) == 1 else f"{name}By{method.value.capitalize()}"
