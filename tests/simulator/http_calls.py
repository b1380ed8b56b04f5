"""Plain calls over real HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from dashboard.simulator.records import Record

Query = Mapping[str, object]

AUTHORIZED = {"Authorization": "Bearer pt-anything"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Record:
        envelope: Record = json.loads(self.body)
        return envelope

    @property
    def ids(self) -> list[str]:
        return [record["id"] for record in self.json["data"]]


def connected(base_url: str) -> http.client.HTTPConnection:
    """A connection to whoever serves a URL."""
    parts = urlsplit(base_url)
    assert parts.hostname
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)


def call(
    base_url: str,
    path: str,
    query: Query | None = None,
    *,
    method: str = "GET",
    headers: Mapping[str, str] = AUTHORIZED,
    body: bytes | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection = connected(base_url)
    try:
        connection.request(
            method,
            urlsplit(base_url).path + path + "?" + urlencode(query or {}),
            body=body,
            headers=dict(headers),
        )
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def walk(base_url: str, path: str, query: Query, cursor: str = "after_id") -> list[str]:
    """The ids of every page, oldest page last."""
    ids: list[str] = []
    while True:
        answer = call(base_url, path, query)
        assert answer.status == 200, answer.body
        ids += answer.ids
        if not answer.json["has_more"]:
            return ids
        query = {**query, cursor: answer.json["next_page" if cursor == "page" else "last_id"]}


@dataclass(frozen=True)
class Api:
    """A stand-in on a port, ready to be asked."""

    url: str

    def runs(self, **query: object) -> Answer:
        return call(self.url, "/deployment_runs", query)

    def deployments(self, **query: object) -> Answer:
        return call(self.url, "/deployments", query)

    def ask(
        self,
        path: str,
        query: Query | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] = AUTHORIZED,
        body: bytes | None = None,
    ) -> Answer:
        return call(self.url, path, query, method=method, headers=headers, body=body)

    def walk(self, path: str, query: Query, cursor: str = "after_id") -> list[str]:
        return walk(self.url, path, query, cursor)
