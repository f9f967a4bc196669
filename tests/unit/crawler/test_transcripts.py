"""Transcripts and lengths in every spelling that podcasts use."""

from __future__ import annotations

import json
import time

import pytest

from crawler.parse.feed import parse_feed
from crawler.parse.media import parse_duration
from crawler.parse.transcript import parse_transcript, transcript_format
from kb.core.records import Segment

SRT = "1\r\n00:00:01,500 --> 00:00:04,000\r\nMei: Hello <i>and</i> welcome.\r\n\r\n2\r\n01:00:05,000 --> 01:00:06,000\r\nJo: Thanks\r\nfor having me.\r\n"
VTT = "WEBVTT\n\nNOTE made by hand\n\nintro\n00:01.500 --> 00:04.000 align:start\n<v Mei>Hello <00:02.000>and welcome.</v>\n\n01:00:05.000 --> 01:00:06.000\n<v.loud Jo>Thanks\nfor having me.\n"
JSON = json.dumps(
    {
        "version": "1.0.0",
        "segments": [
            {"speaker": "Mei", "startTime": 1.5, "endTime": 4, "body": "Hello and welcome."},
            {
                "speaker": "Jo",
                "startTime": 3605.0,
                "endTime": 3606,
                "body": "Thanks for having me.",
            },
            {"body": 3},
            "nonsense",
        ],
    }
)
WHISPER = json.dumps(
    {"text": "…", "segments": [{"id": 0, "start": 1.5, "text": " Hello and welcome."}]}
)
HTML = "<cite>Mei:</cite>\n<time>0:01</time>\n<p>Hello &amp; welcome.</p>\n<cite>Jo:</cite><time>1:00:05</time><p>Thanks.</p>"
TALK = (Segment(1.5, "Hello and welcome.", "Mei"), Segment(3605.0, "Thanks for having me.", "Jo"))


@pytest.mark.parametrize(
    ("text", "url", "kind", "expected"),
    [
        (SRT, "https://e.example/1.srt", "application/srt", TALK),
        (SRT, "https://e.example/1.srt?x=1", "text/plain", TALK),
        ("\ufeff" + SRT, "https://e.example/1", "application/x-subrip", TALK),
        (VTT, "https://e.example/1.vtt", "text/vtt", TALK),
        (JSON, "https://e.example/1", "application/json", TALK),
        (WHISPER, "https://e.example/1.json", "", (Segment(1.5, "Hello and welcome."),)),
        (
            HTML,
            "https://e.example/1",
            "text/html",
            (Segment(1.0, "Hello & welcome.", "Mei"), Segment(3605.0, "Thanks.", "Jo")),
        ),
        (
            "<html><body><p>Mei: Hello.</p><div>And <b>more</b>.</div></body></html>",
            "https://e.example/1",
            "text/html",
            (Segment(None, "Hello.", "Mei"), Segment(None, "And more.")),
        ),
        (
            "Mei: Hello\nthere.\n\nJo: Thanks.",
            "https://e.example/1.txt",
            "text/plain",
            (Segment(None, "Hello there.", "Mei"), Segment(None, "Thanks.", "Jo")),
        ),
    ],
)
def test_formats(text: str, url: str, kind: str, expected: tuple[Segment, ...]) -> None:
    read = parse_transcript(text.encode(), url, kind, {})
    assert (read.ok, read.error) == (True, "")
    assert read.segments == expected


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("<!doctype html><html>Please enable scripts</html>", "text/vtt", "Not a transcript that"),
        ("%PDF-1.7", "application/pdf", "Not a transcript that"),
        ("{broken", "application/json", "Not a transcript ("),
        ("[" * 100_000, "application/json", "Not a transcript ("),
        ("WEBVTT\n\n", "text/vtt", "The transcript is empty"),
        ("[3]", "application/json", "The transcript is empty"),
    ],
)
def test_what_is_none_says_so(text: str, kind: str, error: str) -> None:
    read = parse_transcript(text.encode(), "https://e.example/t", kind, {})
    assert not read.ok
    assert read.error.startswith(error)


def test_captions_are_joined_to_stretches() -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:00:00,000\nword number {n}{'.' if n % 5 == 4 else ''}\n\n"
        for n in range(120)
    )
    segments = parse_transcript(cues.encode(), "https://e.example/1.srt", "", {}).segments
    assert 3 <= len(segments) <= 12
    assert segments[0].start == 0.0
    assert all(s.text.endswith(".") for s in segments)
    assert " ".join(s.text for s in segments).count("word number") == 120


def test_the_type_counts_unless_it_says_nothing() -> None:
    assert transcript_format("https://e.example/1.txt", "text/vtt; charset=utf-8") == "vtt"
    assert transcript_format("https://e.example/1.srt", "text/plain") == "srt"
    assert transcript_format("https://e.example/1.pdf", "application/pdf") == ""


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3723", 3723), (" 1:02:03 ", 3723), ("62:03", 3723), ("PT1H2M3S", 3723), ("90.5", 90), (33, 33),
     ("0", None), ("", None), (None, None), ("soon", None), ("99999999", None), ("-5", None)],
)  # fmt: skip
def test_lengths(said: object, seconds: int | None) -> None:
    assert parse_duration(said) == seconds


def test_json_feeds_tell_lengths_too() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": "1",
                "url": "https://e.example/1",
                "attachments": [{"url": "https://e.example/1.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 60}],
            }
        ],
    }  # fmt: skip
    (entry,) = parse_feed(json.dumps(feed).encode(), "https://e.example/", {}).entries
    assert (entry.kind, entry.duration) == ("episode", 60)


def test_transcripts_in_broken_feeds_are_found_and_made_whole() -> None:
    text = """<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><item><guid>1</guid>
    <podcast:transcript url="/1.pdf" type="application/pdf"/><podcast:transcript url="/1.txt" type="text/plain"/>
    <podcast:transcript url="/1.srt" type="application/srt" rel="captions"></podcast:transcript>
    <podcast:transcript url="javascript:alert(1)" type="text/vtt"/><title>A & B</title></item>"""
    (entry,) = parse_feed(text.encode(), "https://e.example/feed", {}).entries
    assert [t.url for t in entry.transcripts] == ["https://e.example/1.srt", "https://e.example/1.txt"]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"<cite>" + b"<p>" * 500_000, b"\n" * 500_000 + b"-->", b"<time>" * 300_000, b"<v " * 500_000],
)
@pytest.mark.parametrize("kind", ["text/vtt", "text/html", "text/plain"])
def test_hostile_files_cost_little(body: bytes, kind: str) -> None:
    began = time.process_time()
    parse_transcript(body, "https://e.example/t", kind, {})
    assert time.process_time() - began < 3


def test_times_that_no_recording_has_are_none() -> None:
    text = '[{"start": Infinity, "text": "a"}, {"start": -1, "text": "b"}, {"start": NaN, "text": "c"}]'
    read = parse_transcript(text.encode(), "https://e.example/t.json", "", {})
    assert [s.start for s in read.segments] == [None, None, None]
