"""What DNS answers, over real DNS messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.adapters.names import NamesAway
from tests.stand_ins.name_server import Zone, name_server


@pytest.fixture
def zone() -> Iterator[Zone]:
    with name_server() as found:
        yield found


def test_a_long_text_comes_in_one_piece(zone: Zone) -> None:
    zone.records["TXT", "key.galatek.example"] = ['"p=first" "second"']
    assert zone.names().find("TXT", "key.galatek.example") == ["p=firstsecond"]


def test_hosts_come_without_the_last_dot(zone: Zone) -> None:
    zone.records["MX", "send.galatek.example"] = ["10 feedback.example."]
    zone.records["CNAME", "links.galatek.example"] = ["links.example."]
    assert zone.names().find("MX", "send.galatek.example") == ["feedback.example"]
    assert zone.names().find("CNAME", "links.galatek.example") == ["links.example"]


def test_no_such_name_and_no_such_record_are_no_answers(zone: Zone) -> None:
    zone.records["MX", "send.galatek.example"] = ["10 feedback.example."]
    assert zone.names().texts("send.galatek.example") == []
    assert zone.names().texts("nowhere.galatek.example") == []


def test_a_server_that_fails_says_nothing_about_the_record(zone: Zone) -> None:
    zone.broken = True
    with pytest.raises(NamesAway):
        zone.names().texts("galatek.example")
