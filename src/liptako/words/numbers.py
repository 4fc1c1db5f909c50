"""Numbers as readers meet them: one rounding for tolls, one for shares in a hundred."""

from __future__ import annotations

import math
from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "numbers",
    {
        "range": "{low} to {high}",
        "range_unknown": "range unknown",
        "unknown": "unknown",
        "below_one": "< 1",
        "above_99": "> 99",
        "below_one_in_100": "fewer than 1 in 100",
        "above_99_in_100": "more than 99 in 100",
        "in_100": "{number} in 100",
        "at_most_one": "at most 1",
        "or": "{most} or {last}",
        "and": "{most} and {last}",
        "yes": "yes",
        "no": "no",
        "none": "none",
        **{str(n): word for n, word in enumerate(("two", "three", "four", "five", "six"), 2)},
    },
)

MISSING = "?"
"""Stands for a number that nobody knows."""


def rounded(value: float) -> str:
    """Return a simulated number of people at the precision it deserves, in prose and tables.

    Example:
        >>> [rounded(x) for x in (7.4, 287.0, 5712.0, 10394.0, 1_412_345.0)]
        ['7', '290', '5,700', '10,400', '1,410,000']
    """
    size = abs(value)
    step = 1 if size < 100 else 10 if size < 1000 else 100
    while size >= 1000 * step:
        step *= 10
    return f"{int(round(value / step) * step):,}"


def signed(value: float) -> str:
    """Return a difference with its sign, to two figures and no finer than a thousandth.

    Example:
        >>> [signed(x) for x in (-1234.4, 0.034, 12.3, -0.00002, 0.0)]
        ['-1,234', '+0.034', '+12', '0', '0']
    """
    size = abs(value)
    digits = 3 if size < 0.1 else max(0, 1 - math.floor(math.log10(size)))
    text = f"{value:+,.{digits}f}"
    return text if float(text.replace(",", "")) else "0"


def exact(value: float | None) -> str:
    """Return a recorded number to the last one.

    Example:
        >>> exact(6109.0), exact(986.8), exact(None)
        ('6,109', '987', '?')
    """
    return MISSING if value is None or math.isnan(value) else f"{round(value):,}"


def between(low: object, high: object) -> str:
    """Return a range in words.

    Example:
        >>> between(41, 74)
        '41 to 74'
    """
    return say("range", low=low, high=high)


def hundreds(shares: Sequence[float], total: int = 100) -> list[int]:
    """Return whole numbers in proportion to `shares` that add up to `total` (largest remainder).

    Example:
        >>> hundreds([0.576, 0.337, 0.087])
        [57, 34, 9]
    """
    whole = math.fsum(shares)
    if whole <= 0:
        return [0] * len(shares)
    exact_ = [share / whole * total for share in shares]
    floors = [math.floor(value + 1e-9) for value in exact_]
    by_rest = sorted(range(len(shares)), key=lambda place: floors[place] - exact_[place])
    for place in by_rest[: total - sum(floors)]:
        floors[place] += 1
    return floors


HALF = 0.005
"""Half of one in 100."""


def few(count: int, share: float) -> str:
    """Return a count in 100 futures; what is not never is not 0, and under a half is not 1.

    Example:
        >>> few(0, 0.003), few(1, 0.004), few(0, 0.0), few(27, 0.27)
        ('< 1', '< 1', '0', '27')
    """
    return say["below_one"] if share > 0 and (count == 0 or share < HALF) else str(count)


def of_100(share: float) -> str:
    """Return a share in 100, what is not never as below one.

    Example:
        >>> of_100(0.003), of_100(0.276)
        ('< 1', '28')
    """
    return few(round(100 * float(share)), float(share))


def whole_100(share: float) -> str:
    """Return the end of a range in 100; a question mark where too few futures leave it unknown.

    Example:
        >>> whole_100(0.414), whole_100(float("nan"))
        ('41', '?')
    """
    return MISSING if math.isnan(share) else str(round(100 * float(share)))


def inside_100(share: float) -> str:
    """Return a chance in 100 that is neither certain nor impossible by rounding alone.

    Example:
        >>> [inside_100(p) for p in (0.005, 0.27, 0.995)]
        ['< 1', '27', '> 99']
    """
    whole = round(share * 100)
    if whole <= 0:
        return say["below_one"]
    return say["above_99"] if whole >= 100 else str(whole)


def in_hundred(share: float) -> str:
    """Return a chance in words that do not promise more than it holds.

    Example:
        >>> [in_hundred(p) for p in (0.0, 0.27, 0.999)]
        ['fewer than 1 in 100', '27 in 100', 'more than 99 in 100']
    """
    whole = round(share * 100)
    if whole <= 0:
        return say["below_one_in_100"]
    return say["above_99_in_100"] if whole >= 100 else say("in_100", number=whole)


def one_or_range(low: object, high: object) -> str:
    """Return a range whose ends may be the same.

    Example:
        >>> one_or_range(3, 3), one_or_range(3, 5)
        ('3', '3 to 5')
    """
    return str(low) if low == high else between(low, high)


def cardinal(number: int) -> str:
    """Return a small number in letters, others in figures.

    Example:
        >>> cardinal(3), cardinal(12)
        ('three', '12')
    """
    return say.get(str(number), str(number))


def either(items: Sequence[str]) -> str:
    """Return items with an "or" before the last.

    Example:
        >>> either(["stays", "breaks up", "ends"])
        'stays, breaks up or ends'
    """
    return _joined("or", items)


def every(items: Sequence[str]) -> str:
    """Return items with an "and" before the last.

    Example:
        >>> every(["game", "rates"])
        'game and rates'
    """
    return _joined("and", items)


def _joined(key: str, items: Sequence[str]) -> str:
    if len(items) == 1:
        return items[0]
    return say(key, most=", ".join(items[:-1]), last=items[-1])
