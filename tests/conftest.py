"""No test reaches the network: what would open a connection or ask for a name raises instead, in every test.

Programs that a test starts are not reached by this; they are offlint itself and build tools that are told to stay offline.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest


class NetworkUsed(BaseException):
    """Not an Exception, so that no ``except Exception`` of ours or of a library hides it."""


def refuse(*arguments: Any, **_named: Any) -> NoReturn:
    raise NetworkUsed(f"a test used the network: {arguments!r}")


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests keep is not what the user keeps, and the other way round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto", "sendmsg"):
            if hasattr(socket.socket, name):
                patch.setattr(socket.socket, name, refuse)
        for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
            patch.setattr(socket, name, refuse)
        yield
