"""Where a model is: from the connection of a workspace."""

from dataclasses import dataclass, field

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.connections.store import find_connection
from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx
from dripline.delivery.calls.reaching import OPEN, Reach
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import WorkspaceId

OPENAI = "https://api.openai.com/v1"

_ADVICE = (
    "no language model is connected. Connect one with PUT /api/connections/llm (baseUrl, model, apiKey), or set "
    "DRIPLINE_LLM_BASE_URL, DRIPLINE_LLM_MODEL and DRIPLINE_LLM_API_KEY. Without one, begin with a playbook: "
    "GET /api/playbooks lists them."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint and the model to ask there; some want no key. `reach`: where it may be; None for anywhere."""

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    reach: Reach | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What it takes to read the connections of a workspace, and where those may lead."""

    sealer: Sealer
    environment: Environment
    reach: Reach = OPEN


async def endpoint_of(tx: Tx, workspace: WorkspaceId, access: Access, *, path: str = "") -> Endpoint:
    """The endpoint that a workspace is connected to.

    Raises:
        Unprocessable: it is connected to none; says, at `path`, what to do.
    """
    found = await find_connection(tx, workspace, Provider.LLM, sealer=access.sealer, environment=access.environment)
    if found is None:
        raise Unprocessable.of([Problem(path, _ADVICE)])
    return endpoint_in(found, access.reach)


def endpoint_from(environment: Environment) -> Endpoint:
    """The endpoint that the environment names.

    Raises:
        Unprocessable: it names none; says what to do.
    """
    found = environment.connections.get(Provider.LLM)
    if found is None:
        raise Unprocessable.of([Problem("", _ADVICE)])
    return endpoint_in(found)


def endpoint_in(connection: Connection, reach: Reach | None = None) -> Endpoint:
    """The endpoint that a connection leads to. One of the environment may lead anywhere."""
    return Endpoint(
        connection.get("baseUrl") or OPENAI,
        connection.settings["model"],
        connection.secrets.get("apiKey"),
        None if connection.is_of_environment else reach,
    )
