"""Episodes and films: their length, and what is said in them with its times."""

from __future__ import annotations

from tests.web import factories


def segments(*rows):
    return {
        "ok": True,
        "segments": [{"start": s, "speaker": who, "text": text} for s, who, text in rows],
    }


def test_a_transcript_stands_on_the_page_with_its_times(client, db):
    made = factories.article("A show", kind="episode", duration=3723, html="", text="All of it.")
    made.entries.update(
        transcript=segments(
            (1.0, "Mei", "Welcome <b>all</b>."), (63.5, "Mei", "To the show."), (3661, "Jo", "Bye.")
        )
    )
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Episode" in page
    assert "1:02:03" in page
    assert '<li id="t63-2"><a href="#t63-2"><time datetime="PT63S">1:03</time></a>' in page
    assert "<b>Mei:</b> Welcome &lt;b&gt;all&lt;/b&gt;." in page
    assert page.count("<b>Mei:</b>") == 1
    assert "1:01:01" in page
    assert "All of it." not in page


def test_an_article_has_none(client, db):
    page = client.get(factories.article().get_absolute_url()).content.decode()
    assert "What is said" not in page
    assert "Episode" not in page
