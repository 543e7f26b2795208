"""What the routes need from the process that runs them."""

from dataclasses import dataclass

from dripline.accounts.authenticating import Authenticator
from dripline.api.health import Health
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery.senders import Senders
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.engine.tracking import Ingest
from dripline.templates.rendering.pool import Renderer


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, by the process, which also closes what must be closed. `database` is the pool of the front doors."""

    database: Database
    authenticator: Authenticator
    health: Health
    hints: Hints
    ingest: Ingest
    links: UnsubscribeLinks
    renderer: Renderer
    senders: Senders
