"""The least that answers hits: the same server and framework, and nothing but the answer.

No token is opened, nothing is written down: what is left is what a redirect costs in any case.
"""

import uvicorn
from litestar import Litestar, MediaType, Response, get

from bench.talking import order, run, say

_TARGET = "https://app.example.com/start?plan=trial&n=0"
_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


async def main() -> None:
    asked = order()

    @get("/c/{token:str}")
    async def follow() -> Response[str]:
        return Response("", status_code=302, media_type=MediaType.TEXT, headers={"Location": _TARGET})

    @get("/o/{name:str}")
    async def show() -> Response[bytes]:
        return Response(_PICTURE, media_type="image/gif")

    app = Litestar(route_handlers=[follow, show], logging_config=None, openapi_config=None)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=asked["port"],
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    say("ready")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    run(main())
