"""No test reaches the network: what leaves this machine is refused before it is sent."""

from __future__ import annotations

import gc
import socket

import httpx
import pytest

from dashboard.services.cloud import Cloud, Transport
from tests.upstream import Upstream

ELSEWHERE = "192.0.2.1"  # kept free for documentation: nobody is there


@pytest.mark.parametrize("connect", ["connect", "connect_ex"])
@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, (ELSEWHERE, 80)),
        (socket.AF_INET, ("api.qoder.com", 443)),
        (socket.AF_INET6, ("2001:db8::1", 80, 0, 0)),
    ],
)
def test_a_connection_beyond_loopback_is_refused(
    connect: str, family: socket.AddressFamily, address: tuple[str | int, ...]
) -> None:
    with socket.socket(family) as own, pytest.raises(RuntimeError, match=f"wanted to reach {address[0]}"):
        getattr(own, connect)(address)


def refused(url: str) -> str:
    """What stops the API's own client on its way to that address."""
    cloud = Cloud(Transport(url, lambda: "token", sleep=lambda _: None))
    try:
        list(cloud.deployments())
    except RuntimeError as error:
        return str(error)
    finally:
        cloud.close()
    return ""


# The library does not close a socket that is refused in this way: it is thrown away here and now.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_apis_own_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert refused(f"http://{ELSEWHERE}/api") == f"a test wanted to reach {ELSEWHERE}"
    gc.collect()


def test_loopback_can_be_reached(upstream: Upstream) -> None:
    host, port = httpx.URL(upstream.url).netloc.decode().split(":")
    with socket.create_connection((host, int(port)), timeout=5) as own:
        assert own.getpeername() == (host, int(port))
