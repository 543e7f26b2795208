"""What checks domains, and what knows them while mail goes out."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from dripline.delivery.domains.dns import Resolvers
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.sending import Domains
from dripline.delivery.domains.ways import through
from dripline.delivery.senders import Senders
from dripline.kernel.relays import Relay, parse_relay
from dripline.processes.connecting import make_sealer
from dripline.settings import Settings


def make_senders(settings: Settings) -> Senders:
    """Who mail is from."""
    relay = _relay(settings)
    return Senders(settings.sender, relay is not None, relay.host if relay is not None else None)


def make_domains(settings: Settings) -> Domains:
    """What deliveries know of domains."""
    senders = make_senders(settings)
    return Domains(make_sealer(settings), given=senders.given)


def make_place(settings: Settings) -> Place:
    """How mail of this installation reaches the world."""
    relay, host = _relay(settings), _name_in(settings.public_url)
    place = Place(bounce_host=settings.bounce_host or host, tracking_host=host)
    return through(place, [relay]) if relay is not None else place


def make_dns(settings: Settings) -> Resolvers:
    """Who is asked about domains."""
    return Resolvers(settings.dns_servers)


def _relay(settings: Settings) -> Relay | None:
    return parse_relay(settings.smtp_url) if settings.smtp_url is not None else None


def _name_in(url: str) -> str | None:
    """The host of a URL, if the world can find it in the DNS."""
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host if "." in host else None
    return None
