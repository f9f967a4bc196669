"""What must be known before what: a graph without cycles, told as plain mappings from a thing to what it needs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

T = TypeVar("T")


def cycle(needs: Mapping[T, Iterable[T]], thing: T, needed: T) -> list[T]:
    """The shortest circle that `thing` needing `needed` would close, from `thing` to itself; [] where there is none."""
    if thing == needed:
        return [thing, thing]
    before: dict[T, T] = {}
    waiting = deque([needed])
    while waiting:
        at = waiting.popleft()
        for further in needs.get(at, ()):
            if further == thing:
                return [thing, *_steps(before, needed, at), thing]
            if further not in before and further != needed:
                before[further] = at
                waiting.append(further)
    return []


def _steps(before: Mapping[T, T], start: T, end: T) -> list[T]:
    """The way from `start` to `end`, found by walking back."""
    found = [end]
    while found[-1] != start:
        found.append(before[found[-1]])
    return found[::-1]


def path_to(
    needs: Mapping[T, Iterable[T]],
    thing: T,
    *,
    known: Collection[T] = (),
    name: Callable[[T], str] = str,
) -> list[T]:
    """What to learn before `thing`, in an order in which nothing comes before what it needs.

    The order is by depth, the length of the longest way down to something that needs nothing more, then by name, so
    that it stays as it is when something unrelated is added. What is known is left out, and so is what is needed for
    that alone. Raises ValueError where the graph has a circle.
    """
    depths: dict[T, int] = {}
    skipped = set(known)

    def needed_for(at: T) -> list[T]:
        return [further for further in needs.get(at, ()) if further not in skipped]

    entered: set[T] = set()
    stack = [thing]
    # without recursion: a chain may be longer than Python's stack
    while stack:
        at = stack[-1]
        fresh = [further for further in needed_for(at) if further not in depths]
        if at in depths:
            stack.pop()
        elif not fresh:
            depths[at] = 1 + max((depths[further] for further in needed_for(at)), default=-1)
            stack.pop()
        elif at in entered:
            raise ValueError(f"{name(at)} needs itself")
        else:
            entered.add(at)
            stack += fresh
    del depths[thing]
    return sorted(depths, key=lambda one: (depths[one], name(one).casefold(), name(one)))
