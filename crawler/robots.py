"""robots.txt after RFC 9309: what cannot be read forbids everything, what is not there forbids nothing.

Scrapy's own reading takes an error page for rules, and a server that fails for one without rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

from crawler.http import Refused
from kb.core.records import ROBOTS, ROBOTS_UNREADABLE

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

_SERVER_ERROR = 500
_CLIENT_ERROR = 400


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware with the status rules of RFC 9309, section 2.3.1."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._faults: dict[str, Exception] = {}

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise where the rules, or their absence through a fault, forbid a request."""
        if fault := self._faults.get(request.url.split("/", 3)[2]):
            raise fault
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise Refused(ROBOTS) from error

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # 429 closes the whole host (`crawler.quiet`), which is for another time rather than against the rules
        if response.status >= _SERVER_ERROR:
            self._faults[netloc] = Refused(ROBOTS_UNREADABLE)
        if response.status >= _CLIENT_ERROR:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # a private address, a host that wants quiet: the page's own request will say so better
        if not isinstance(exc, IgnoreRequest):
            self._faults[netloc] = (
                exc  # it would have met the page as well, and says more than we could
            )
        super()._robots_error(exc, netloc)
