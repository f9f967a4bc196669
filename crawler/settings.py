"""Scrapy's settings for our runs. Its defaults fit scrapers, not guests: every one that is unfit is set here.

(1 GiB bodies, 180 s, certificates unverified, robots.txt ignored, retries on 429, cookies, Referer, a telnet console
and a remote-control socket.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kb.core.arxiv import SECONDS_BETWEEN

if TYPE_CHECKING:
    from kb.core.records import CrawlLimits, HostLimits

_DOWNLOADER_MIDDLEWARES = {
    "crawler.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
TOTAL_CONCURRENCY = 64
ARXIV_SLOT = "arxiv"


def _slot(host: HostLimits) -> dict[str, Any]:
    return {"concurrency": host.per_host, "delay": host.delay, "jitter": 0.0}


def scrapy_settings(limits: CrawlLimits) -> dict[str, Any]:
    """The settings of a run under `limits`."""
    handler = "crawler.http.GuardedHandler"
    return {
        "BOT_NAME": "earshot",
        "USER_AGENT": limits.user_agent,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},
        "CONCURRENT_REQUESTS": TOTAL_CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(1, limits.per_host),
        "DOWNLOAD_DELAY": limits.delay,
        # arXiv asks for one request at a time, three seconds apart, whichever of its hosts answers
        "DOWNLOAD_SLOTS": {
            ARXIV_SLOT: {
                "concurrency": 1,
                "delay": max(SECONDS_BETWEEN, limits.delay),
                "jitter": 0.0,
            },
            **{h.host: _slot(h) for h in limits.hosts},
        },
        "DOWNLOAD_DELAY_JITTER": 0.0,  # the delay is a promise, half of it would break it
        "DOWNLOAD_TIMEOUT": limits.timeout,
        "DOWNLOAD_MAXSIZE": limits.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": {
            "http": handler,
            "https": handler,
            "data": None,
            "file": None,
            "ftp": None,
            "s3": None,
        },
        "DOWNLOADER_MIDDLEWARES_BASE": _DOWNLOADER_MIDDLEWARES,
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "REDIRECT_MAX_TIMES": limits.max_redirects,
        "ROBOTSTXT_OBEY": True,  # feeds say that they are exempt, request by request
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TWISTED_DNS_RESOLVER": "crawler.http.GuardedResolver",
        "REACTOR_THREADPOOL_MAXSIZE": 20,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "LOG_LEVEL": "ERROR",
        "LOG_VERSIONS": [],  # nobody reads them, and looking them up takes a quarter of a run's start
        "STATS_DUMP": False,
        "EARSHOT_ALLOWED_NETWORKS": list(limits.allowed_networks),
        "EARSHOT_GATE": limits.gate,
        "EARSHOT_QUIET": list(limits.quiet),
    }
