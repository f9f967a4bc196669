"""A small web site on loopback, with validators, for tests that fetch for real."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What a path answers. `delay` holds the answer back until the event is set."""

    body: bytes
    kind: str = "application/rss+xml"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None


class Site:
    """`with Site() as site: site.pages["/feed"] = Answer(b"…"); site.url("/feed")`."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                answer = site.pages.get(self.path, Answer(b"nothing here", "text/plain", 404))
                if answer.wait:
                    answer.wait.wait(60)
                tag = f'"{hashlib.sha1(answer.body).hexdigest()}"'
                fresh = answer.status == 200 and self.headers.get("If-None-Match") == tag
                body = b"" if fresh else answer.body
                self.send_response(304 if fresh else answer.status)
                for name, value in {
                    "ETag": tag,
                    "Content-Type": answer.kind,
                    **answer.headers,
                }.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, path: str, items: list[tuple[str, str]], *, title: str = "A feed") -> str:
        """An RSS feed of (title, text) items, newest first; returns its address."""
        rows = "".join(
            f"<item><title>{t}</title><link>{self.url(f'{path}/{n}')}</link>"
            f"<guid>{path}/{n}</guid><pubDate>Mon, 0{1 + n % 9} Jun 2026 10:00:00 GMT</pubDate>"
            f"<description><![CDATA[<p>{text}</p>]]></description></item>"
            for n, (t, text) in enumerate(items)
        )
        body = f'<rss version="2.0"><channel><title>{title}</title><link>{self.url("/")}</link>{rows}</channel></rss>'
        self.pages[path] = Answer(body.encode())
        return self.url(path)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
