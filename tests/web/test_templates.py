"""Templates: whatever they write is escaped, and what is markup already is not escaped again."""

from __future__ import annotations

import markupsafe
import pytest

from dashboard.web.templates import Environment, escaped, written

HOSTILE = "<script>\"&'</script>"


class Element:
    """Something that knows its own markup."""

    def __html__(self) -> str:
        return "<b>"


@pytest.mark.parametrize(
    "value", [HOSTILE, "plain", 5, -5, True, 1.5, None, Element(), ["<b>"], written("<b>")]
)
def test_a_value_is_escaped_as_the_library_escapes_it(value: object) -> None:
    assert escaped(value) == str(markupsafe.escape(value))


def test_what_a_template_writes_is_escaped_once() -> None:
    env = Environment(autoescape=True)
    template = env.from_string("{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold(x) }}{{ x }}")
    safe = "&lt;script&gt;&#34;&amp;&#39;&lt;/script&gt;"
    assert template.render(x=HOSTILE) == f"<b>{safe}</b>{safe}"
