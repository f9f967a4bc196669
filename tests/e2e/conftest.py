"""A browser, and a hub with something in it."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil

import pytest
from django.conf import settings
from django.core.cache import cache

from kb.core.items import ItemKind, item_id
from kb.models import ListEdition
from kb.selectors import suggestions
from kb.services.pipeline import finish
from tests.web import factories

# the browser's driver runs an event loop in this thread, which Django takes for an async view
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)
BODY = (
    "<p>A streaming recogniser has to decide, at every frame, whether it has heard enough to write the next "
    "label.</p><h2>What each model leaves out</h2><p>CTC drops the labels; the <em>transducer</em> keeps them. "
    'See <a href="https://x.example/">an earlier post</a>.</p><figure><img src="https://x.example/a.png" '
    'alt="A lattice of three hypotheses"><figcaption>Figure 1.</figcaption></figure><pre><code>for frame in '
    "encoder(audio):\n    step(frame)</code></pre><blockquote><p>Can you guess?</p></blockquote>"
)
NOTE = "Read it *slowly*.[^1]\n\n[^1]: Section 4 has the [bookkeeping](https://x.example/)."


@pytest.fixture(scope="session")
def chromium():
    """A browser that is installed already; nothing is downloaded for a test."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no chromium on PATH; install one or set CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def hub(transactional_db, tmp_path, settings, monkeypatch):
    """Stories of three days by four sources, one list, and an index over them."""
    cache.clear()
    monkeypatch.setattr(suggestions, "memory", suggestions.Memory())
    settings.INDEX_DIR = tmp_path / "index"
    now = dt.datetime.now(dt.UTC)
    names = ("Desh Raj", "Planet Speech", "ACL Anthology", "Nari Labs")
    sources = [factories.source(name, category="blogs", format="rss2.0") for name in names]
    for source in sources:
        for hours in range(1, 29):
            outcome = "failed" if source is sources[3] and hours < 5 else "unchanged"
            new = hours % 5 if outcome == "unchanged" else 0
            factories.check(source, at=now - dt.timedelta(hours=hours), outcome=outcome, new=new)
    sources[3].failures, sources[3].last_error = 4, "no answer in 20 s"
    sources[3].save()
    titles = (
        "Are decoder-only models the future of streaming recognition?", "Beam search for CTC, step by step",
        "What happens when a GPU reads memory", "A benchmark by error severity", "Neural vocoders on a watch",
        "Token-and-duration transducers", "التعرف على الكلام", "On emission delay",
    )  # fmt: skip
    made = [
        factories.article(
            title, of=sources[n % 4], carried_by=sources[:n % 3], at=now - dt.timedelta(hours=7 * n, minutes=20),
            html=BODY, text=f"{title}. A streaming recogniser decides at every frame.", authors=["Ada", "Ben"],
        )
        for n, title in enumerate(titles)
    ]  # fmt: skip
    listed = factories.reading_list(
        "Who waits for whom", summary="About *half* a second.", slug="who-waits"
    )
    for position, article in enumerate(made[:3]):
        factories.item(listed, article, position=position, commentary=NOTE)
    finish()
    return made


@pytest.fixture
def knowledge(hub):
    """Something of each kind that is written, all about one concept: kind -> its address."""
    topic = factories.topic("End-to-end models", summary="Networks from audio to text.")
    names = (
        "Sound wave",
        "Spectrogram",
        "Softmax",
        "Hidden Markov model",
        "Connectionist temporal classification",
    )
    below = []
    for name in names:
        below.append(factories.concept(name, *below[-2:], level="beginner"))
    concept = factories.concept(
        "RNN transducer", *below[-2:], aliases=[{"name": "RNN-T", "ambiguous": False}], goals=["Draw the grid."],
        body="Joins two networks: $f_t + g_u$. See [[spectrogram]].[^1]\n\n$$P(k) = \\sum_t x_t$$\n\n[^1]: A note.",
        open_questions=["Does it learn a language model?"],
    )  # fmt: skip
    for name in ("Streaming recognition", "Pruned loss"):
        factories.concept(name, concept, level="research")
    resource = factories.resource(
        "Sequence Transduction with Recurrent Neural Networks", concept, authors=["Alex Graves"], year=2012, venue="arXiv"
    )  # fmt: skip
    impression = factories.impression(
        resource, "Short, and still the clearest.", for_whom="Engineers.", disliked="No code.", notes="**Loss.** Slowly."
    )  # fmt: skip
    question = factories.question(
        "CTC or transducer?", concept, misconceptions=[{"claim": "CTC is old.", "why_wrong": "It is *simple*."}]
    )  # fmt: skip
    for article in hub:
        factories.mention(article, concept)
        factories.label(article.pk, topic)
    path = factories.reading_list("From scratch", kind="path", slug="from-scratch")
    top = factories.reading_list("Five papers", kind="top", slug="five-papers")
    item = item_id(ItemKind.CONCEPT, concept.pk)
    factories.item(path, item=item, minutes=40, section="Models", commentary=NOTE)
    factories.item(
        path, item=item_id(ItemKind.RESOURCE, resource.pk), minutes=60, section="Models", position=1
    )
    factories.item(top, item=item_id(ItemKind.RESOURCE, resource.pk), commentary="The source.")
    for listed in (path, top):
        ListEdition.objects.create(reading_list=listed, at=factories.NOW, order=[])
        ListEdition.objects.create(reading_list=listed, at=factories.NOW, order=[])
    for kind, row in (
        (ItemKind.CONCEPT, concept),
        (ItemKind.QUESTION, question),
        (ItemKind.RESOURCE, resource),
    ):
        factories.label(item_id(kind, row.pk), topic)
    rows = {"topic": topic, "concept": concept, "resource": resource, "impression": impression}
    rows |= {"question": question, "path": path, "top": top}
    return {name: row.get_absolute_url() for name, row in rows.items()}


def is_complaint(message) -> bool:
    """Whether the browser found fault; that a page is missing is what some tests ask for."""
    return message.type == "error" and "status of 404" not in message.text


@pytest.fixture
def plane(hub):
    """A month with sixty articles on its map, two issues, and a concept that rises."""
    now = dt.datetime.now(dt.UTC)
    root = [
        factories.topic(name) for name in ("Speech recognition", "Speech synthesis", "Hardware")
    ]
    rising = factories.concept("Streaming synthesis")
    made = []
    for number in range(60):
        one = factories.article(
            f"Streaming transducers on a watch, part {number}", of=hub[number % 4].source, authors=["Ada", "Ben"],
            at=now - dt.timedelta(days=number % 25, minutes=number), gist=f"We train {number} models that wait less.",
        )  # fmt: skip
        factories.label(one.pk, root[number % 3])
        if number % 25 < 7:
            factories.mention(one, rising)
        made.append(one)
    rng = random.Random(7)
    spots = [[one.pk, *_spot(rng, n % 3), root[n % 3].slug] for n, one in enumerate(made)]
    names = (
        (0.2, 0.3, "Streaming recognition"),
        (0.7, 0.25, "Neural vocoder"),
        (0.5, 0.8, "Quantisation"),
    )
    factories.map_of(f"{now:%Y-%m}", *made, points=spots, regions=[list(name) for name in names])
    for week in (33, 34):
        factories.reading_list(
            f"Who waits for whom, {week}", *made[:3], kind="week", slug=f"week-{week}", summary="About *half* a second.",
            published_at=now - dt.timedelta(weeks=35 - week),
        )  # fmt: skip
    return made


def _spot(rng: random.Random, cloud: int) -> tuple[float, float]:
    x, y = ((0.2, 0.3), (0.7, 0.25), (0.5, 0.8))[cloud]
    return min(1, max(0, rng.gauss(x, 0.09))), min(1, max(0, rng.gauss(y, 0.09)))


@pytest.fixture
def browser_page(chromium, live_server):
    """A page that fails the test where the browser complains."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if is_complaint(message) else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    yield page
    # forms at the door bring the cookie that guards them; nothing else sets one
    allowed = {"csrftoken"} if any("/me/" in url for url in visited) else set()
    assert {cookie["name"] for cookie in context.cookies()} <= allowed
    context.close()
    assert complaints == []
