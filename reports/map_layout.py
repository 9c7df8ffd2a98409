"""Where the boxes of a map stand: causes left of their effects, each column spread evenly."""

from __future__ import annotations

from collections.abc import Sequence


def layers(arrows: Sequence[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    """Return node -> column and line; the column is the longest way from a beginning.

    Args:
        arrows: Begin and end of each, without a circle.
    """
    nodes = list(dict.fromkeys(node for arrow in arrows for node in arrow))
    column = dict.fromkeys(nodes, 0)
    for _ in nodes:  # without a circle the longest way has fewer arrows than there are nodes
        for begin, end in arrows:
            column[end] = max(column[end], column[begin] + 1)
    fullest = max((list(column.values()).count(one) for one in set(column.values())), default=0)
    line: dict[str, float] = {}
    for place in range(max(column.values(), default=-1) + 1):
        members = [node for node in nodes if column[node] == place]
        causes = {
            node: [line[begin] for begin, end in arrows if end == node and begin in line] or [0.0] for node in members
        }
        members.sort(key=lambda node: (sum(causes[node]) / len(causes[node]), nodes.index(node)))
        first = (fullest - len(members)) / 2
        line |= {node: first + number for number, node in enumerate(members)}
    return {node: (column[node], line[node]) for node in nodes}
