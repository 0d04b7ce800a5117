"""The file: `manifest.json` and `database` in a tar.gz, and that in age's format where there is a
key. Each can be opened without this program: `age -d`, `tar -xz`, then `pg_restore` or `sqlite3`.
"""

import gzip
import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple, cast

import pyrage
from tqdm import tqdm

from coachbot.backups.errors import BackupFailed

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
AGE_HEADER = b"age-encryption.org/"
# Dumps are large and repeat themselves: the levels above take twice as long for a tenth less.
COMPRESSION = 4
CHUNK = 1024 * 1024
DAMAGED = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, KeyError, TypeError)


class Table(NamedTuple):
    """How many rows, and a sum over them that does not ask for an order; empty where the file's
    own checksum says it all."""

    rows: int
    digest: str = ""


@dataclass(frozen=True)
class Manifest:
    made_at: str
    engine: str
    server: str
    django: str
    migrations: list[str]
    tables: dict[str, Table]
    sha256: str
    format: int = FORMAT


class Key:
    """BACKUP_KEY: secret keys (`AGE-SECRET-KEY-1…`), which open, and public ones (`age1…`), which
    can only close. What is sealed here, each of them opens."""

    def __init__(self, texts: Sequence[str]) -> None:
        try:
            self.identities = [
                pyrage.x25519.Identity.from_str(text) for text in texts if not _is_public(text)
            ]
            public = [pyrage.x25519.Recipient.from_str(text) for text in texts if _is_public(text)]
        except (pyrage.IdentityError, pyrage.RecipientError):
            raise BackupFailed(
                "BACKUP_KEY must be a key of age's: AGE-SECRET-KEY-1… or age1…. "
                "`manage.py backup --new-key` makes one."
            ) from None
        self.recipients = [*(each.to_public() for each in self.identities), *public]

    def __bool__(self) -> bool:
        return bool(self.recipients)

    def seal(self, plain: Path, sealed: Path) -> None:
        with _bar(plain, "Encrypting") as source, sealed.open("wb") as target:
            pyrage.encrypt_io(source, target, self.recipients)

    def open(self, sealed: Path, plain: Path) -> None:
        if not self.identities:
            raise BackupFailed(
                "This backup is encrypted: set BACKUP_KEY to the secret key (AGE-SECRET-KEY-1…) "
                "that belongs to the public one it was made with."
            )
        try:
            with _bar(sealed, "Decrypting") as source, plain.open("wb") as target:
                pyrage.decrypt_io(source, target, self.identities)
        except (pyrage.DecryptError, OSError) as failure:
            raise BackupFailed(
                f"{sealed.name} cannot be decrypted: BACKUP_KEY is not the key it was made with, "
                f"or the file was altered or cut off ({str(failure).rstrip('.')})."
            ) from None


def _is_public(text: str) -> bool:
    return text.startswith("age1")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(database: Path, manifest: Manifest, target: Path) -> None:
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
    with (
        target.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as tar,
        _bar(database, "Compressing") as source,
    ):
        tar.addfile(_member(MANIFEST, len(text)), BytesIO(text))
        tar.addfile(_member(DATABASE, database.stat().st_size), source)


def unpack(archive: Path, database: Path, key: Key, *, scratch: Path) -> Manifest:
    """Write what is in `archive` to `database`, by way of the folder `scratch`.

    Raises BackupFailed unless all of it is whole.
    """
    with archive.open("rb") as file:
        is_sealed = file.read(len(AGE_HEADER)) == AGE_HEADER
    if not is_sealed and key:
        raise BackupFailed(
            f"{archive.name} is not encrypted, though BACKUP_KEY is set: anybody could have "
            "written it. If you trust it, run this once without BACKUP_KEY."
        )
    if is_sealed:
        plain = scratch / "opened.tar.gz"
        key.open(archive, plain)
    else:
        plain = archive
    try:
        manifest = _read(plain, database)
    except DAMAGED as failure:
        raise BackupFailed(
            f"{archive.name} is damaged or no backup of CoachBot's: {failure}"
        ) from None
    if sha256(database) != manifest.sha256:
        raise BackupFailed(f"{archive.name} was altered: its checksum does not fit.")
    return manifest


def _read(plain: Path, database: Path) -> Manifest:
    with _bar(plain, "Unpacking") as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
        manifest = _manifest(_content(tar, MANIFEST).read(CHUNK))
        content = _content(tar, DATABASE)
        with database.open("wb") as target:
            while chunk := content.read(CHUNK):
                target.write(chunk)
        if tar.next() is not None:
            raise ValueError("it holds more than a backup does")
    return manifest


def _content(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.next()
    content = tar.extractfile(member) if member and member.name == name else None
    if content is None:
        raise ValueError(f"{name} is missing")
    return content


def _manifest(text: bytes) -> Manifest:
    document = json.loads(text)
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']}, known is {FORMAT}")
    document["tables"] = {name: Table(*row) for name, row in document["tables"].items()}
    return Manifest(**{field.name: document[field.name] for field in fields(Manifest)})


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextmanager
def _bar(path: Path, title: str) -> Iterator[IO[bytes]]:
    """The file at `path`, open for reading, with its progress at a terminal."""
    size = path.stat().st_size
    with (
        path.open("rb") as file,
        tqdm.wrapattr(file, "read", total=size, desc=title, disable=None) as read,
    ):
        yield cast(IO[bytes], read)
