"""How long each phase of an SMTP conversation may take."""

from dataclasses import dataclass

_GOODBYE = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one phase each: those that RFC 5321, section 4.5.3.2, asks a client to wait at least.

    A shorter `dot` gives more letters in doubt: the server may say yes after we have hung up. The RFC has no figure
    for `connect` (reaching the host) and `leave` (its goodbye); nothing depends on either.
    """

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    leave: float = _GOODBYE

    @classmethod
    def of(cls, seconds: float | None) -> "Limits":
        """One limit for every phase; None for those of the RFC."""
        if seconds is None:
            return cls()
        return cls(seconds, seconds, seconds, seconds, seconds, seconds, min(seconds, _GOODBYE))
