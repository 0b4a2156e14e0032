"""Reading the ledger back: pages, lines, and following it."""

import json
import threading

from tests.councils import Council

OPENED = {"opened_on": "2025-01-10", "service": "assessment"}


def _fill(council: Council, count: int) -> list[int]:
    events = [council.event("CaseOpened", case_id=f"C-{n}", **OPENED) for n in range(count)]
    return [item["position"] for item in council.post(events).json()["items"]]


def test_pages_follow_each_other_without_a_gap(council: Council) -> None:
    positions = _fill(council, 25)
    read, cursor = [], None
    while True:
        page = council.get("/v1/events", limit=10, **({"cursor": cursor} if cursor else {})).json()
        read += [item["position"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert read == list(range(1, positions[-1] + 1))


def test_a_selection_by_tag_type_and_business_date(council: Council) -> None:
    _fill(council, 3)
    council.tell("CaseClosed", case_id="C-1", closed_on="2025-06-30")
    by_tag = council.get("/v1/events", tag="case/C-1").json()["items"]
    assert [item["type"] for item in by_tag] == ["CaseOpened", "CaseClosed"]
    by_type = council.get("/v1/events", type="CaseClosed").json()["items"]
    assert len(by_type) == 1
    by_date = council.get("/v1/events", **{"from": "2025-06-01", "to": "2025-06-30"}).json()["items"]
    assert [item["type"] for item in by_date] == ["CaseClosed"]


def test_known_at_leaves_out_what_was_recorded_later(council: Council) -> None:
    _fill(council, 2)
    moment = council.get("/v1/events", limit=500).json()["items"][-1]["recordedtime"]
    council.tell("CaseClosed", case_id="C-1", closed_on="2025-06-30")
    known = council.get("/v1/events", known_at=moment, limit=500).json()["items"]
    assert [item["type"] for item in known] == ["CalendarAdopted", "CaseOpened", "CaseOpened"]


def test_all_of_it_as_lines(council: Council) -> None:
    positions = _fill(council, 700)
    answer = council.client.get("/v1/events", headers={"Accept": "application/x-ndjson"})
    read = [json.loads(line)["position"] for line in answer.text.splitlines()]
    assert read == list(range(1, positions[-1] + 1))


def test_a_follower_gets_what_comes_and_goes_on_where_it_stopped(council: Council) -> None:
    first = _fill(council, 2)[0]
    seen: list[tuple[str, dict]] = []

    def follow(count: int, last_seen: str | None) -> None:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_seen} if last_seen else {})
        query = {} if last_seen else {"after": str(first - 1)}
        with council.client.stream("GET", "/v1/events", headers=headers, params=query) as stream:
            identity = ""
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                identity = value if name == "id" else identity
                if name == "data":
                    seen.append((identity, json.loads(value)))
                    if len(seen) == count:
                        return

    follower = threading.Thread(target=follow, args=(3, None))
    follower.start()
    with council.as_client() as teller:
        teller.post("/v1/events", json=council.event("CaseOpened", case_id="C-9", **OPENED))
    follower.join(20)
    assert [event["position"] for _, event in seen] == [first, first + 1, first + 2]
    council.tell("CaseOpened", case_id="C-10", **OPENED)
    follow(4, seen[-1][0])
    assert seen[-1][1]["data"]["case_id"] == "C-10"


def test_what_has_begun_ends_once_the_caller_may_no_more(council: Council) -> None:
    first = _fill(council, 1)[0]
    with council.as_client(sub="follower") as follower, council.as_client() as teller:
        headers = {"Accept": "text/event-stream"}
        with follower.stream("GET", "/v1/events", headers=headers, params={"after": str(first - 1)}) as stream:
            lines = stream.iter_lines()
            assert any("C-0" in line for line in lines)
            teller.post("/v1/revocations", json={"kind": "client", "id": "follower"}).raise_for_status()
            teller.post("/v1/events", json=council.event("CaseOpened", case_id="C-9", **OPENED)).raise_for_status()
            assert not [line for line in lines if "C-9" in line]  # it ends: nothing more came


def test_a_place_of_another_epoch_is_refused_in_words(council: Council) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "0123456789abcdef.7"}
    answer = council.client.get("/v1/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "ledger_restored")
    assert answer.json()["first_position"] == 1


def test_an_absent_position_is_a_404_and_numbers_come_back_as_numbers(council: Council) -> None:
    assert council.get("/v1/events/999999").status_code == 404
    position = council.tell("WorkerStarted", worker_id="W-1", started_on="2025-01-01", role="r", service="s", fte=0.6)
    assert council.get(f"/v1/events/{position}").json()["data"]["fte"] == 0.6
