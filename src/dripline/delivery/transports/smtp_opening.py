"""From a relay to a connection that is ready for letters: greeting, EHLO, TLS, credentials."""

import asyncio
import ssl
from base64 import b64encode
from dataclasses import dataclass

from aiosmtplib.auth import auth_crammd5_verify, auth_login_encode, auth_plain_encode
from aiosmtplib.errors import SMTPException, SMTPResponseException
from aiosmtplib.esmtp import parse_esmtp_extensions

from dripline.delivery.calls.reaching import Reach
from dripline.delivery.calls.targets import NotAllowed
from dripline.delivery.transports.contract import Phase
from dripline.delivery.transports.replies import Answer, Broken, Unusable
from dripline.delivery.transports.smtp_limits import Limits
from dripline.delivery.transports.smtp_wire import Wire
from dripline.kernel.relays import Credentials, Relay, Security

_CONTINUE = 334
_NO_SUCH_METHOD = 504


@dataclass(frozen=True, slots=True)
class Door:
    """How one relay is entered. `tls` is None for a relay without TLS. `reach`: where it may be; None for anywhere."""

    relay: Relay
    limits: Limits
    ehlo_name: str
    tls: ssl.SSLContext | None
    reach: Reach | None = None


def default_tls(security: Security) -> ssl.SSLContext | None:
    """TLS that proves who the server is; without proof where encryption itself is only a bonus (RFC 7435)."""
    if security is Security.NEVER:
        return None
    context = ssl.create_default_context()
    if security is Security.OPPORTUNISTIC:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_wire(door: Door) -> Wire:
    """A connection on which MAIL can follow.

    Opportunistic: where the handshake fails, once more without TLS, as a relay without TLS is used too.

    Raises:
        Unusable: the relay cannot be used now.
    """
    try:
        return await _entered(door, security=door.relay.security)
    except Unusable as fault:
        if door.relay.security is Security.OPPORTUNISTIC and fault.reply.phase is Phase.TLS:
            return await _entered(door, security=Security.NEVER)
        raise


async def _entered(door: Door, *, security: Security) -> Wire:
    wire = await _connected(door)
    phase = Phase.CONNECT
    try:
        _expect(Phase.CONNECT, await wire.greeting())
        await _introduce(wire, door.ehlo_name)
        phase = Phase.TLS
        await _encrypt(wire, door, security)
        phase = Phase.AUTH
        if door.relay.credentials:
            await _log_in(wire, door.relay, door.relay.credentials)
    except Broken as fault:
        raise Unusable(phase, _without_secrets(str(fault), door.relay.credentials)) from fault
    except BaseException:
        wire.abort()
        raise
    return wire


async def _connected(door: Door) -> Wire:
    relay, implicit = door.relay, door.relay.security is Security.IMPLICIT
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(door.limits.connect):
            if door.reach is not None:
                await door.reach.must_allow_host(relay.host)
            _, wire = await loop.create_connection(
                lambda: Wire(door.limits),
                relay.host,
                relay.port,
                ssl=door.tls if implicit else None,
                server_hostname=relay.host if implicit else None,
            )
            _check_peer(wire, door.reach)
    except NotAllowed as error:
        raise Unusable(Phase.CONNECT, f"{relay} is not connected to: {error}.") from error
    except ssl.SSLError as error:
        raise Unusable(Phase.TLS, f"TLS with {relay} failed: {error}") from error
    except TimeoutError as error:
        raise Unusable(Phase.CONNECT, f"{relay} did not answer in {door.limits.connect:g} seconds.") from error
    except OSError as error:
        raise Unusable(Phase.CONNECT, f"{relay} cannot be reached: {error}") from error
    return wire


def _check_peer(wire: Wire, reach: Reach | None) -> None:
    """Look at whom we are connected to: a name may lead elsewhere the second time it is looked up."""
    if reach is None or wire.transport is None:
        return
    try:
        reach.must_allow([str((wire.transport.get_extra_info("peername") or ("",))[0])])
    except NotAllowed:
        wire.abort()
        raise


async def _introduce(wire: Wire, name: str) -> None:
    answer = await wire.ask(b"EHLO " + name.encode(), wire.limits.command)
    if answer.code // 100 == 5 and wire.is_connected:
        wire.extensions = {}
        _expect(Phase.CONNECT, await wire.ask(b"HELO " + name.encode(), wire.limits.command))
        return
    _expect(Phase.CONNECT, answer)
    wire.extensions, _ = parse_esmtp_extensions(answer.text)


async def _encrypt(wire: Wire, door: Door, security: Security) -> None:
    if security in (Security.IMPLICIT, Security.NEVER):
        return
    if not await _upgraded(wire, door):
        if security is Security.REQUIRED:
            raise Unusable(Phase.TLS, f"{door.relay} does not offer STARTTLS, which is required.")
        return
    # What was said before encryption counts for nothing (RFC 3207, section 4.2).
    wire.extensions = {}
    await _introduce(wire, door.ehlo_name)


async def _upgraded(wire: Wire, door: Door) -> bool:
    if "starttls" not in wire.extensions or door.tls is None:
        return False
    try:
        await wire.start_tls(door.tls, server_hostname=door.relay.host, timeout=door.limits.command)
    except SMTPResponseException as error:
        raise Unusable(Phase.TLS, f"{door.relay} refuses STARTTLS: {error.code} {error.message}") from error
    except (OSError, SMTPException) as error:
        raise Unusable(Phase.TLS, f"STARTTLS with {door.relay} failed: {error}") from error
    return True


async def _log_in(wire: Wire, relay: Relay, credentials: Credentials) -> None:
    if not (wire.is_encrypted or relay.is_loopback or relay.security is Security.NEVER):
        raise Unusable(
            Phase.AUTH,
            f"{relay} offers no TLS, and credentials do not go out in plain. starttls=never would allow it.",
        )
    offered = wire.extensions.get("auth", "").upper().split()
    methods = [method for method in _methods(wire.is_encrypted) if method in offered]
    if not methods:
        raise Unusable(Phase.AUTH, f"{relay} offers no way to log in that we know: {' '.join(offered)}")
    for method in methods:
        answer = await _tried(wire, method, credentials)
        if answer.code // 100 == 2:
            return
        if answer.code != _NO_SUCH_METHOD:
            break
    raise Unusable(Phase.AUTH, _without_secrets(answer.text, credentials), answer)


def _methods(is_encrypted: bool) -> tuple[str, ...]:
    # CRAM-MD5 keeps the password secret on an open line, but fails where the server keeps only hashes of passwords.
    return ("PLAIN", "LOGIN", "CRAM-MD5") if is_encrypted else ("CRAM-MD5", "PLAIN", "LOGIN")


async def _tried(wire: Wire, method: str, credentials: Credentials) -> Answer:
    user, password, limit = credentials.username, credentials.password, wire.limits.command
    match method:
        case "PLAIN":
            return await wire.ask(b"AUTH PLAIN " + auth_plain_encode(user, password), limit)
        case "LOGIN":
            first, second = auth_login_encode(user, password)
            answer = await wire.ask(b"AUTH LOGIN " + first, limit)
            return await wire.ask(second, limit) if answer.code == _CONTINUE else answer
        case _:
            answer = await wire.ask(b"AUTH CRAM-MD5", limit)
            if answer.code != _CONTINUE:
                return answer
            return await wire.ask(_proof(answer, credentials), limit)


def _proof(challenge: Answer, credentials: Credentials) -> bytes:
    try:
        return auth_crammd5_verify(credentials.username, credentials.password, challenge.text)
    except (SMTPException, ValueError) as error:
        raise Unusable(Phase.AUTH, "The challenge of CRAM-MD5 cannot be read.", challenge) from error


def _without_secrets(text: str, credentials: Credentials | None) -> str:
    """The text without what we said: some servers repeat the line that they do not like."""
    if credentials is None:
        return text
    user, password = credentials.username, credentials.password
    spoken = [auth_plain_encode(user, password), *auth_login_encode(user, password)]
    for secret in (*(word.decode() for word in spoken), b64encode(password.encode()).decode(), password):
        text = text.replace(secret, "***")
    return text


def _expect(phase: Phase, answer: Answer) -> None:
    if answer.code // 100 != 2:
        raise Unusable(phase, answer.text, answer)
