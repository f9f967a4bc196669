"""One work, many faces: found, explained, honoured everywhere, and taken back exactly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kb.core.records import EntryRecord
from kb.errors import InputError
from kb.models import Article, AuditEntry, Change, Entry, Merge
from kb.selectors import articles, days, lists, works
from kb.services.articles import hide_article, refresh_articles, show_article
from kb.services.duplicates import compare_articles, compare_pending, explain
from kb.services.leases import lease
from kb.services.lists import add_to_list, create_list, publish_list
from kb.services.merges import merge_articles, undo_merge
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db

ABSTRACT = (
    "Connectionist temporal classification assumes that the labels are independent given the input, and a transducer "
    "drops that assumption with a prediction network. We prune the lattice of the transducer loss before it is "
    "evaluated, which needs a fraction of the memory, trains with larger batches and loses nothing in word error rate "
    "on three corpora of read and of spontaneous speech, streaming or not."
)
PAPER = EntryRecord(
    id="oai:1", title="Pruned RNN-T for fast, memory-efficient ASR training", link="https://arxiv.org/abs/2206.13236v1",
    published="2026-11-01T00:00:00Z", authors=("Fangjun Kuang", "Liyong Guo"), summary=f"<p>{ABSTRACT}</p>",
)  # fmt: skip
CAMERA_READY = replace(
    PAPER, id="isca", link="https://www.isca-archive.org/interspeech_2026/kuang26_interspeech.html",
    authors=("Kuang, Fangjun", "Guo, Liyong"), published="2026-11-10T00:00:00Z",
)  # fmt: skip
OTHER = replace(
    PAPER, id="o", title="Beam search", link="https://other.example.org/b", summary="<p>Beams.</p>"
)


@pytest.fixture
def two(new_source, visit):
    """The preprint and its copy in the proceedings, compared: (winner, loser, sources)."""
    arxiv, isca = (
        new_source("https://rss.arxiv.org/rss/eess.AS"),
        new_source("https://isca.example.org/feed"),
    )
    visit(arxiv, PAPER, OTHER)
    visit(isca, CAMERA_READY)
    assert compare_pending() == 1
    winner = Article.objects.get(key="arxiv:2206.13236")
    return winner, Article.objects.get(merged_into=winner), (arxiv, isca)


def test_a_preprint_and_its_copy_become_one_with_a_reason(two):
    winner, loser, (arxiv, isca) = two
    merge = Merge.objects.get()
    assert merge.reason == "same title and authors, texts 100% alike"
    assert merge.user is None
    assert loser.state == "merged"
    assert set(winner.entries.values_list("source", flat=True)) == {arxiv.pk, isca.pk}
    assert Change.objects.filter(item=loser.pk).exists()
    assert AuditEntry.objects.filter(action="merge articles").exists()
    decision, parted = explain(first_id=winner.pk, second_id=loser.pk)
    assert (decision.reason, parted) == (merge.reason, False)


def test_the_copy_is_nowhere_but_behind_the_winner(two):
    winner, loser, (_, isca) = two
    assert [s.id for s in articles.newest(limit=9, source_id=isca.pk)] == [winner.pk]
    assert loser.pk not in [
        s.id for d in days.days(days.Sorting("newest", NOW)).days for s in d.stories
    ]
    assert articles.article(loser.pk) is None
    assert works.winner_path(loser.pk) == winner.get_absolute_url()
    assert [j.reason for j in works.joined(winner.pk)] == [Merge.objects.get().reason]


def test_comparing_again_changes_nothing(two):
    Article.objects.update(compared_at=None)
    assert compare_pending() == 0
    assert Merge.objects.count() == 1


def test_what_comes_later_under_the_losers_key_lands_on_the_winner(two, visit, new_source):
    winner, _, (_, isca) = two
    visit(isca, replace(CAMERA_READY, title="Pruned RNN-T, revised"))
    visit(new_source("https://planet.example.net/f"), replace(CAMERA_READY, id="planet"))
    assert set(Entry.objects.exclude(guid="o").values_list("article", flat=True)) == {winner.pk}
    assert Article.objects.filter(state="published").count() == 2


def test_undoing_restores_entries_exactly_and_is_never_redone(two, visit, new_source):
    winner, loser, (_, isca) = two
    visit(new_source("https://planet.example.net/f"), replace(CAMERA_READY, id="planet"))
    merge = undo_merge(merge_id=Merge.objects.get().pk, acting_user=None, now=NOW)
    loser.refresh_from_db()
    assert (loser.state, loser.merged_into) == ("published", None)
    assert set(loser.entries.values_list("guid", flat=True)) == {"isca", "planet"}
    assert list(winner.entries.values_list("guid", flat=True)) == ["oai:1"]
    assert merge.undone_at == NOW
    Article.objects.update(compared_at=None)
    assert compare_pending() == 0
    visit(
        isca, replace(CAMERA_READY, title="Pruned RNN-T for fast, memory-efficient ASR training!")
    )
    assert compare_pending() == 0
    assert explain(first_id=winner.pk, second_id=loser.pk)[1] is True


def test_a_third_copy_does_not_bridge_what_a_curator_parted(two, visit, new_source):
    winner, loser, _ = two
    undo_merge(merge_id=Merge.objects.get().pk, acting_user=None, now=NOW)
    third = replace(PAPER, id="t", link="https://openreview.net/forum?id=abc123")
    visit(new_source("https://third.example.org/f"), third)
    assert compare_pending() == 1
    ends = works.roots([winner.pk, loser.pk])
    assert ends[winner.pk] != ends[loser.pk]


def test_a_copy_of_the_merged_copy_joins_the_winner(two, visit, new_source):
    winner, _, _ = two
    Article.objects.filter(pk=winner.pk).update(title="Another name by now", text="")
    visit(
        new_source("https://third.example.org/f"),
        replace(PAPER, id="t", link="https://openreview.net/forum?id=z9"),
    )
    compare_articles(
        article_ids=list(
            Article.objects.filter(key__contains="openreview").values_list("pk", flat=True)
        ),
        now=NOW,
    )
    assert Article.objects.get(key__contains="openreview").merged_into_id == winner.pk


def test_chains_come_apart_one_link_at_a_time(new_source, visit):
    source = new_source()
    visit(
        source,
        *(
            replace(OTHER, id=str(n), title=f"T{n}", link=f"https://b.example.org/{n}")
            for n in range(3)
        ),
    )
    a, b, c = Article.objects.order_by("pk")
    first = merge_articles(winner_id=b.pk, loser_id=a.pk, reason="x", now=NOW)
    second = merge_articles(winner_id=c.pk, loser_id=b.pk, reason="y", now=NOW)
    assert c.entries.count() == 3
    assert works.roots([a.pk]) == {a.pk: c.pk}
    undo_merge(merge_id=second.pk, acting_user=None, now=NOW)
    assert (b.entries.count(), c.entries.count()) == (2, 1)
    undo_merge(merge_id=first.pk, acting_user=None, now=NOW)
    assert [x.entries.count() for x in (a, b, c)] == [1, 1, 1]


def test_list_items_go_over_and_come_back(new_source, visit, two):
    winner, loser, _ = two
    undo_merge(merge_id=Merge.objects.get().pk, acting_user=None, now=NOW)
    made = create_list(title="A list", acting_user=None)
    add_to_list(list_id=made.pk, article_id=loser.pk, commentary="Read it.", acting_user=None)
    publish_list(list_id=made.pk, acting_user=None)
    merge = merge_articles(
        winner_id=winner.pk, loser_id=loser.pk, reason="by hand", now=NOW, acting_user=_curator()
    )
    assert [s.commentary for s in lists.standings(winner.pk)] == ["Read it."]
    assert add_to_list(list_id=made.pk, article_id=loser.pk, acting_user=None)[1] is False
    undo_merge(merge_id=merge.pk, acting_user=None, now=NOW)
    assert [s.commentary for s in lists.standings(loser.pk)] == ["Read it."]


def _curator():
    from kb.models import User

    return User.objects.create_user("curator")


def test_hiding_and_showing_leave_a_merged_copy_alone(two):
    _, loser, _ = two
    hide_article(article_id=loser.pk, reason="x", acting_user=None)
    show_article(article_id=loser.pk, acting_user=None)
    loser.refresh_from_db()
    assert loser.state == "merged"


def test_a_hidden_article_is_not_merged(two):
    winner, _, _ = two
    other = Article.objects.get(title="Beam search")
    hide_article(article_id=other.pk, reason="x", acting_user=None)
    with pytest.raises(InputError):
        merge_articles(winner_id=winner.pk, loser_id=other.pk, reason="x", now=NOW)


def test_the_result_does_not_depend_on_who_came_first(new_source, visit):
    early, late = new_source("https://a.example.org/f"), new_source("https://b.example.org/f")
    visit(late, CAMERA_READY)
    visit(early, PAPER, now=NOW + dt.timedelta(hours=1))
    assert compare_pending() == 1
    kept = Article.objects.get(state="published")
    assert kept.entries.count() == 2
    assert kept.title == PAPER.title


def test_entries_that_reach_a_merged_article_follow_it(two):
    """As when another process merged it between our looking and our locking."""
    winner, loser, (_, isca) = two
    Entry.objects.filter(source=isca).update(article=loser)
    refresh_articles(article_ids=[loser.pk], now=NOW)
    assert set(winner.entries.values_list("source", flat=True)) >= {isca.pk}
    assert not loser.entries.exists()


def test_nobody_compares_while_another_does(two):
    Article.objects.update(compared_at=None)
    with lease("duplicates") as held:
        assert held
        assert compare_pending() == 0
    assert Article.objects.filter(compared_at__isnull=True).exists()


def test_a_hidden_article_is_left_out_of_comparison(new_source, visit):
    visit(new_source("https://a.example.org/f"), PAPER)
    hide_article(article_id=Article.objects.get().pk, reason="x", acting_user=None)
    visit(new_source("https://b.example.org/f"), CAMERA_READY)
    assert compare_pending() == 0
    assert Article.objects.filter(state="published").count() == 1
