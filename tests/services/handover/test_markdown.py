"""A hand-over as a text: no word of the fleet means anything to Markdown or to an address."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from django.http import QueryDict

from dashboard.domain.states import Health
from dashboard.services.handover.markdown import as_markdown, mail_url
from dashboard.services.handover.page import Handover, handover
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.health_bars import changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOSTILE = "[walk](http://evil) **x** <b>\n# title & more"


def site(path: str) -> str:
    return f"https://site{path}"


def ask(query: str = "") -> Handover:
    snapshot = Snapshot(NOW)
    return handover(read_question("handover", QueryDict(query), snapshot), snapshot)


def test_it_is_a_list_for_each_kind_with_the_page_behind_each_line() -> None:
    live()
    stored_deployments(deployment_record("a", name=HOSTILE))
    changed((Health.OK, 99), (Health.FAILING, 3))
    assert as_markdown(ask("q=walk"), Snapshot(NOW), site).splitlines() == [
        "# Hand-over, Mon 15 Jun 21:42 to Tue 16 Jun 09:42 (UTC)",
        "",
        r"As read Tue 16 Jun 09\:41\.",
        "",
        r"Only matching walk\.",
        "",
        "## Newly failing (1)",
        "",
        r"- [\[walk\]\(http\://evil\) \*\*x\*\* \<b\>\\n\# title \& more](https://site/deployments/dep_a/): "
        r"failing, Tue 16 Jun 06\:42",
        "",
        r"Nothing else needs attention, nothing has been failing for longer, nothing stopped failing, "
        r"no error was new, no promised run was missed or late and no definition changed\.",
        "",
        "[The page](https://site/handover/?q=walk&since=2026-06-15T21%3A42%3A00Z&until=2026-06-16T09%3A42%3A01Z)",
    ]


def test_more_lines_than_are_shown_are_counted_in_text_and_mail() -> None:
    live()
    keys = [f"{number:02}" for number in range(23)]
    stored_deployments(*(deployment_record(key) for key in keys))
    for key in keys:
        changed((Health.OK, 99), (Health.FAILING, 3), key=key)
    assert "- and 3 more" in as_markdown(ask(), Snapshot(NOW), site)
    assert "  and 3 more\n" in mail(ask())["body"][0]


def test_a_mail_names_no_receiver_and_is_short_enough_for_an_address() -> None:
    live()
    stored_deployments(*(deployment_record(str(number), name=HOSTILE * 5) for number in range(9)))
    for number in range(9):
        changed((Health.OK, 99), (Health.FAILING, 3), key=str(number))
    url = mail_url(ask(), Snapshot(NOW), site)
    assert url.startswith("mailto:?subject=Hand-over%2C%20")
    assert set(mail(ask())) == {"subject", "body"}
    assert len(mail(ask())["body"][0]) < 1_700
    assert mail(ask())["body"][0].endswith(
        "https://site/handover/?since=2026-06-15T21%3A42%3A00Z&until=2026-06-16T09%3A42%3A01Z"
    )


def test_before_the_first_reading_it_says_so() -> None:
    text = as_markdown(ask(), Snapshot(NOW), site)
    assert "Nothing read yet" in text
    assert "As far as has been read, nothing began to fail, " in text


def mail(page: Handover) -> dict[str, list[str]]:
    return parse_qs(mail_url(page, Snapshot(NOW), site).partition("?")[2])
