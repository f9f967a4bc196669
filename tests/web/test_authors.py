"""Authors by name, and the names kept beside articles."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kb.models import Article, ArticleAuthor, Entry
from kb.services.articles import refresh_articles
from kb.services.merges import undo_merge
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


def read(client, path: str, status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(answer.content.decode().split())


def test_all_spellings_of_a_name_share_a_page(client, at):
    factories.article("One", authors=["Povey, Daniel", "Ada King"])
    factories.article("Two", authors=["Daniel Povey"])
    factories.article("Hidden", authors=["Daniel Povey"], state="hidden")
    page = read(client, "/authors/daniel-povey/")
    assert "2 articles under this name" in page
    assert "One" in page
    assert "Two" in page
    assert "Hidden" not in page
    assert 'href="/authors/ada-king/"' in page
    assert b"One" in client.get("/authors/daniel-povey/feed.atom").content


def test_a_guessed_address_leads_to_the_page_and_nobody_is_404(client, at):
    factories.article("One", authors=["Daniel Povey"])
    for guess in ("Daniel%20Povey", "Daniel_Povey", "DANIEL-POVEY"):
        answer = client.get(f"/authors/{guess}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/authors/daniel-povey/")
    assert client.get("/authors/nobody/", follow=True).status_code == 404
    assert client.get("/authors/daniel-povey/?page=2").status_code == 404
    assert client.get("/authors/---/").status_code == 404


def test_the_index_shows_this_year_and_finds_by_any_word(client, at):
    factories.article("Old", authors=["Ada King"], at=NOW - dt.timedelta(days=800))
    factories.article("New", authors=["Ben Povey", "张三"])
    index = read(client, "/authors/")
    assert "Ben Povey" in index
    assert "Ada King" not in index
    assert "Ada King" in read(client, "/authors/?q=kin")
    assert "张三" in read(client, "/authors/?q=张")
    assert "Nobody of this name" in read(client, "/authors/?q=zzz")
    assert client.get("/authors/?q=%00%25").status_code == 200


def test_names_follow_the_article(at):
    made = factories.article("One", authors=["Ada King"])
    Entry.objects.filter(article=made).update(authors=["Ben Ray", "Cy Orr"])
    refresh_articles(article_ids=[made.pk], now=NOW)
    assert set(ArticleAuthor.objects.values_list("name", flat=True)) == {"Ben Ray", "Cy Orr"}


def test_a_merged_copy_counts_once_and_comes_back(client, at):
    kept, copy = factories.article("Kept", authors=["Ada King"]), factories.article("Copy", authors=["Ada King"])  # fmt: skip
    Entry.objects.update(authors=["Ada King"])
    merge = factories.merged(kept, copy)
    assert "1 article under this name" in read(client, "/authors/ada-king/")
    undo_merge(merge_id=merge.pk, acting_user=None, now=NOW)
    assert "2 articles under this name" in read(client, "/authors/ada-king/")


def test_hostile_names_are_text(client, at):
    factories.article("One", authors=["<script>alert(1)</script>", "a" * 500])
    page = read(client, "/authors/")
    assert "<script>alert" not in page
    paths = re.findall(r'href="(/authors/[^"?]+/)"', page)
    assert len(paths) == 2
    for path in paths:
        read(client, path)
    assert Article.objects.count() == 1
