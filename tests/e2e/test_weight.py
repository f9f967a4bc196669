"""What a first visit costs, by the browser's own count, and that nothing moves once it can be seen."""

from __future__ import annotations

import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections

from tests.e2e.pages import page_kinds

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
KB = 1000
SHIFTS = """new Promise(resolve => {
  let moved = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value; }).observe({ type: "layout-shift", buffered: true });
  document.fonts.ready.then(() => setTimeout(() => resolve(moved), 300));
})"""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(transactional_db, settings, tmp_path):
    """The address of the site as a hub serves it: files collected, compressed and named by their content."""
    settings.STATIC_ROOT = tmp_path / "static"
    kept = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": kept}
    call_command("collectstatic", interactive=False, verbosity=0)
    server = _Threads(("localhost", 0), _Quiet)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    connections.close_all()


@pytest.fixture
def weigh(chromium, served):
    """A first visit with an empty cache: [(kind, bytes on the wire)], one a request."""

    def visit(path: str) -> list[tuple[str, int]]:
        context = chromium.new_context(base_url=served)
        page = context.new_page()
        wire = context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        came: list[tuple[str, int]] = []
        wire.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))  # fmt: skip
        wire.on("Network.loadingFinished", lambda said: came.append((kinds.get(said["requestId"], ""), said["encodedDataLength"])))  # fmt: skip
        wire.send("Network.enable")
        page.goto(path, wait_until="load")
        page.evaluate("document.fonts.ready.then(() => true)")
        context.close()
        return came

    return visit


def test_a_first_visit_is_small(hub, knowledge, weigh):
    for kind, path in page_kinds(hub, knowledge).items():
        came = weigh(path)
        sizes = {what: sum(size for of, size in came if of == what) for what, _ in came}
        assert sum(sizes.values()) - sizes.get("Image", 0) <= 100 * KB, (kind, sizes)
        assert 0 < sizes["Script"] <= 40 * KB, (kind, sizes)
        assert len(came) <= 10, (kind, came)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_comes(hub, knowledge, browser_page, width):
    page = browser_page
    page.set_viewport_size({"width": width, "height": 844})
    for kind, path in page_kinds(hub, knowledge).items():
        page.goto(path)
        assert page.evaluate(SHIFTS) <= 0.02, kind
