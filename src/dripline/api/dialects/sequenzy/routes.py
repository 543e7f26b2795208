"""All routes of this wire format, under one prefix."""

from litestar import Router

from dripline.api.dialects.sequenzy import email_blocks, enrollments, events, lists, sequences, subscribers, tags
from dripline.api.dialects.sequenzy.bodies import LenientJson

ROUTES = [
    Router(
        "/v1",
        route_handlers=[
            *sequences.ROUTES,
            *enrollments.ROUTES,
            *subscribers.ROUTES,
            *tags.ROUTES,
            *events.ROUTES,
            *lists.ROUTES,
            *email_blocks.ROUTES,
        ],
        dto=LenientJson,
    )
]
