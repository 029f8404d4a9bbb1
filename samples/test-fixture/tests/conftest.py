import urllib.request

import pytest

DATA = "https://data.example.org/stations.csv"


@pytest.fixture(scope="session")
def stations(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "stations.csv"
    urllib.request.urlretrieve(DATA, path)
    return path
