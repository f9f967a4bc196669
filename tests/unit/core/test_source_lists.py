"""Lists of feeds as people write them in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kb.core.source_lists import Listed, is_markdown, read_markdown

if TYPE_CHECKING:
    from pathlib import Path

LIST = """\
# A list of **good** blogs <!-- no toc -->

Read [how to help](https://example.org/help/feed) first. It was https://example.org/rss once.

- [Contents](#speech)

## Speech *and* sound

- [Gradients &amp; more](https://gradients.example/) - about speech (RSS feed: https://gradients.example/posts/index.xml)
* Lattice https://lattice.example/ [(RSS)](https://lattice.example/all)
1. **Decoder notes**: [site](https://decoder.example), [Atom](https://decoder.example/a)
- [Only a page](https://page.example/about)
+ [The RSS board](https://board.example/history) https://board.example/rss.
  for those who care

### Tables

| Blog | Feed |
|------|------|
| [Vocoder](https://vocoder.example/blog) | [feed_vocoder.xml](https://raw.example/main/feeds/feed_vocoder.xml) |
| [Gradients again](https://gradients.example/) | [feed](https://gradients.example/posts/index.xml) |

## Below

- [Beam (weekly)](https://beam.example)
```
https://pages.example/beam/HAHx
```
"""


def test_the_feed_of_each_item_is_found_with_title_and_heading() -> None:
    found, without = read_markdown(LIST)
    assert found == [
        Listed("https://gradients.example/posts/index.xml", "Gradients & more", "Speech and sound"),
        Listed("https://lattice.example/all", "Lattice", "Speech and sound"),
        Listed("https://decoder.example/a", "Decoder notes", "Speech and sound"),
        Listed("https://board.example/rss", "The RSS board", "Speech and sound"),
        Listed("https://raw.example/main/feeds/feed_vocoder.xml", "Vocoder", "Tables"),
        Listed("https://pages.example/beam/HAHx", "Beam (weekly)", "Below"),
    ]
    assert without == 1


def test_bare_addresses_are_no_markdown() -> None:
    assert is_markdown(LIST)
    assert not is_markdown("# mine\nhttps://a.example/feed\nhttps://b.example/(x)[y]\n")


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "[a](",
        "[a](http://x",
        "[a](http://x ",
        "- [a](http://x) ",
        "![](",
        "**",
        "- [x",
        "```\n",
        "|",
    ],
)
def test_what_is_no_list_takes_no_time(piece: str) -> None:
    found, _ = read_markdown(piece * (1_000_000 // len(piece)))
    assert found == []


@pytest.mark.parametrize(("name", "agree"), [("vishalshar-ml-ai", 1.0), ("tuan3w-tech", 0.85)])
def test_lists_that_are_kept_twice_name_the_same_feeds(
    earshot_data: Path, name: str, agree: float
) -> None:
    """The same list as OPML; the second of them has been edited in one form only."""
    text = (earshot_data / "opml" / f"{name}.md").read_text()
    kept = (earshot_data / "opml" / f"{name}.opml").read_text()
    ours = {_bare(one.url) for one in read_markdown(text)[0]}
    theirs = {_bare(url) for url in re.findall(r'xmlUrl="([^"]+)"', kept)}
    assert len(ours & theirs) >= agree * len(theirs)


def _bare(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url).rstrip("/")
