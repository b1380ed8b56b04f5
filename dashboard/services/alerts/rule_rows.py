"""Alert rules as their list shows them: what each is about in words, where it sends, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from dashboard.services.alerts import rules
from dashboard.services.alerts.rules import Rule, RuleRefused
from dashboard.services.lists.questions import in_words
from dashboard.services.status.snapshot import Snapshot


@dataclass(frozen=True)
class RuleRow:
    """A rule in the list of all.

    about: what it is about, in words, or its address where that means nothing any more
    problem: why it means nothing, where that is so; then nothing is sent
    to: where its messages go; number: how many of its incidents are open
    """

    rule: Rule
    about: str
    problem: str
    to: str
    number: int


def rule_rows(snapshot: Snapshot) -> list[RuleRow]:
    """Every rule, by name; the number of queries depends on nothing that is shown."""
    numbers = rules.open_incidents()
    return [_row(rule, numbers.get(rule.pk, 0), snapshot) for rule in rules.all_rules()]


def _row(rule: Rule, number: int, snapshot: Snapshot) -> RuleRow:
    try:
        about, problem = in_words(rules.question(rule.address, snapshot)), ""
    except RuleRefused as error:
        about, problem = urlsplit(rule.address).path, str(error)
    return RuleRow(rule, about, problem, rules.where_to(rule), number)
