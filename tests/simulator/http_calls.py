"""Plain calls over real HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

AUTHORIZED = {"Authorization": "Bearer pt-anything"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [record["id"] for record in self.json["data"]]


def call(base_url: str, path: str, query: Any = (), *, method: str = "GET", headers=AUTHORIZED, body=None):
    """One request on a connection of its own."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(
            method, parts.path + path + "?" + urlencode(query), body=body, headers=dict(headers)
        )
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def walk(base_url: str, path: str, query: dict[str, Any], cursor: str = "after_id") -> list[str]:
    """The ids of every page, oldest page last."""
    ids: list[str] = []
    while True:
        answer = call(base_url, path, query)
        assert answer.status == 200, answer.body
        ids += answer.ids
        if not answer.json["has_more"]:
            return ids
        query = {**query, cursor: answer.json["next_page" if cursor == "page" else "last_id"]}
