"""A copy is whole, taken while others write, and comes back; what is no copy changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from dashboard.models import Lease, Run, Slot
from dashboard.services.sync import backup
from dashboard.services.sync.backup import BackupError, back_up, restore
from tests.factories import NOW, run_record, stored_runs

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sqlite,  # PostgreSQL is backed up by its own means
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a mirror with one run and one promise."""
    stored_runs(run_record(1, NOW))
    Slot.objects.create(account="default", deployment_id="dep_a", at=NOW, seen_at=NOW, outcome="missed")
    file = tmp_path / "copy"
    back_up(file)
    return file


def test_what_was_there_when_the_copy_was_taken_comes_back(copy: Path) -> None:
    stored_runs(run_record(2, NOW))
    Slot.objects.all().delete()
    restore(copy)
    assert [run.run_id[-1] for run in Run.objects.all()] == ["1"]
    assert Slot.objects.get().outcome == "missed"


def test_a_copy_is_read_by_its_owner_alone_and_leaves_nothing_beside_it(copy: Path) -> None:
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    assert [file.name for file in copy.parent.iterdir()] == ["copy"]


def test_a_copy_is_taken_while_somebody_writes(tmp_path: Path) -> None:
    stored_runs(run_record(1, NOW))
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM dashboard_run")
        back_up(tmp_path / "copy")
        writer.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "copy")) as database:
        assert database.execute("SELECT count(*) FROM dashboard_run").fetchone() == (1,)


def test_a_copy_replaces_no_file(copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        back_up(copy)
    assert copy.read_bytes() == before


def test_a_copy_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written: "):
        back_up(tmp_path / "nowhere" / "copy")


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to look at" * 50])
def test_what_is_no_copy_changes_nothing(tmp_path: Path, content: bytes) -> None:
    stored_runs(run_record(1, NOW))
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(BackupError, match="is no copy of a mirror"):
        restore(tmp_path / "copy")
    with pytest.raises(BackupError, match="is no copy of a mirror"):
        restore(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    assert Run.objects.count() == 1


def test_a_damaged_copy_is_refused(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    half = len(content) // 2
    content[half : half + 40_000] = b"\xff" * len(content[half : half + 40_000])
    copy.write_bytes(content)
    with pytest.raises(BackupError, match=r"is damaged|is no copy"):
        restore(copy)


def test_a_copy_in_which_a_row_breaks_a_rule_of_its_table_is_refused(copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("CREATE TABLE ruled (x)")
        database.execute("INSERT INTO ruled VALUES (NULL)")
        database.execute("PRAGMA writable_schema = 1")
        database.execute(
            "UPDATE sqlite_master SET sql = 'CREATE TABLE ruled (x NOT NULL)' WHERE name = 'ruled'"
        )
    with pytest.raises(BackupError, match="is damaged"):
        restore(copy)


def test_a_copy_of_a_later_version_is_refused(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('dashboard', '9999_x', '')"
        )
    with pytest.raises(BackupError, match="made by a later version: this one does not know 9999_x"):
        restore(copy)


def test_nothing_is_put_back_under_a_dashboard_that_runs(copy: Path) -> None:
    Lease.objects.create(name="sync", holder="another", expires_at=Now() + timedelta(seconds=9))
    with pytest.raises(BackupError, match="the dashboard is running"):
        restore(copy)
    Lease.objects.update(holder="")
    restore(copy)


def test_a_mirror_that_somebody_holds_locked_stays_as_it_is(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_PATIENCE", 0.1)
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackupError, match="the mirror cannot be written: another process holds it"):
            restore(copy)


def test_a_mirror_without_tables_is_nobodys(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease._meta, "db_table", "nowhere")
    restore(copy)
    assert Run.objects.count() == 1


def test_other_databases_are_left_to_their_own_means(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    for refused in (back_up, restore):
        with pytest.raises(BackupError, match="pg_dump"):
            refused(copy)


def test_the_commands_do_it_and_end_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored_runs(run_record(1, NOW))
    file = tmp_path / "copy"
    call_command("backup", str(file))
    Run.objects.all().delete()
    call_command("restore", str(file))
    printed = capsys.readouterr().out
    assert f"manage.py restore {file} puts it back." in printed
    assert f"{file} is the mirror now." in printed
    assert Run.objects.count() == 1
    with pytest.raises(CommandError, match=r"No copy: .* is there already"):
        call_command("backup", str(file))
    with pytest.raises(CommandError, match="Nothing was changed: "):
        call_command("restore", str(tmp_path / "nowhere"))
