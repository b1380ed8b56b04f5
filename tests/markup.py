"""A page read back as elements, so that a test asks for what is on it rather than for its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "path", "circle", "use"))


@dataclass
class Element:
    """One element: its attributes, and the text and the elements inside it, however deep."""

    tag: str
    attrs: dict[str, str]
    text: str = ""
    inner: list[Element] = field(default_factory=list)

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """Those elements in it that have these attributes; `data_status` stands for `data-status`."""
        named = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [
            element
            for element in self.inner
            if element.tag == tag and all(element.attrs.get(name) == value for name, value in named.items())
        ]

    def one(self, tag: str, **wanted: str) -> Element:
        """The only element of that kind."""
        result = self.all(tag, **wanted)
        assert len(result) == 1, f"{len(result)} of <{tag} {wanted}>"
        return result[0]

    def words(self) -> str:
        """The text in it, with single spaces."""
        return " ".join(self.text.split())

    def ids(self, table: str) -> list[str]:
        """The ids of the rows of that table, in order."""
        return [
            row.attrs["id"]
            for element in self.all("table", id=table)
            for row in element.all("tr")
            if row.attrs.get("id")
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        for around in self.open:
            around.inner.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        tags = [element.tag for element in self.open]
        if tag in tags:
            del self.open[len(tags) - 1 - tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        for around in self.open:
            around.text += data


def read(response: Any) -> Element:
    """The page or fragment of a response."""
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    return reader.root
