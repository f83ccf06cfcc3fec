"""Whatever takes the operator's alerts: `POST /hook`, and `GET /beat` for the heartbeat. It misbehaves as told."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.stand_ins.script import Script
from tests.stand_ins.serving import serve


def make_app() -> Starlette:
    """The stand-in. Its `Script` is `app.state.script`."""
    script = Script()

    async def taken(request: Request) -> Response:
        return await script.play(request, lambda: Response("ok"))

    app = Starlette(
        routes=[
            Route("/hook", taken, methods=["POST"]),
            Route("/beat", taken, methods=["GET"]),
            *script.routes(),
        ]
    )
    app.state.script, app.state.title = script, __doc__
    return app


if __name__ == "__main__":
    serve(make_app())
