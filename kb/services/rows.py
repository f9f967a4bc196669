"""Many rows of one table written at once, several times as fast as `bulk_create` and `bulk_update`.

Those compile one statement for a few rows (SQLite: 999 values), and ask each field of each row for its SQL; that was
most of the time of a first crawl. Here one statement is prepared once and the driver runs it for every row: on SQLite in
C, on PostgreSQL in one round trip. What it costs: no ids come back, no signals are sent, `save` is not called, and
expressions cannot be written.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.db import connection, connections
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from django.db.models import Field

# what every driver takes as it is
_PLAIN = (BooleanField, CharField, ForeignKey, IntegerField, TextField)


def insert_rows(rows: Sequence[Model], *, skip_known: bool = False) -> int:
    """Insert unsaved rows of one model, and return how many; they get no ids.

    With `skip_known`, a row that would break a unique constraint is left out, and not counted.
    """
    if not rows:
        return 0
    meta = _options(rows)
    fields = [f for f in meta.local_concrete_fields if not f.primary_key]
    names = ", ".join(_quoted(f.column) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    end = "ON CONFLICT DO NOTHING" if skip_known else ""
    table = _quoted(meta.db_table)
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) {end}"  # noqa: S608 - names of our own models
    return _run(sql, fields, rows)


def update_rows(rows: Sequence[Model], fields: Collection[str]) -> None:
    """Write these fields of stored rows of one model."""
    if not rows:
        return
    meta = _options(rows)
    chosen = [meta.get_field(name) for name in fields]
    sets = ", ".join(f"{_quoted(f.column)} = %s" for f in chosen)
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    sql = f"UPDATE {table} SET {sets} WHERE {key} = %s"  # noqa: S608 - names of our own models
    _run(sql, [*chosen, meta.pk], rows)


def _options(rows: Sequence[Model]) -> Any:
    return rows[0]._meta  # noqa: SLF001 - Django's documented way to a model's fields


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _run(sql: str, fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> int:
    names = [f.attname for f in fields]
    forms = [(n, _form(f)) for n, f in enumerate(fields) if not isinstance(f, _PLAIN)]
    parameters = []
    for row in rows:
        values = [getattr(row, name) for name in names]
        for place, form in forms:
            values[place] = form(values[place])
        parameters.append(values)
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)
        return int(cursor.rowcount)


def _form(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """How the driver is given a value of this field: times and JSON have a form for each database."""
    # not the proxy, which looks for this thread's connection at every touch
    form = partial(field.get_db_prep_save, connection=connections[connection.alias])
    # most rows that are written together share their times
    return cache(form) if isinstance(field, DateTimeField) else form
