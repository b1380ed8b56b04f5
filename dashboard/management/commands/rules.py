"""`manage.py rules`: the rules that word is sent by."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.access import audit
from dashboard.domain.states import Deed
from dashboard.services.alerts import quiet, rules
from dashboard.services.alerts.quiet import QuietDraft
from dashboard.services.alerts.rules import RuleDraft, RuleRefused
from dashboard.services.status.snapshot import Snapshot

_USUAL = {"deployments": "health=failing", "runs": "status=failed", "failures": ""}  # what is filtered by
_BY = audit.Actor(audit.COMMAND)


class Command(BaseCommand):
    """Lists, makes, tries and removes rules."""

    help = "The rules of alerts: list them, add one, send a test, remove one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One thing to do."""
        do = parser.add_subparsers(dest="do", required=True)
        do.add_parser("list", help="every rule, and how its last message went")
        add = do.add_parser("add", help="word of the deployments or runs that match a filter")
        add.add_argument("--name", required=True)
        add.add_argument(
            "--of",
            choices=_USUAL,
            default="deployments",
            help="how these stand, or each finished run",
        )
        add.add_argument("--filter", help="as in the address of that list, such as status=failed")
        target = add.add_mutually_exclusive_group(required=True)
        target.add_argument("--webhook", metavar="URL")
        target.add_argument("--email", metavar="ADDRESS")
        target.add_argument(
            "--service", metavar="URL", help="as apprise writes it, slack://…; - reads it from the input"
        )
        add.add_argument("--secret", default="", help="whsec_… of the webhook; made where it is not given")
        add.add_argument("--zone", default="UTC", help="whose clock messages show")
        add.add_argument(
            "--daily", nargs="?", const="08:00", default="", help="a summary at that time of each day"
        )
        for name in ("test", "remove"):
            do.add_parser(name).add_argument("name")
        quiet = do.add_parser("quiet", help="planned work: when nothing is sent, and of what")
        _add_quiet(quiet.add_subparsers(dest="what", required=True))

    def handle(self, *, do: str, **options: Any) -> None:
        """Do it."""
        ways = {"list": self._list, "add": self._add, "test": self._test, "remove": self._remove}
        ways |= {"quiet": self._quiet}
        ways[do](options)

    def _list(self, _options: dict[str, Any]) -> None:
        for rule in rules.all_rules():
            state = rule.last_error or ("arrives" if rule.last_sent_at else "nothing sent yet")
            daily = f", daily at {rule.daily_at} {rule.zone}" if rule.daily_at else ""
            to = rules.where_to(rule) if rules.is_service(rule.target) else rule.target
            where = f"{rule.address} by {rule.send_by} to {to}{daily}"
            self.stdout.write(f"{rule.name}: {where}: {state}")

    def _add(self, options: dict[str, Any]) -> None:
        given = options["filter"]
        draft = RuleDraft(
            name=options["name"],
            address=f"/{options['of']}/?{_USUAL[options['of']] if given is None else given}",
            target=options["webhook"] or options["email"] or _service(options["service"]),
            secret=options["secret"],
            zone=options["zone"],
            daily=options["daily"],
        )
        try:
            rule = rules.make(draft, "", Snapshot(timezone.now()))
        except RuleRefused as error:
            raise CommandError(f"no rule was made: {error}") from error
        audit.record(Deed.RULE_MADE, _BY, rule.name)
        self.stdout.write(f"made {rule.name}: {rule.address}")
        if rule.secret and not options["secret"]:
            self.stdout.write(f"its secret, shown only now: {rule.secret}")

    def _test(self, options: dict[str, Any]) -> None:
        if not rules.send_test(options["name"], timezone.now()):
            raise CommandError("there is no rule of that name")
        audit.record(Deed.RULE_TRIED, _BY, options["name"])
        self.stdout.write("a test is in the outbox: it is sent within a turn of the sync")

    def _remove(self, options: dict[str, Any]) -> None:
        if not rules.remove(options["name"]):
            raise CommandError("there is no rule of that name")
        audit.record(Deed.RULE_REMOVED, _BY, options["name"])
        self.stdout.write("removed")

    def _quiet(self, options: dict[str, Any]) -> None:
        snapshot = Snapshot(timezone.now())
        if options["what"] == "list":
            for row in quiet.rows(snapshot):
                state = row.problem or ("now" if row.until else f"{row.covers} deployments")
                self.stdout.write(f"{row.name}: {row.address}, {row.when}: {state}")
        elif options["what"] == "remove":
            if not quiet.remove(options["name"]):
                raise CommandError("there is no quiet window of that name")
            audit.record(Deed.WINDOW_REMOVED, _BY, options["name"])
            self.stdout.write("removed")
        else:
            self._add_quiet(options, snapshot)

    def _add_quiet(self, options: dict[str, Any], snapshot: Snapshot) -> None:
        draft = QuietDraft(
            name=options["name"],
            address=f"{rules.PATH}?{options['filter']}",
            zone=options["zone"],
            begins=options["begins"],
            ends=options["ends"],
            days=tuple(options["on"].split(",")) if options["on"] else (),
            from_time=options["from"],
            to_time=options["to"],
        )
        try:
            window = quiet.make(draft, "", snapshot)
        except RuleRefused as error:
            raise CommandError(f"no quiet window was made: {error}") from error
        audit.record(Deed.WINDOW_MADE, _BY, window.name)
        self.stdout.write(f"made {window.name}: {window.address}, {window.covers} deployments")


def _service(given: str) -> str:
    """The address of a service. Raises CommandError for what is none, and quotes nothing of it."""
    target = sys.stdin.readline().strip() if given == "-" else given
    if not rules.is_service(target):
        raise CommandError("no rule was made: a service has an address of apprise, such as slack://…")
    return target


def _add_quiet(what: Any) -> None:
    """The arguments of `rules quiet`."""
    what.add_parser("list", help="every quiet window")
    what.add_parser("remove").add_argument("name")
    add = what.add_parser("add", help="once, by --begins and --ends, or again and again, by --from and --to")
    add.add_argument("--name", required=True)
    add.add_argument("--filter", default="", help="as in the address of the deployments; all of them")
    add.add_argument("--zone", default="UTC", help="whose clock it goes by")
    add.add_argument("--begins", default="", metavar="2026-11-03T22:00")
    add.add_argument("--ends", default="", metavar="2026-11-04T06:00")
    add.add_argument("--on", default="", metavar="sat,sun", help="the days on which it begins; every day")
    add.add_argument("--from", default="", metavar="22:00")
    add.add_argument("--to", default="", metavar="06:00")
