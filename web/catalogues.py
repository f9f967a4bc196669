"""The site's texts in other languages: collected from the sources, kept as `locale/<language>/LC_MESSAGES/django.po`, and
compiled into DATA_DIR when the site starts, so that nobody needs gettext's programs."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("kb", "web")
KEYWORDS: Any = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "say": None,
}

HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def po_file(language: str) -> Path:
    """Where a language is kept: `locale/de/LC_MESSAGES/django.po`."""
    folder: Path = settings.BASE_DIR / "locale" / to_locale(language)
    return folder / "LC_MESSAGES" / "django.po"


def languages() -> list[str]:
    """Those of settings.LANGUAGES that are translated."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def collect() -> Catalog:
    """Every text of the site that can be translated, with the files that it stands in."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for file in _sources():
        source = file.read_text(encoding="utf-8")
        if file.suffix == ".html":
            # Django makes a template into something like Python; a bracket keeps its lines from being statements
            source = f"({templatize(source)})"
        name = file.relative_to(settings.BASE_DIR).as_posix()
        for _line, message, comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):  # fmt: skip
            found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        folder = settings.BASE_DIR / package
        for pattern in ("*.py", "*.html"):
            yield from sorted(folder.rglob(pattern))


def read(language: str) -> Catalog:
    """The language as it is kept, or an empty one."""
    file = po_file(language)
    if not file.exists():
        return Catalog(locale=to_locale(language), charset="utf-8", fuzzy=False)
    with file.open("rb") as kept:
        return read_po(kept, locale=to_locale(language))


def update(language: str) -> list[str]:
    """Bring the language's file up to date with the sources; returns the texts that are still to be translated.

    What is new is added empty, what is gone is dropped, and nothing is guessed.
    """
    catalog, file = read(language), po_file(language)
    catalog.update(collect(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as kept:
        # a header that says only what programs read, so that two people who collect the same texts write the same file
        kept.write(HEADER.format(language=language, plurals=catalog.plural_forms).encode())
        write_po(kept, catalog, width=0, sort_output=True, include_lineno=False, omit_header=True)
    return [str(message.id) for message in catalog if message.id and not _whole(message.string)]


def _whole(string: str | list[str] | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


def compile_all() -> None:
    """Write what Django reads, where it is older than what people wrote."""
    for language in languages():
        source = po_file(language)
        folder = Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES"
        made = folder / "django.mo"
        if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        # several processes may start at once, and none may read half a file
        fresh = folder / f"django.{os.getpid()}"
        with fresh.open("wb") as file:
            write_mo(file, read(language))
        fresh.replace(made)
