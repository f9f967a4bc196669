"""The form of bundled files: what is wrong is told with its place."""

from __future__ import annotations

import datetime as dt

import pytest

from kb.core.starter import read_content

TOPIC = b'[[topic]]\nslug = "speech"\nname = "Speech"\n'
CONCEPT = """
[[concept]]
slug = "%s"
name = "%s"
level = "beginner"
summary = "One line."
body = "Words."
requires = [%s]
"""


def concepts(**needs: str) -> bytes:
    return "".join(
        CONCEPT % (slug, slug.title(), ", ".join(f'"{n}"' for n in said.split()))
        for slug, said in needs.items()
    ).encode()


def problems(**files: bytes) -> tuple[str, ...]:
    named = {name.replace("__", "/") + ".toml": text for name, text in files.items()}
    return read_content(named).problems


def test_entries_are_read_by_kind_in_order_and_other_files_are_not_looked_at():
    found = read_content(
        {
            "topics.toml": TOPIC,
            "concepts/b.toml": concepts(two="one"),
            "concepts/a.toml": concepts(one=""),
            "questions/is-it.toml": b'title = "Is it?"\nanswer = "Yes."\npublished = 2020-02-03\n',
            "aliases.toml": b"not toml at all",
            "concepts/readme.txt": b"\xff",
        }
    )
    assert found.problems == ()
    assert [entry.slug for entry in found.entries["concept"]] == ["one", "two"]
    (question,) = found.entries["question"]
    assert (question.slug, question.published) == ("is-it", dt.date(2020, 2, 3))


def test_the_hash_follows_what_is_said_and_not_how():
    def hashed(text: bytes) -> str:
        return read_content({"topics.toml": text}).entries["topic"][0].hash

    assert hashed(TOPIC) == hashed(b'[[topic]]\nname = """Speech"""\nslug = "speech" # x\n')
    assert hashed(TOPIC) != hashed(TOPIC.replace(b"Speech", b"Sound"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[[topic]", "topics.toml: Expected"),
        (b"\xff", "topics.toml: 'utf-8' codec"),
        (b'[[topic]]\nslug = "a"\n', "topics.toml: a: name is missing"),
        (b'[[topic]]\nslug = "a"\nname = ""\n', "topics.toml: a: name is empty"),
        (b'[[topic]]\nslug = "a"\nname = 3\n', "topics.toml: a: name must be a text"),
        (b'[[topic]]\nslug = "A b"\nname = "x"\n', "topics.toml: A b: 'A b' is no slug"),
        (TOPIC + b'colour = "red"\n', "topics.toml: speech: there is no field 'colour'"),
        (TOPIC + b'parent = "sound"\n', "parent names the topic 'sound', which there is not"),
        (TOPIC + TOPIC, "topics.toml: speech: stands in topics.toml: speech already"),
        (b'[[concept]]\nslug = "a"\n', "only [[topic]] may stand here, not concept"),
        (TOPIC + b'parent = "speech"\n', "speech → speech is a circle"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, said):
    (problem,) = problems(topics=text)
    assert said in problem


def test_a_circle_of_prerequisites_is_told_with_its_way():
    found = problems(concepts__a=concepts(one="two", two="three", three="one"))
    assert found == ("concepts/a.toml: three: three → one → two → three is a circle",)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ('target = "concept:x"\ncommentary = "w"', "item names the concept 'x', which there is not"),
        ('target = "what:x"\ncommentary = "w"', "item names the what 'x', which there is not"),
        ('commentary = "w"', "item 1: give a target or a url"),
        ('target = "concept:x"\nurl = "https://x.example/"\ntitle = "t"\ncommentary = "w"', "give a target or a url"),
        ('url = "https://x.example/"\ncommentary = "w"', "item 1: a url needs a title"),
        ('url = "x"\ntitle = "t"\ncommentary = "w"', "item 1: 'x' is not a web address"),
        ('url = "https://x.example/"\ntitle = "t"', "item 1: commentary is missing"),
        ('url = "https://x.example/"\ntitle = "t"\ncommentary = "w"\nminutes = 0', "minutes must be a whole number"),
    ],
)  # fmt: skip
def test_items_of_lists_point_at_one_thing_with_commentary(item, said):
    text = f'title = "T"\nkind = "top"\n[[item]]\n{item}\n'.encode()
    assert said in problems(lists__t=text)[0]


def test_tables_within_an_entry_are_looked_at():
    text = b'title = "T"\nanswer = "A"\nmisconceptions = [{claim = "c"}]\nhours = 2\n'
    assert problems(questions__q=text) == (
        "questions/q.toml: misconceptions 1: why_wrong is missing",
        "questions/q.toml: there is no field 'hours'",
    )
