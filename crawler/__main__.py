"""The crawler's command line."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.core.records import CrawlLimits
from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_USED_WRONGLY = 2
_ABOUT = """Collects feeds and pages.

  python -m crawler --plan PLAN.json --out SPOOL.jsonl    visit every source of a plan, one line a visit
  python -m crawler pushed FILE --source N --url URL --out SPOOL.jsonl    read what a hub sent
  python -m crawler feed FILE-OR-URL…                     parse feeds, one JSON object a line
  python -m crawler page FILE-OR-URL…                     read pages, one JSON object a line
  python -m crawler text FILE-OR-URL…                     only decode, one JSON object a line
  python -m crawler discover URL…                         find what can be followed, one JSON object a line
  python -m crawler image URL --out FILE                  write the picture at an address to a file
  python -m crawler serve                                 fork crawlers for the hub, which asks on standard input

http_proxy, https_proxy, no_proxy and SSL_CERT_FILE are honoured. Private networks are never contacted unless the
plan's limits.allowed_networks (or --allow-network) names them."""
_FEED_HELP = """Each line is a JSON object: input, ok, error, format, title, home, language, entries[], warnings[]; an entry has id,
title, link, published, updated, authors, summary, content, enclosures. Times are ISO 8601 in UTC."""
_PAGE_HELP = """Each line is a JSON object: input, ok, error, canonical, title, authors, published, language, text, html, warnings[].
Times are ISO 8601 in UTC."""
_TEXT_HELP = """Each line is a JSON object: input, ok, error, text."""
_HELP = {"feed": _FEED_HELP, "page": _PAGE_HELP, "text": _TEXT_HELP}
_DISCOVER_HELP = """Each line is a JSON object: input, ok, error, reached, final, candidates[], the best first; a candidate has url, kind,
title, format, entries, newest, sample, why, options. Times are ISO 8601 in UTC."""


def _plan_arguments() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(
        prog="python -m crawler",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument(
        "--plan", type=Path, required=True, metavar="PLAN.json", help="what to visit, and how"
    )
    ask.add_argument(
        "--out", type=Path, required=True, metavar="SPOOL.jsonl", help="visits are appended here"
    )
    ask.add_argument(
        "--lifeline", action="store_true", help="leave at once when standard input ends"
    )
    ask.add_argument(
        "--errands", action="store_true", help="only ask whether addresses answer, and send forms"
    )
    return ask


def _pushed_arguments() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(prog="python -m crawler pushed")
    ask.add_argument("file", type=Path, help="a feed that a hub sent")
    ask.add_argument("--source", type=int, required=True)
    ask.add_argument("--url", required=True, help="the feed's own address")
    ask.add_argument("--content-type", default="")
    ask.add_argument("--out", type=Path, required=True, metavar="SPOOL.jsonl")
    ask.add_argument("--lifeline", action="store_true")
    return ask


def _read_pushed(arguments: Sequence[str]) -> int:
    said = _pushed_arguments().parse_args(arguments)
    from crawler.pushed import read_pushed  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    try:
        read_pushed(said.file, said.source, said.url, said.content_type, said.out)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return _USED_WRONGLY
    return 0


def _input_arguments(kind: str) -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(
        prog=f"python -m crawler {kind}",
        description=_HELP[kind],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("inputs", nargs="+", metavar="FILE-OR-URL", help="files may be gzipped (.gz)")
    ask.add_argument(
        "--url", default="", metavar="BASE", help="the address that the files came from"
    )
    _add_limits(ask)
    return ask


def _add_limits(ask: argparse.ArgumentParser) -> None:
    usual = CrawlLimits()
    ask.add_argument("--user-agent", default=usual.user_agent, metavar="TEXT")
    ask.add_argument("--timeout", type=float, default=usual.timeout, metavar="SECONDS")
    ask.add_argument("--delay", type=float, default=usual.delay, metavar="SECONDS")
    ask.add_argument(
        "--allow-network",
        action="append",
        default=[],
        metavar="CIDR",
        help="a private network to allow",
    )


def _limits(said: argparse.Namespace) -> CrawlLimits:
    return CrawlLimits(
        user_agent=said.user_agent,
        timeout=said.timeout,
        delay=said.delay,
        allowed_networks=tuple(said.allow_network),
    )


def _read_inputs(kind: str, arguments: Sequence[str]) -> int:
    said = _input_arguments(kind).parse_args(arguments)
    # Parsers take a moment to load, and Scrapy another, which neither --help nor files need.
    from crawler.oneshot import from_file, say  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    if not any("://" in name for name in said.inputs):
        for name in said.inputs:
            say(from_file(kind, name, said.url))
        return 0
    from crawler.run import run_spider  # noqa: PLC0415 - only this part needs it, and it takes a moment to load
    from crawler.spiders.oneshot import OneShotSpider  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    limits = _limits(said)
    run_spider(OneShotSpider, limits, kind=kind, inputs=said.inputs, base=said.url, limits=limits)
    return 0


def _discover(arguments: Sequence[str]) -> int:
    ask = argparse.ArgumentParser(
        prog="python -m crawler discover",
        description=_DISCOVER_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("inputs", nargs="+", metavar="URL")
    _add_limits(ask)
    said = ask.parse_args(arguments)
    from crawler.run import run_spider  # noqa: PLC0415 - as above
    from crawler.spiders.discover import DiscoverSpider  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    limits = _limits(said)
    run_spider(DiscoverSpider, limits, inputs=said.inputs, limits=limits)
    return 0


def _fetch_image(arguments: Sequence[str]) -> int:
    ask = argparse.ArgumentParser(
        prog="python -m crawler image", description="Write the picture at an address to a file."
    )
    ask.add_argument("url", metavar="URL")
    ask.add_argument("--out", type=Path, required=True, metavar="FILE")
    ask.add_argument("--max-bytes", type=int, default=CrawlLimits().max_bytes)
    ask.add_argument("--lifeline", action="store_true")
    _add_limits(ask)
    said = ask.parse_args(arguments)
    from crawler.run import run_spider, watch_lifeline  # noqa: PLC0415 - as above
    from crawler.spiders.image import ImageSpider  # noqa: PLC0415 - as above

    if said.lifeline:
        watch_lifeline()
    limits = replace(_limits(said), max_bytes=said.max_bytes)
    run_spider(ImageSpider, limits, url=said.url, out=said.out, limits=limits)
    return 0


def _run_plan(arguments: Sequence[str]) -> int:
    said = _plan_arguments().parse_args(arguments)
    from crawler.run import run_plan  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    try:
        run_plan(said.plan, said.out, lifeline=said.lifeline, errands=said.errands)
    except (InputError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _USED_WRONGLY
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for and give the exit status."""
    if arguments and arguments[0] in _HELP:
        return _read_inputs(arguments[0], arguments[1:])
    if arguments and arguments[0] == "discover":
        return _discover(arguments[1:])
    if arguments and arguments[0] == "image":
        return _fetch_image(arguments[1:])
    if arguments and arguments[0] == "pushed":
        return _read_pushed(arguments[1:])
    if arguments and arguments[0] == "serve":
        from crawler.forks import serve  # noqa: PLC0415 - as above

        return serve(main)
    return _run_plan(arguments)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # A parser thread that a hostile page keeps busy must not keep the process.
    os._exit(status)
