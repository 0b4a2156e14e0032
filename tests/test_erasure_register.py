"""The register of erasures: what it keeps, what a crash leaves of it, and until when an erasure is not final."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.erasing.finishing import finished_on, overdue, state, unfinished
from app.erasure_register import Erasure, ErasureRegister, Finished, RegisterRefused

DAY = date(2027, 8, 16)


def erasure(number: int, *, epoch: int = 1, on: date = DAY) -> Erasure:
    return Erasure("luton", f"erased-{number}", (f"worker/W-{number}",), (2**62 + number,), on, epoch, f"E-{number}")


@pytest.fixture
def register(tmp_path: Path) -> ErasureRegister:
    return ErasureRegister(tmp_path / "erasures.ndjson")


def file_of(register: ErasureRegister) -> Path:
    assert register.file is not None
    return register.file


def test_what_was_put_in_is_read_by_every_process(register: ErasureRegister) -> None:
    other = ErasureRegister(register.file)
    assert ("luton", 2**62 + 1) not in other
    register.add([erasure(1)])
    register.add([erasure(2), Finished(1, 2, DAY)])
    assert other.erasures == [erasure(1), erasure(2)]
    assert ("luton", 2**62 + 1) in other
    assert ("shropshire", 2**62 + 1) not in other
    assert other.finished == [Finished(1, 2, DAY)]
    assert file_of(register).stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_short_is_none_and_the_next_one_begins_anew(register: ErasureRegister) -> None:
    register.add([erasure(1), erasure(2)])
    whole = file_of(register).read_bytes()
    for length in range(whole.index(b"\n") + 2, len(whole)):
        file_of(register).write_bytes(whole[:length])
        cut = ErasureRegister(register.file)
        assert cut.erasures == [erasure(1)]
        cut.add([erasure(3)])
        assert erasure(3) in cut.erasures


@pytest.mark.parametrize(
    "line", [b"hello\n", b"{}\n", b'{"kind": "erasure"}\n', b"[1]\n", b'{"kind": "x", "on": "2027-01-01"}\n']
)
def test_a_line_that_is_none_of_its_own_is_refused(register: ErasureRegister, line: bytes) -> None:
    register.add([erasure(1)])
    file_of(register).write_bytes(line + file_of(register).read_bytes())
    with pytest.raises(RegisterRefused, match="line 1"):
        _ = ErasureRegister(register.file).erasures


def test_a_file_that_others_can_read_is_refused_and_none_at_all_remembers_nothing(register: ErasureRegister) -> None:
    register.add([])
    file_of(register).chmod(0o640)
    with pytest.raises(RegisterRefused, match="chmod 600"):
        _ = register.erasures
    with pytest.raises(RegisterRefused, match="SUPERVISION_ERASURE_REGISTER"):
        ErasureRegister(None).add([erasure(1)])
    assert ErasureRegister(None).erasures == []


def test_an_erasure_is_final_when_the_keys_of_its_time_were_destroyed_after_it(register: ErasureRegister) -> None:
    """One that came while the tables were rewritten is not final by that."""
    register.add([erasure(1), erasure(2, epoch=2), Finished(1, 1, DAY), erasure(3)])
    assert [state("luton", f"erased-{number}", register) for number in (1, 2, 3)] == [
        "erased", "restricted", "restricted"
    ]  # fmt: skip
    assert [each.event for each in unfinished(register)] == ["erased-2", "erased-3"]
    register.add([Finished(2, 3, DAY + timedelta(2))])
    assert unfinished(register) == []
    assert finished_on("luton", "erased-3", register) == DAY + timedelta(2)
    assert state("luton", "erased-9", register) == "restricted"


def test_after_thirty_five_days_it_is_late(register: ErasureRegister) -> None:
    register.add([erasure(1), erasure(2, on=DAY + timedelta(1))])
    assert overdue(register, DAY + timedelta(35)) == []
    assert overdue(register, DAY + timedelta(36)) == [erasure(1)]
