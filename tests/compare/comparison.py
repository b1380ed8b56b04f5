"""A world played from its beginning to its end, and each look at its pages compared with the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, starmap
from types import ModuleType

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.web.timezone import COOKIE
from tests.compare import alerts
from tests.compare.figures import differences
from tests.compare.making import make_world, zone_of_the_reader
from tests.compare.oracle.view import Look
from tests.compare.pages import (
    calendar,
    deployments,
    failures,
    files,
    handover,
    ics,
    one_deployment,
    one_run,
    overview,
    runs,
    timeline,
    wall,
)
from tests.compare.past import Screens
from tests.compare.playing import moments, playing
from tests.compare.replay import Replay

PAGES: tuple[ModuleType, ...] = (
    overview,
    wall,
    deployments,
    one_deployment,
    runs,
    one_run,
    failures,
    timeline,
    handover,
    calendar,
    files,
    ics,
)


def compare(seed: int, person: User) -> Iterator[str]:
    """What differs in the world of that seed, as that person sees it: a line for each figure."""
    world, client, screens = make_world(seed), Client(), Screens()
    client.cookies[COOKIE] = zone = zone_of_the_reader(seed)
    with playing(world) as player:
        replay = Replay(player.knowledge)
        for kind, at in moments(world):
            if kind == "turn":
                replay.pass_to(world.host(at), world.kept_for(at))
                screens.pass_to(world.host(at))
                player.turn(at)
                replay.note(Look(player.knowledge, world.host(at), world.kept_for(at)))
                continue
            with player.clock(at) as now, timezone.override(zone):
                client.force_login(person)
                look = Look(player.knowledge, now, world.kept_for(at))
                pairs = [(page.expected(look), page.shown(client)) for page in PAGES]
                pairs.append((alerts.expected(player.rules), alerts.shown(client)))
                for line in chain.from_iterable(starmap(differences, pairs)):
                    yield f"seed {seed}, {at:%d %b %H:%M:%S}: {line}"
                if len(world.keeps) == 1:  # what was past keeping for a while is read anew later
                    screens.note(client, now, at)
        with player.clock(at):
            past = list(screens.differences(client))
        lines = chain(past, replay.differences(), alerts.differences(player.rules, player.posted))
        yield from (f"seed {seed}, {line}" for line in lines)
