"""Who mail is from: the sender of a step, else the workspace's default; and which senders may be used."""

from dataclasses import dataclass

from dripline.kernel.addresses import Mailbox, parse_mailbox

TEST_SENDER = parse_mailbox("Test workspace <test@example.com>")
"""What a test workspace writes as, where no default is set: nothing leaves it."""


@dataclass(frozen=True, slots=True)
class Senders:
    """The default sender of live mail, and whether there is a way for it to leave."""

    default: Mailbox | None
    has_transport: bool

    def of(self, chosen: str | None, own: Mailbox | None = None) -> Mailbox:
        """The sender of a message; without one that was chosen, the workspace's own default comes before this one.

        Live mail that has none cannot be: activation refuses it.
        """
        if chosen is not None:
            return parse_mailbox(chosen)
        return own or self.default or TEST_SENDER

    def why_not(self, mode: str, chosen: str | None) -> str | None:
        """Why mail of a workspace of this mode may not come from a sender (None: the default one), if so."""
        try:
            mailbox = self.default if chosen is None else parse_mailbox(chosen)
        except ValueError as error:
            return f"is no sender: {error}"
        if mode == "test":
            return None
        if not self.has_transport:
            return "cannot send: live mail has no transport. Set DRIPLINE_SMTP_URL."
        if self.default is None or mailbox is None:
            return "is not verified: set DRIPLINE_FROM to the address that live mail comes from."
        if mailbox.address.domain != self.default.address.domain:
            return f"is not verified: live mail comes from {self.default.address.domain} (DRIPLINE_FROM)."
        return None
