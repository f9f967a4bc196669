"""Topics, concepts, resources, impressions and questions as readers see them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse

from kb.core.items import ItemKind, item_id
from kb.models import (
    Concept,
    Follow,
    Known,
    ListEdition,
    OldSlug,
    Progress,
    Question,
    Revision,
    User,
)
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def cora(client):
    made = User.objects.create_user("cora", first_name="Cora", last_name="Lindt")
    client.force_login(made)
    return made


def read(client, path, status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return str(answer.content.decode())


def section(page: str, heading: str) -> str:
    """What stands below a heading, to the next."""
    return page.split(f">{heading}</h2>")[1].split("<h2", maxsplit=1)[0]


def test_empty_pages_say_what_will_be_here(client):
    for name in ("topics", "concepts", "impressions", "questions", "lists"):
        page = read(client, reverse(name))
        assert page.count("<h1") == 1
        assert 'class="empty"' in page


def test_tree_has_what_is_new_in_each_topic_once(client, at):
    parent = factories.topic("Recognition", summary="Speech to *text*.")
    child = factories.topic("Streaming", parent=parent)
    both = factories.article(at=NOW - DAY)
    for topic in (parent, child):
        factories.label(both.pk, topic)
    factories.label(factories.article(at=NOW - DAY).pk, child, refused=True)
    factories.label(factories.article(at=NOW - 9 * DAY).pk, child)
    page = read(client, "/topics/")
    assert page.count("1 new this week") == 2
    assert "Speech to <em>text</em>." in page
    assert page.index(">Recognition</a>") < page.index(">Streaming</a>")


def test_topic_has_what_belongs_to_it_and_to_its_parts(client, at):
    parent = factories.topic("Recognition")
    child = factories.topic("Streaming", parent=parent)
    other = factories.topic("Synthesis")
    factories.label(factories.article("Lower latency").pk, child)
    factories.label(factories.article("Voices").pk, other)
    factories.label(factories.article("Refused").pk, child, refused=True)
    concept = factories.concept("Emission delay")
    factories.label(item_id(ItemKind.CONCEPT, concept.pk), child)
    book = factories.resource("A handbook", kind="book")
    factories.label(item_id(ItemKind.RESOURCE, book.pk), parent)
    page = read(client, parent.get_absolute_url())
    assert "Lower latency" in page
    assert "Voices" not in page
    assert "Refused" not in page
    assert concept.get_absolute_url() in section(page, "Concepts")
    assert "Book: 1" in section(page, "Resources")
    assert "Topics</a>" in read(client, child.get_absolute_url()).split("<h1")[0]


def test_index_narrows_by_area_and_level_without_script(client):
    area = factories.topic("Decoding")
    easy = factories.concept("Beam search", level="beginner")
    hard = factories.concept("Composition", level="research")
    factories.concept("Vocoder", level="research")
    for one in (easy, hard):
        factories.label(item_id(ItemKind.CONCEPT, one.pk), area)

    def found(query):
        return re.findall(r'<li><a href="/concepts/concept-\d+/"[^>]*>([^<]*)', read(client, f"/concepts/{query}"))  # fmt: skip

    assert found("") == ["Beam search", "Composition", "Vocoder"]
    assert found("?level=research") == ["Composition", "Vocoder"]
    assert found(f"?area={area.slug}&level=research") == ["Composition"]
    assert found("?area=nothing&level=nothing") == ["Beam search", "Composition", "Vocoder"]
    assert f'href="/concepts/?area={area.slug}&amp;level=research"' in read(client, "/concepts/?level=research")  # fmt: skip


@pytest.fixture
def transducer(client, at):
    """Transducer needs CTC and softmax; CTC needs softmax; nothing needs more than that."""
    softmax = factories.concept("Softmax")
    ctc = factories.concept(
        "Connectionist temporal classification", softmax, aliases=[{"name": "CTC", "ambiguous": True}]
    )  # fmt: skip
    return factories.concept(
        "Transducer", ctc, softmax, body=f"See [[{ctc.slug}|the older loss]] and [[nothing]].[^1]\n\n[^1]: A note.",
        goals=["Draw the *grid*."], open_questions=["Does it **learn**?"],
        aliases=[{"name": "RNN-T", "ambiguous": False}],
    )  # fmt: skip


def test_concept_has_its_text_names_goals_and_notes(client, transducer):
    page = read(client, transducer.get_absolute_url())
    assert re.search(r'<a href="/concepts/concept-\d+/"[^>]*>the older loss</a> and nothing', page)
    assert "also RNN-T" in page
    assert "Draw the <em>grid</em>." in page
    assert "Does it <strong>learn</strong>?" in section(page, "Open questions")
    assert "A note." in section(page, "Notes and revisions")
    assert "No article that names it" in page
    assert '<link rel="canonical"' in page


def test_graph_is_drawn_twice_with_links_and_without_styles(client, transducer):
    figure = read(client, transducer.get_absolute_url()).split("<figure")[1].split("</figure>")[0]
    assert figure.count("<svg") == 2
    assert figure.count('aria-label="Softmax"') == 2
    assert "style=" not in figure
    assert "Connectionist temporal</text>" in figure or ">CTC</text>" in figure
    # what follows from the rest is no edge: softmax to CTC, CTC to the transducer
    assert figure.split("</svg>")[0].count("<path") == 2


def test_path_is_in_order_and_hides_what_the_reader_knows(client, transducer, cora):
    path = reverse("concept_path", args=[transducer.slug])

    def steps():
        return re.findall(r"<li[^>]*data-row><span>(\d+)</span><a[^>]*>([^<]*)", read(client, path))  # fmt: skip

    assert [name for _n, name in steps()] == [
        "Softmax", "Connectionist temporal classification", "Transducer",
    ]  # fmt: skip
    softmax = Concept.objects.get(name="Softmax")
    answer = client.post(reverse("know", args=[softmax.pk]), {"on": "1", "next": path})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    assert [name for _n, name in steps()] == ["Connectionist temporal classification", "Transducer"]
    assert "you know 1 of 2" in read(client, path)
    client.post(reverse("know", args=[softmax.pk]), {"on": "", "next": path})
    assert len(steps()) == 3


def test_mentions_are_plotted_and_the_newest_and_best_are_named(client, transducer):
    listed = factories.reading_list("Kept")
    for number in range(7):
        article = factories.article(f"Article {number}", at=NOW - 20 * number * DAY)
        factories.mention(article, transducer, count=number + 1)
    factories.item(listed, article)
    hidden = factories.article("Hidden", state="hidden")
    factories.mention(hidden, transducer)
    page = read(client, transducer.get_absolute_url())
    newest = section(page, "Newest articles")
    assert [f"Article {n}" in newest for n in range(7)] == [True] * 5 + [False] * 2
    assert "7 articles" in page
    assert "Article 6" in section(page, "Most about it")
    assert "Hidden" not in page
    plot = page.split('<figure class="plot">')[1].split("</figure>")[0]
    assert plot.count("<rect") == 24
    assert "2 in August so far, usually 0 a month." in plot


def test_concept_names_where_else_it_stands(client, transducer):
    listed = factories.reading_list("From scratch", kind="path")
    factories.item(listed, item=item_id(ItemKind.CONCEPT, transducer.pk))
    factories.question("Why is it late?", transducer)
    factories.question("A draft?", transducer, published_at=None)
    factories.resource("The first paper", transducer, why="Short and *clear*.")
    page = read(client, transducer.get_absolute_url())
    assert "From scratch" in section(page, "Stands in these lists")
    assert "Why is it late?" in section(page, "Asked about it")
    assert "A draft?" not in page
    assert "Short and <em>clear</em>." in section(page, "The best of each kind")


def test_log_is_public_and_dated(client, transducer):
    item = item_id(ItemKind.CONCEPT, transducer.pk)
    Revision.objects.create(
        item=item, at=NOW, note="Fixed the <joiner>.", before={"body": "secret"}
    )
    Revision.objects.create(item=item, at=NOW, note="", before={})
    log = section(read(client, transducer.get_absolute_url()), "Notes and revisions")
    assert log.count("<time") == 2
    assert "Fixed the &lt;joiner&gt;." in log
    assert "secret" not in log


def test_drafts_and_what_points_at_them_are_nowhere(client, at):
    draft = factories.concept("Draft", published_at=None)
    listed = factories.reading_list("A list")
    factories.item(listed, item=item_id(ItemKind.CONCEPT, draft.pk))
    factories.concept("Shown", draft)
    read(client, draft.get_absolute_url(), 404)
    for path in ("/concepts/", "/lists/", listed.get_absolute_url(), "/sitemap.xml", "/concepts/feed.json"):  # fmt: skip
        assert "Draft" not in read(client, path), path
    assert "0 pieces" in read(client, "/lists/")


def test_resource_has_facts_and_our_words_apart(client, at):
    concept = factories.concept("CTC")
    article = factories.article("The paper itself")
    made = factories.resource(
        "Sequence Transduction", concept, authors=["Alex Graves"], year=2012, minutes=200, article=article
    )  # fmt: skip
    factories.impression(made, "Read section 2.")
    page = read(client, made.get_absolute_url())
    for said in ("Alex Graves", "2012", "3 hours", "The source.", "CTC", "Read section 2."):
        assert said in page, said
    assert article.get_absolute_url() in page


def test_impression_shows_only_the_parts_that_it_has(client, at):
    made = factories.impression(factories.resource("CS224N", kind="course"), for_whom="Engineers.")
    page = read(client, made.get_absolute_url())
    assert "The <em>pace</em>." in section(page, "What I liked")
    assert "Engineers." in section(page, "For whom")
    assert "What I did not" not in page
    assert "Worth its hours." in read(client, "/impressions/")


def test_question_has_its_answer_notes_and_misconceptions(client, at):
    concept = factories.concept("Word vector")
    other = factories.question("What is deep?")
    made = factories.question(
        "Is word2vec deep?", concept, misconceptions=[{"claim": "It has layers.", "why_wrong": "It has *one*."}]
    )  # fmt: skip
    made.related.add(other)
    page = read(client, made.get_absolute_url())
    assert "One layer." in section(page, "Notes and revisions")
    assert "It has <em>one</em>." in section(page, "What is often believed, and is wrong")
    assert "What is deep?" in section(page, "Related questions")
    assert '<p class="gist" lang="en">No.</p>' in read(client, "/questions/")
    assert "Word vector" in section(page, "Concepts")


def test_whoever_is_not_signed_in_is_told_how_to_ask_and_gets_no_cookie(client):
    answer = client.get("/questions/ask/")
    assert b"Sign in to ask" in answer.content
    assert b"<form method" not in answer.content
    assert not answer.cookies
    assert client.post("/questions/ask/", {"title": "Why?"}).headers["Location"] == "/questions/ask/"  # fmt: skip
    assert not Question.objects.exists()


def test_question_lands_in_the_queue_and_its_asker_sees_what_becomes_of_it(client, cora, at):
    bad = client.post("/questions/ask/", {"title": " ", "details": "I tried."})
    assert (bad.status_code, b"I tried." in bad.content) == (400, True)
    assert b"A question needs words" in bad.content
    sent = client.post("/questions/ask/", {"title": "Why is it late?", "details": "I tried."})
    assert b"with the curators" in client.get(sent.headers["Location"]).content
    made = Question.objects.get()
    assert (made.title, made.asked_by, made.state) == ("Why is it late?", cora, "asked")
    assert "waits for an answer" in read(client, "/questions/")
    read(client, made.get_absolute_url(), 404)
    Question.objects.update(state="declined", declined_reason="not our field")
    assert "declined: not our field" in read(client, "/questions/")
    client.logout()
    assert "Why is it late?" not in read(client, "/questions/")


def test_forms_want_the_token_of_their_page(cora, transducer):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cora)
    assert strict.post(reverse("know", args=[transducer.pk]), {"on": "1"}).status_code == 403
    page = strict.get(transducer.get_absolute_url())
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token
    told = {"on": "1", "csrfmiddlewaretoken": token[1], "next": transducer.get_absolute_url()}
    assert strict.post(reverse("know", args=[transducer.pk]), told).status_code == 302
    assert Known.objects.get().concept == transducer


def test_follow_leads_back_and_never_elsewhere(client, transducer, cora):
    item = item_id(ItemKind.CONCEPT, transducer.pk)
    path, told = reverse("follow"), {"item": item, "on": "1"}
    page = transducer.get_absolute_url()
    assert client.post(path, told | {"next": page}).headers["Location"] == page
    assert Follow.objects.get().item == item
    assert "Following</button>" in read(client, page)
    for bad in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        assert client.post(path, told | {"next": bad}).headers["Location"] == "/"
    client.post(path, {"item": item, "next": page})
    assert not Follow.objects.exists()
    assert client.post(path, {"item": 1 << 60, "on": "1"}).status_code == 404
    client.logout()
    assert client.post(path, told).headers["Location"].startswith("/me/sign-in/")
    assert f"next={page.replace('/', '%2F')}" in read(client, page)


def test_old_addresses_lead_to_where_things_are(client, transducer):
    OldSlug.objects.create(kind=ItemKind.CONCEPT, slug="rnnt", pk_now=transducer.pk)
    listed = factories.reading_list("A list")
    OldSlug.objects.create(kind=ItemKind.LIST, slug="old-list", pk_now=listed.pk)
    for path, now in (("/concepts/rnnt/", transducer), ("/lists/old-list/", listed)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (301, now.get_absolute_url())
    read(client, "/concepts/nothing/", 404)
    read(client, "/questions/rnnt/", 404)


def test_ranked_list_says_what_moved_since_last_time(client, at):
    listed = factories.reading_list("Top", kind="top")
    for name in "abcd":
        factories.item(
            listed, url=f"https://{name}.example/", title=name.upper(), position=ord(name)
        )
    now = [f"https://{name}.example/" for name in "abcd"]
    ListEdition.objects.create(reading_list=listed, at=NOW - DAY, order=[now[2], now[0], now[1]])
    page = read(client, listed.get_absolute_url())
    assert "up 1" not in page
    ListEdition.objects.create(reading_list=listed, at=NOW, order=now)
    page = read(client, listed.get_absolute_url())
    said = re.findall(r'<b class="(?:up|down|new)">([^<]*)', page)
    assert said == ["up 1", "up 1", "down 2", "new"]


def test_path_counts_what_is_done_and_the_time_that_is_left(client, cora, at):
    listed = factories.reading_list("From scratch", kind="path")
    concept = factories.concept("Softmax")
    first = factories.item(listed, item=item_id(ItemKind.CONCEPT, concept.pk), minutes=30, section="Numbers")  # fmt: skip
    second = factories.item(listed, url="https://x.example/", title="X", minutes=60, position=2, section="Sound")  # fmt: skip
    stranger = factories.item(factories.reading_list("B"), url="https://y.example/", title="Y")
    page = read(client, listed.get_absolute_url())
    assert "2 pieces, about 2 hours" in page
    assert "0 of 2 done" in page
    assert re.findall(r'<h2 id="section-\d">([^<]*)', page) == ["Numbers", "Sound"]
    assert concept.get_absolute_url() in page
    path = reverse("progress", args=[listed.slug])
    client.post(path, {"done": [first.pk, stranger.pk, "x"]})
    assert Progress.objects.get().reading == first
    page = read(client, listed.get_absolute_url())
    assert "1 of 2 done" in page
    assert "about 60 minutes left" in page
    client.post(path, {"done": [second.pk]})
    assert Progress.objects.get().reading == second
    client.logout()
    assert "done" not in section(read(client, listed.get_absolute_url()), "Numbers")


def test_lists_stand_by_kind(client, at):
    factories.reading_list("Five books", kind="top")
    page = read(client, "/lists/")
    assert "Five books" in section(page, "Ranked")
    assert "Collections" not in page


def test_article_names_its_topics_concepts_lists_and_answers(client, at):
    article = factories.article("Delay")
    topic, concept = factories.topic("Streaming"), factories.concept("Emission delay")
    factories.label(article.pk, topic)
    factories.mention(article, concept)
    factories.question("Why late?", answer=f"See [[article:{article.pk}]].")
    factories.question("Other?", answer=f"See [[article:{article.pk}1]].")
    same = factories.resource("Delay, the paper", article=article)
    listed = factories.reading_list("Papers")
    factories.item(listed, item=item_id(ItemKind.RESOURCE, same.pk), commentary="Slowly.")
    page = read(client, article.get_absolute_url())
    assert topic.get_absolute_url() in page.split("</header>")[1]
    assert "Emission delay" in section(page, "Concepts in it")
    assert "Why late?" in section(page, "Answers that refer to it")
    assert "Other?" not in page
    assert "Slowly." in page


def test_feeds_of_the_knowledge_base_say_what_is_new(client, transducer):
    topic = factories.topic("Streaming")
    article = factories.article("Delay")
    factories.label(article.pk, topic)
    factories.mention(article, transducer)
    factories.impression(factories.resource("CS224N"))
    factories.question("Is it deep?")
    for path, title in (
        ("/topics/feed", "Delay"), (f"/topics/{topic.slug}/feed", "Delay"), ("/concepts/feed", "Transducer"),
        (f"/concepts/{transducer.slug}/feed", "Delay"), ("/impressions/feed", "CS224N"), ("/questions/feed", "Is it deep?"),
    ):  # fmt: skip
        items = client.get(f"{path}.json").json()["items"]
        assert title in [item["title"] for item in items], path
        for kind in ("rss", "atom"):
            assert title in read(client, f"{path}.{kind}")
    assert "Streaming" in read(client, "/subscribe/")
    assert transducer.get_absolute_url() in read(client, "/sitemap.xml")
    read(client, "/topics/none/feed.atom", 404)
    read(client, "/concepts/none/feed.atom", 404)


def test_what_hurts_is_text(client, at):
    hostile = "<script>alert(1)</script>\"'& <b>x</b>"
    topic = factories.topic(hostile, summary=hostile)
    concept = factories.concept(
        hostile, factories.concept("Plain"), summary=hostile, body=hostile, goals=[hostile], open_questions=[hostile],
        aliases=[{"name": hostile, "ambiguous": False}],
    )  # fmt: skip
    factories.label(item_id(ItemKind.CONCEPT, concept.pk), topic)
    made = factories.resource(
        hostile, concept, why=hostile, url="javascript:alert(1)", venue=hostile
    )
    said = factories.impression(made, hostile, liked=hostile)
    asked = factories.question(hostile, concept, answer=hostile, details=hostile, misconceptions=[{"claim": hostile, "why_wrong": hostile}])  # fmt: skip
    for path in (
        "/topics/", topic.get_absolute_url(), "/concepts/", concept.get_absolute_url(), f"{concept.get_absolute_url()}path/",
        made.get_absolute_url(), "/impressions/", said.get_absolute_url(), "/questions/", asked.get_absolute_url(),
        "/questions/feed.atom", "/concepts/feed.atom",
    ):  # fmt: skip
        page = read(client, path)
        assert "<script>alert" not in page, path
        assert 'href="javascript:' not in page, path


def test_progress_is_only_of_a_list_that_readers_see(client, cora):
    assert client.post(reverse("progress", args=["nothing"])).status_code == 404
    draft = factories.reading_list("Draft", published_at=None)
    assert client.post(reverse("progress", args=[draft.slug])).status_code == 404
