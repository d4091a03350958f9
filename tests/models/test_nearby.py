import socket

import httpx2
import pytest

from agentpar.models import nearby
from tests.models.server import quick, serving

SEVERAL = [{"id": "a"}, {"id": "b"}]


async def test_what_answers_on_this_machine_is_found_with_what_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        async with serving() as one, serving(models=SEVERAL) as several, serving(models=b"<html>") as site:
            ports = [httpx2.URL(server.url).port for server in (one, several, site)]
            monkeypatch.setattr(nearby, "USUAL_PORTS", dict.fromkeys([*ports, silent.getsockname()[1]], ""))
            found = await nearby.models_nearby(quick())
    assert found == [
        f"{one.url} serves m",
        f"{several.url} serves several models; name one, as in {several.url}#a (served: a, b)",
    ]
