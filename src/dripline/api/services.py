"""What the routes need from the process that runs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.connections.checking import Checkers
from dripline.accounts.connections.environment import Environment
from dripline.accounts.sealing import Sealer
from dripline.api.health import Health
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.domains.dns import Dns
from dripline.delivery.domains.records import Place
from dripline.delivery.feedback.doors import ReportingDoors
from dripline.delivery.feedback.inbound import Source
from dripline.delivery.feedback.providers.contract import Reporter
from dripline.delivery.senders import Senders
from dripline.delivery.tracking.links import TrackingLinks
from dripline.delivery.tracking.recording import Recorder
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.engine.audience.wishes import Wishes
from dripline.engine.facts.tracking import Ingest
from dripline.kernel.ids import WorkspaceId
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
    tracking: TrackingLinks
    recorder: Recorder
    wishes: Wishes
    renderer: Renderer
    senders: Senders
    providers: Providers
    signing_secret: Callable[[WorkspaceId], str]
    sealer: Sealer
    environment: Environment
    place: Place
    dns: Dns
    checkers: Checkers
    doors: ReportingDoors
    reporters: Mapping[Source, Reporter]
