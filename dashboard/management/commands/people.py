"""`manage.py people`: who may look, as on the page of people, for when nobody can get there."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from dashboard.access import audit, people
from dashboard.access.people import PersonRefused
from dashboard.domain.states import Role
from dashboard.domain.times import to_the_second

_BY = audit.Actor(audit.COMMAND)
_HELP = {
    "disable": "let a person in no more, and end what they have open",
    "enable": "let a person in again",
    "sign-out": "end every session of a person",
    "reset": "take away password, one-time codes and sessions; prints a link to a new password",
}


class Command(BaseCommand):
    """Lists, invites, shuts out and resets people."""

    help = "The people who may look: list, invite, disable, enable, sign out, reset, change a role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One thing to do."""
        do = parser.add_subparsers(dest="do", required=True)
        do.add_parser("list", help="every person with role, state, sessions and last sign-in")
        invite = do.add_parser(
            "invite", help="make a person; prints the link by which they choose a password"
        )
        invite.add_argument("name")
        invite.add_argument("--role", choices=Role.ALL, default=Role.VIEWER)
        for name, text in _HELP.items():
            do.add_parser(name, help=text).add_argument("name")
        role = do.add_parser("role", help="make a person an administrator, or one who looks")
        role.add_argument("name")
        role.add_argument("role", choices=Role.ALL)

    def handle(self, *, do: str, **options: Any) -> None:
        """Do it."""
        try:
            if do == "list":
                self._list()
            elif do == "invite":
                self._print_link(people.invite(options["name"], options["role"], _BY))
            else:
                self._change(do, people.find(options["name"]), options)
        except PersonRefused as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        after, more = "", True
        while more:
            page = people.page(after=after)
            for row in page.rows:
                last = to_the_second(row.last_sign_in) if row.last_sign_in else "never"
                codes = ", one-time codes" if row.codes else ""
                self.stdout.write(
                    f"{row.name}: {row.role}, {row.state}{codes}, {row.sessions} open, last sign-in {last}"
                )
            after, more = page.after, bool(page.after)

    def _change(self, do: str, user: Any, options: dict[str, Any]) -> None:
        if do == "reset":
            self._print_link(people.reset(user, _BY))
            return
        if do == "role":
            people.change_role(user, options["role"], _BY)
        else:
            {"disable": people.disable, "enable": people.enable, "sign-out": people.sign_out}[do](user, _BY)
        self.stdout.write("done")

    def _print_link(self, token: str) -> None:
        if not token:
            self.stdout.write("done: whoever comes next with that address is taken for this person")
            return
        site = settings.SITE_URL.rstrip("/") or f"http://{settings.HOST}:{settings.PORT}"
        self.stdout.write("This link lets the person choose a password, once, within three days:")
        self.stdout.write(f"  {site}{reverse('set-password', args=[token])}")
