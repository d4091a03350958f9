"""How much each of many words is like one: edit distances by dynamic programming, in plain Python."""


def distance(a: str, b: str) -> int:
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]


def similarities(words: list[str], query: str) -> list[float]:
    return [1.0 - distance(word, query) / max(len(word), len(query), 1) for word in words]
