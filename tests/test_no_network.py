"""Is the network really out of reach of the tests?"""

from __future__ import annotations

import http.client
import socket
import urllib.request

import pytest

from conftest import NetworkUsed


def test_a_socket_does_not_connect() -> None:
    with socket.socket() as one, pytest.raises(NetworkUsed):
        one.connect(("127.0.0.1", 9))
    with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(NetworkUsed):
        one.sendto(b"", ("127.0.0.1", 9))


def test_a_name_is_not_asked_for() -> None:
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo("example.org", 443)  # offlint: ignore[OFL101] the ban is what is tested
    with pytest.raises(NetworkUsed):
        socket.gethostbyname("example.org")  # offlint: ignore[OFL101] the ban is what is tested


def test_libraries_get_no_further() -> None:
    with pytest.raises(NetworkUsed):
        urllib.request.urlopen("https://example.org/")  # offlint: ignore[OFL101] the ban is what is tested
    with pytest.raises(NetworkUsed):
        http.client.HTTPSConnection("example.org").connect()  # offlint: ignore[OFL101] the ban is what is tested
