"""Who mail is from: the sender of a step, else the workspace's default; and which senders may be used."""

from dataclasses import dataclass

from dripline.accounts.connections.store import has_carrier
from dripline.accounts.model import Mode, Workspace
from dripline.database.work import Tx
from dripline.delivery.domains.names import is_public_mailbox
from dripline.delivery.domains.sending import domain_of
from dripline.delivery.domains.store import list_domains, uses_environment
from dripline.delivery.identities import default_sender
from dripline.kernel.addresses import Mailbox, parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unprocessable

TEST_SENDER = parse_mailbox("Test workspace <test@example.com>")
"""What a test workspace writes as, where no default is set: nothing leaves it."""


@dataclass(frozen=True, slots=True)
class Senders:
    """The sender in the environment, and whether that has a way for live mail to leave: through `relay`, a host."""

    default: Mailbox | None
    has_transport: bool
    relay: str | None = None

    @property
    def given(self) -> str | None:
        """The domain of the sender in the environment, which counts as proved where that sender is used."""
        if self.default is None or is_public_mailbox(domain_of(self.default), relay=self.relay):
            return None
        return domain_of(self.default)

    def of(self, chosen: str | None, own: Mailbox | None = None) -> Mailbox:
        """The sender of a message; without one that was chosen, the workspace's own default comes before this one.

        Live mail that has none cannot be: activation refuses it.
        """
        if chosen is not None:
            return parse_mailbox(chosen)
        return own or self.default or TEST_SENDER

    async def usable_in(self, tx: Tx, workspace: Workspace) -> "UsableSenders":
        """The senders that a workspace may use now."""
        own = await default_sender(tx, workspace.id)
        if workspace.mode is Mode.TEST:
            return UsableSenders(False, own or self.default, self.has_transport, frozenset())
        default, given = (self.default, self.given) if await uses_environment(tx, workspace.id) else (None, None)
        now = real_now()
        proved = {given} if given is not None else set()
        proved |= {domain.name for domain in await list_domains(tx, workspace.id) if domain.may_send(now)}
        leaves = self.has_transport or await has_carrier(tx, workspace.id)
        return UsableSenders(True, own or default, leaves, frozenset(proved))


@dataclass(frozen=True, slots=True)
class UsableSenders:
    """The senders that one workspace may use: those in domains that are `proved`, or any, where nothing `leaves` it.

    `default` is who mail is from that names nobody.
    """

    leaves: bool
    default: Mailbox | None
    has_transport: bool
    proved: frozenset[str]

    def why_not(self, chosen: str | None) -> str | None:
        """Why mail may not come from a sender (None: the default one), if so."""
        try:
            mailbox = self.default if chosen is None else parse_mailbox(chosen)
        except ValueError as error:
            return f"is no sender: {error}"
        if not self.leaves:
            return None
        if not self.has_transport:
            return (
                "cannot send: live mail has no way to leave. "
                "Connect one with PUT /api/connections/smtp, or set DRIPLINE_SMTP_URL."
            )
        if mailbox is None:
            return "is not there: make one with POST /api/senders, or set DRIPLINE_FROM."
        domain = domain_of(mailbox)
        if domain in self.proved:
            return None
        if is_public_mailbox(domain):
            return f"cannot be used: {domain} is a public mailbox domain, and its mail is refused from elsewhere."
        return f"is not verified: add {domain} with POST /api/domains, and publish its records."


async def sender_for(tx: Tx, workspace: Workspace, senders: Senders) -> Mailbox:
    """Who mail comes from that no sequence sends.

    Raises:
        Unprocessable: there is no way for live mail to leave.
    """
    usable = await senders.usable_in(tx, workspace)
    if (reason := usable.why_not(None)) is not None:
        raise Unprocessable(f"The sender {reason}")
    return senders.of(None, usable.default)
