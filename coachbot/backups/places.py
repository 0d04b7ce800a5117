"""Where backups lie: a folder of this machine, or a bucket of S3's kind."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, Self, cast
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store
from tqdm import tqdm

from coachbot.backups.errors import BackupFailed

NAME = re.compile(r"coachbot-(\d{8}T\d{6}Z)-(postgresql|sqlite)\.tar\.gz(\.age)?")
STAMP = "%Y%m%dT%H%M%SZ"
CHUNK = 8 * 1024 * 1024


class Stored(NamedTuple):
    """A backup as its place knows it. Newer ones are greater."""

    made_at: datetime
    name: str
    engine: str
    is_encrypted: bool
    size: int


def name_of(made_at: datetime, engine: str, *, encrypted: bool) -> str:
    return f"coachbot-{made_at.astimezone(UTC):{STAMP}}-{engine}.tar.gz{'.age' * encrypted}"


class Place:
    """The place at `url`. Each method raises BackupFailed when it does not answer, or refuses."""

    def __init__(self, url: str, store: ObjectStore, folder: Path | None = None) -> None:
        self.url, self.store, self.folder = url, store, folder

    @classmethod
    def at(cls, url: str, *, base: Path) -> Self:
        """A folder that does not begin with a slash lies in `base`. `file:///…` is one, too."""
        parts = urlsplit(url)
        try:
            if parts.scheme == "s3" and parts.netloc:
                return cls(url, S3Store.from_url(url))
            if parts.scheme in ("", "file") and parts.path and not parts.netloc:
                folder = base / (unquote(parts.path) if parts.scheme else url)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                return cls(str(folder), LocalStore(folder), folder)
        except (BaseError, OSError, ValueError) as failure:
            raise _refused(url, failure) from failure
        raise BackupFailed(
            f"BACKUP_URL must name a folder (/var/backups/coachbot, file:///var/backups/coachbot) "
            f"or a bucket (s3://bucket/prefix), not {url!r}."
        )

    def list(self) -> list[Stored]:
        """All backups there, oldest first; what else lies there is left alone."""
        with self._reading():
            found = [
                Stored(_time(match[1]), match[0], match[2], bool(match[3]), meta["size"])
                for chunk in obstore.list(self.store)
                for meta in chunk
                if (match := NAME.fullmatch(meta["path"]))
            ]
        return sorted(found)

    def put(self, path: Path, name: str) -> None:
        """Store the file at `path`, whole or not at all; never over another one."""
        if any(each.name == name for each in self.list()):
            raise BackupFailed(f"{name} is at {self.url} already: try again in a second.")
        with self._reading(), _for_the_owner_alone(), path.open("rb") as file:
            total = path.stat().st_size
            with tqdm.wrapattr(file, "read", total=total, desc="Storing", disable=None) as read:
                obstore.put(self.store, name, cast(IO[bytes], read), chunk_size=CHUNK)
            if self.folder:
                _write_through(self.folder / name)
                _write_through(self.folder)

    def get(self, stored: Stored, path: Path) -> None:
        bar = tqdm(total=stored.size, desc="Fetching", unit="B", unit_scale=True, disable=None)
        with self._reading(), bar, path.open("wb") as file:
            for chunk in obstore.get(self.store, stored.name).stream(min_chunk_size=CHUNK):
                bar.update(file.write(chunk))

    def delete(self, stored: Stored) -> None:
        with self._reading():
            obstore.delete(self.store, stored.name)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as failure:
            raise _refused(self.url, failure) from failure


def _refused(url: str, failure: Exception) -> BackupFailed:
    said = next(iter(str(failure).strip().splitlines()), type(failure).__name__)
    return BackupFailed(f"{url} cannot be used: {said}")


def _time(stamp: str) -> datetime:
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


@contextmanager
def _for_the_owner_alone() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _write_through(path: Path) -> None:
    """Have it on the disk before anybody is told that it is there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
