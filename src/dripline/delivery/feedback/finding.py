"""Which of our messages a report is about: by its bounce address, its Message-ID, or the link in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.feedback.verp import read_bounce_address
from dripline.delivery.message.identity import read_message_id
from dripline.delivery.outbox import SendKey
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import MessageId, WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Traces:
    """What a report has of our message.

    `envelope`: the addresses that a mail came to. `keys` are send keys as providers hand them back. `provider_ids` are
    what the provider may call the message, and `addresses` the recipients; these count only where the report itself is
    known to be about this workspace.
    """

    envelope: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    keys: tuple[tuple[WorkspaceId, SendKey], ...] = ()
    addresses: tuple[str, ...] = ()
    provider_ids: tuple[str, ...] = ()


class Finder:
    """Finds messages by traces of them. Forged traces lead nowhere."""

    def __init__(self, secrets: Sequence[str], links: UnsubscribeLinks) -> None:
        self._secrets = tuple(secrets)
        self._links = links

    def envelope_of(self, addresses: Sequence[str]) -> tuple[WorkspaceId, MessageId] | None:
        """Whose message an envelope address is of."""
        found = (read_bounce_address(address, secret) for address in addresses for secret in self._secrets)
        return next((each for each in found if each is not None), None)

    async def find(
        self, tx: Tx, traces: Traces, *, workspace: WorkspaceId | None
    ) -> tuple[WorkspaceId, SendKey] | None:
        """The message, in `workspace` where that is known; never one of another.

        The bounce address comes first, because it is signed: whatever the report quotes besides, it is about that mail.
        """
        owner = self.envelope_of(traces.envelope)
        if owner is not None:
            return await self._by_id(tx, owner) if workspace in (None, owner[0]) else None
        for whose, key in (*traces.keys, *_keys(traces.message_ids)):
            if workspace in (None, whose) and await tx.row(_sql["find_message"], whose, *key) is not None:
                return whose, key
        for link in traces.links:
            token = self._links.read(link.rpartition("/")[2])
            if token is not None and workspace in (None, token.workspace_id):
                found = await self._by_id(tx, (token.workspace_id, token.message_id))
                if found is not None:
                    return found
        if workspace is None:
            return None
        return await self._by_provider_id(tx, workspace, traces) or await self._by_address(tx, workspace, traces)

    async def _by_id(self, tx: Tx, owner: tuple[WorkspaceId, MessageId]) -> tuple[WorkspaceId, SendKey] | None:
        row = await tx.row(_sql["key_of_message"], *owner)
        return (owner[0], (row["source_id"], row["visit"])) if row is not None else None

    async def _by_provider_id(
        self, tx: Tx, workspace: WorkspaceId, traces: Traces
    ) -> tuple[WorkspaceId, SendKey] | None:
        ids = [each for each in traces.provider_ids if each]
        row = await tx.row(_sql["called_by_provider"], workspace, ids) if ids else None
        return (workspace, (row["source_id"], row["visit"])) if row is not None else None

    async def _by_address(self, tx: Tx, workspace: WorkspaceId, traces: Traces) -> tuple[WorkspaceId, SendKey] | None:
        # What the provider calls otherwise is another mail.
        is_called = any(traces.provider_ids)
        for address in traces.addresses:
            try:
                key = parse_address(address).key
            except ValueError:
                continue
            row = await tx.row(_sql["newest_to"], workspace, key, is_called)
            if row is not None:
                return workspace, (row["source_id"], row["visit"])
        return None


def read_send_key(text: str) -> tuple[WorkspaceId, SendKey] | None:
    """The workspace and send key in a text `workspace/source/visit`, which providers hand back as it was given."""
    parts = text.split("/")
    try:
        return WorkspaceId(UUID(parts[0])), (UUID(parts[1]), int(parts[2]))
    except (ValueError, IndexError):
        return None


def _keys(message_ids: Sequence[str]) -> Iterator[tuple[WorkspaceId, SendKey]]:
    for identity in message_ids:
        found = read_message_id(identity)
        if found is not None:
            yield WorkspaceId(found[0]), (found[1], found[2])
