"""What templates are given."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from dashboard.web import components

NOUNS = [
    noun for _, noun in inspect.getmembers(components, dataclasses.is_dataclass) if isinstance(noun, type)
]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_component_cannot_be_changed_once_it_is_made(noun: type) -> None:
    fields = dataclasses.fields(noun)
    found = noun(**{field.name: "x" for field in fields})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(found, fields[0].name, "y")


@pytest.mark.parametrize("noun", NOUNS)
def test_equal_components_are_equal(noun: type) -> None:
    given = {field.name: "x" for field in dataclasses.fields(noun)}
    assert noun(**given) == noun(**given)
    assert noun(**given) != noun(**given | {next(iter(given)): "y"})


def test_what_is_left_out_says_the_least() -> None:
    assert not components.Count(3).at_least
    assert not components.ChoiceLink("Runs", "/runs/").current
    assert not components.Option("a", "A").selected
    assert components.Sort("Name", "/").direction == ""
    assert components.Control("text", "q", "Search") == components.Control(
        "text", "q", "Search", (), (), "", False
    )
    assert components.Pager(3) == components.Pager(3, "", "", ())
