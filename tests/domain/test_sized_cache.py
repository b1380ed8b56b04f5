"""What is kept takes so many bytes: the least recently used goes, and what is large is not kept."""

from __future__ import annotations

from dashboard.domain.sized_cache import SizedCache, kept_up_to


class Counted:
    """A function of a text that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> str:
        self.asked.append(text)
        return text.upper()


def cache_of(make: Counted, most: int = 80) -> SizedCache[str, str]:
    decorated: SizedCache[str, str] = kept_up_to(most, lambda made, given: len(made) + len(given))(make)
    return decorated


def test_the_same_is_made_once() -> None:
    make = Counted()
    upper = cache_of(make)
    assert [upper("a"), upper("b"), upper("a")] == ["A", "B", "A"]
    assert make.asked == ["a", "b"]


def test_the_least_recently_used_goes_once_the_bytes_are_used_up() -> None:
    make = Counted()
    upper = cache_of(make)
    texts = [letter * 5 for letter in "abcdefgh"]  # ten bytes each
    for text in [*texts, texts[0], "iiiii", texts[0], texts[1]]:
        upper(text)
    assert make.asked == [*texts, "iiiii", texts[1]]


def test_what_takes_a_large_part_of_it_is_not_kept() -> None:
    make = Counted()
    upper = cache_of(make)
    for text in ("a" * 5, "b" * 6, "a" * 5, "b" * 6):
        upper(text)
    assert make.asked == ["a" * 5, "b" * 6, "b" * 6]


def test_what_another_thread_made_meanwhile_is_counted_once() -> None:
    class Twice(Counted):
        def __call__(self, text: str) -> str:
            if text not in self.asked:
                self.asked.append(text)
                upper(text)
            return super().__call__(text)

    make = Twice()
    upper = cache_of(make, most=100)
    texts = [letter * 5 for letter in "abcdefghij"]
    for text in texts:
        upper(text)
    make.asked.clear()
    assert [upper(text) for text in texts] == [text.upper() for text in texts]
    assert make.asked == []


def test_it_forgets_when_it_is_asked_to() -> None:
    make = Counted()
    upper = cache_of(make)
    upper("a")
    upper.cache_clear()
    upper("a")
    assert make.asked == ["a", "a"]
