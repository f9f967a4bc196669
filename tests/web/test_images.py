"""Pictures come from our own host, signed, sniffed and capped; whatever fails is a plain picture."""

from __future__ import annotations

import base64
import os
import re
import time

import pytest

from kb.services import images
from tests.site import Answer
from tests.unit.core.test_pictures import PNG
from tests.web import factories
from web.html import for_page
from web.views.images import NOTHING

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.IMAGE_DIR = tmp_path / "images"
    settings.CRAWLER_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    settings.CRAWLER_DELAY = 0.0


def path(url: str) -> str:
    signature, encoded = images.image_name(url)
    return f"/images/{signature}/{encoded}"


def test_a_picture_is_fetched_once_and_kept_for_long(client, site):
    site.pages["/a.png"] = Answer(PNG, "text/html")
    for _ in range(2):
        answer = client.get(path(site.url("/a.png")))
        assert answer.content == PNG
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert len(site.asked) == 1
    assert "referer" not in site.asked[0][1]
    assert "cookie" not in site.asked[0][1]
    assert images.known_size(site.url("/a.png")) == (640, 360)


def test_only_addresses_that_we_signed_are_fetched(client, site):
    url = site.url("/a.png")
    site.pages["/a.png"] = Answer(PNG, "image/png")
    signature, encoded = images.image_name(url)
    other = base64.urlsafe_b64encode(site.url("/b.png").encode()).decode().rstrip("=")
    for wrong in (f"{'0' * 32}/{encoded}", f"{signature}/{other}", f"{signature[:-1]}/{encoded}", f"{signature}/{encoded}=", f"{signature}/!"):  # fmt: skip
        assert client.get(f"/images/{wrong}").status_code == 404
    assert client.post(path(url)).status_code == 405
    assert site.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html><script>alert(1)</script>",
        b"", b"x" * (images.MOST_BYTES + 1), PNG + b"x" * images.MOST_BYTES,
    ],
    ids=["svg", "html", "empty", "large", "large picture"],
)  # fmt: skip
def test_what_is_no_small_raster_picture_is_a_plain_one(client, site, body):
    site.pages["/a"] = Answer(body, "image/png")
    answer = client.get(path(site.url("/a")))
    assert answer.content == NOTHING
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    client.get(path(site.url("/a")))
    assert len(site.asked) == 1


def test_a_failure_is_asked_for_again_after_a_while(client, site):
    url = site.url("/a.png")
    assert client.get(path(url)).content == NOTHING
    site.pages["/a.png"] = Answer(PNG, "image/png")
    file = images._path(url)
    os.utime(file, (time.time() - 2000,) * 2)
    assert client.get(path(url)).content == PNG


def test_private_networks_are_never_asked_not_even_by_redirect(client, site, settings):
    site.pages["/a.png"] = Answer(PNG, "image/png")
    site.pages["/inner"] = Answer(b"", status=302, headers={"Location": "http://169.254.169.254/a"})
    assert client.get(path(site.url("/inner"))).content == NOTHING
    settings.CRAWLER_ALLOWED_NETWORKS = ()
    for url in (site.url("/a.png"), site.url("/a.png").replace("127.0.0.1", "localhost"), site.url("/a.png").replace("127.0.0.1", "0x7f.1")):  # fmt: skip
        assert client.get(path(f"{url}?{len(url)}")).content == NOTHING
    assert [asked for asked, _ in site.asked] == ["/inner"]


def test_no_turn_is_no_wait(client, site, monkeypatch):
    monkeypatch.setattr(images, "WAIT_SECONDS", 0)
    taken = 0
    while images._TURNS.acquire(blocking=False):
        taken += 1
    try:
        answer = client.get(path(site.url("/a.png")))
    finally:
        for _ in range(taken):
            images._TURNS.release()
    assert answer.content == NOTHING
    assert answer.headers["Cache-Control"] == "no-store"
    assert taken > 0


def test_the_folder_is_bounded_and_keeps_what_is_looked_at(settings):
    for n in range(10):
        images._store(images._path(f"https://x.example/{n}"), PNG + bytes(1000))
        os.utime(images._path(f"https://x.example/{n}"), (n, n))
    assert images.prune(most=10**9) == 0
    gone = images.prune(most=6 * 1024)
    assert gone >= 5
    assert images.known_size("https://x.example/9")
    assert images.known_size("https://x.example/0") is None


def test_bodies_show_pictures_from_here_with_their_size():
    html = for_page(
        '<p><img src="https://x.example/a.png" alt="A &quot;lattice&quot;" width="640px" height="360" style="x" onerror="y"></p>'
        '<a href="https://y.example/"><img src="https://x.example/b.png"></a>'
        '<img src="https://x.example/pixel.gif" width="1" height="1"><img src="/logout"><img src="javascript:x" alt="Odd">'
    )
    shown = re.findall(r'<img src="([^"]+)"', html)
    assert shown == [path("https://x.example/a.png"), path("https://x.example/b.png")]
    assert 'width="640" height="360"' in html
    assert 'loading="lazy"' in html
    assert "onerror" not in html
    assert "style" not in html
    assert "pixel" not in html
    assert "logout" not in html
    assert '<span class="image">Image: Odd</span>' in html
    assert html.count("x.example") == 0


def test_a_known_picture_gets_its_size(site):
    images._store(images._path("https://x.example/a.png"), PNG)
    assert 'width="640" height="360"' in for_page('<img src="https://x.example/a.png">')


@pytest.mark.parametrize(
    "body",
    [
        "<!--<img src='https://x.example/a'>--><img src=https://x.example/b>", "<svg><img src='//x.example/a'></svg>",
        "<math><mtext><table><mglyph><style><img src=https://x.example/a>", "<noscript><img src=https://x.example/a></noscript>",
        "<![CDATA[<img src=https://x.example/a>]]>", "<img/src='https://x.example/a'/>", "<IMG SRC=//x.example/a>", "<title><img src=https://x.example/a>",
        "<svg><style><img src=https://x.example/a></style></svg>", "<svg><script><img src=https://x.example/a></script>",
    ],
)  # fmt: skip
def test_no_trick_of_markup_shows_a_picture_from_elsewhere(body):
    for src in re.findall(r"<img[^>]*\ssrc=[\"']?([^\"'\s>]+)", for_page(body), re.IGNORECASE):
        assert src.startswith("/images/")


def test_pictures_can_be_links_by_setting(client, settings, at):
    body = '<p><img src="https://x.example/a.png" alt="A lattice"></p>'
    made = factories.article("With a picture", html=body)
    page = client.get(made.get_absolute_url()).content.decode()
    assert "/images/" in page
    assert "without its pictures" not in page
    settings.IMAGES = "none"
    page = client.get(made.get_absolute_url()).content.decode()
    assert '<a class="image" href="https://x.example/a.png"' in page
    assert "without its pictures" in page
    assert client.get(path("https://x.example/a.png")).status_code == 404
