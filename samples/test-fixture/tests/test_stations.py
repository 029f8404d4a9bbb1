def test_every_station_has_a_name(stations):
    assert all(line.split(",")[0] for line in stations.read_text().splitlines())
