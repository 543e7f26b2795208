"""Mail of a domain whose return path is proved comes back to an address of its own."""

from uuid import UUID

from dripline.delivery.domains.sending import Sending
from dripline.delivery.feedback.verp import read_bounce_address
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.writing import Writer
from dripline.kernel.ids import WorkspaceId
from dripline.templates.rendering.pool import Rendered, Renderer
from tests.makers.programs import NOON
from tests.makers.world import SECRET
from tests.unit.delivery.test_gate import MAIL

WORKSPACE = WorkspaceId(UUID(int=9))


def envelope_sender(host: str | None, secret: str | None = SECRET) -> str:
    """Where a mail comes back to, when its domain has this return path."""
    writer = Writer(Renderer(), UnsubscribeLinks(SECRET, "https://shop.example"), secret=secret)
    rendered = Rendered(subject="Hello", html="<p>Hello</p>", text="Hello")
    sending = Sending(may_send=True, keys=(), return_path_host=host, tracking_host=None)
    return writer.compose(WORKSPACE, MAIL, rendered, sending=sending, now=NOON).sender


def test_a_proved_return_path_gives_each_mail_its_own_signed_address() -> None:
    sender = envelope_sender("bounces.shop.example")

    assert sender.endswith("@bounces.shop.example")
    assert read_bounce_address(sender, SECRET) == (WORKSPACE, MAIL.id)


def test_without_a_proved_return_path_mail_comes_back_to_its_sender() -> None:
    assert envelope_sender(None) == "ann@example.com"
