"""Puts the faces together: Graph, media, control, and the page with the phones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from . import snapshot
from .control import ControlFace
from .core import Simulator
from .graph import BODY_MAX_BYTES, GraphFace
from .media import download
from .templates import resume_reviews

PAGE_DIR = Path(__file__).resolve().parent.parent / "web_dist"
PAGE = "simulator.html"
NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>WhatsApp simulator</title>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The simulator is running</h1>
<p>Its page with the phones has not been built here. Build the web app with <code>make setup</code> and reload,
or use the control API under <code>/control</code> and the Graph API under <code>/v25.0</code>.</p>"""

SIMULATOR = web.AppKey("simulator", Simulator)


def create_app(state_dir: Path | None = None) -> web.Application:
    """The simulator as an application; its world is loaded from ``state_dir`` and saved there."""
    world = snapshot.load(state_dir) if state_dir else None
    sim = Simulator(world, state_dir / snapshot.MEDIA if state_dir else None)
    app = web.Application(client_max_size=BODY_MAX_BYTES, middlewares=[])
    app[SIMULATOR] = sim
    graph = GraphFace(sim)

    async def graph_call(request: web.Request) -> web.StreamResponse:
        return await graph.handle(request, request.match_info["tail"])

    async def media_file(request: web.Request) -> web.StreamResponse:
        return download(sim, graph.authorize(request), request.match_info["id"], request.query.get("ext", ""))

    app.router.add_route("*", r"/{version:v\d+\.\d+}/{tail:.*}", graph_call)
    app.router.add_routes(ControlFace(sim).routes())
    app.router.add_get("/media/{id}", media_file)
    app.router.add_get("/healthz", _healthy)
    app.router.add_get("/", _page)
    app.router.add_get("/{name:assets/.+}", _asset)
    app.router.add_get("/{name:favicon\\.svg}", _asset)
    app.cleanup_ctx.append(_life(sim, state_dir))
    return app


def _life(sim: Simulator, state_dir: Path | None) -> Callable[[web.Application], AsyncIterator[None]]:
    async def life(_: web.Application) -> AsyncIterator[None]:
        resume_reviews(sim)
        saver = asyncio.create_task(snapshot.keep_saving(sim, state_dir)) if state_dir else None
        yield
        if saver is not None and state_dir is not None:
            saver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await saver
            snapshot.save(sim, state_dir)
        await sim.close()

    return life


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def _page(_: web.Request) -> web.StreamResponse:
    path = PAGE_DIR / PAGE
    if not path.exists():
        return web.Response(text=NOT_BUILT, content_type="text/html")
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


async def _asset(request: web.Request) -> web.StreamResponse:
    """A built file. Only what lies inside the folder, whatever the name says."""
    path = (PAGE_DIR / request.match_info["name"]).resolve()
    if not path.is_relative_to(PAGE_DIR) or path.suffix == ".html" or not path.is_file():
        return web.Response(status=404, text="Not found")
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})
