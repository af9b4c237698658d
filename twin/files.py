"""Files people and the app share, with their real bytes.

People see a file as a card, or as the picture it is. Deliberately no previews or thumbnails are made: the
page shows the picture itself. Bytes are kept in memory, the oldest are dropped when they grow beyond a limit.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from twin.words import Json

KEEP_BYTES = 256 * 1024 * 1024
MAX_FILE = 1024 * 1024 * 1024

_PRETTY = {
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "gif": "GIF",
    "pdf": "PDF",
    "csv": "CSV",
    "txt": "Plain Text",
    "md": "Markdown (raw)",
    "json": "JSON",
    "zip": "Zip",
    "py": "Python",
    "log": "Plain Text",
}


@dataclass(eq=False)
class File:
    """One file. `shares` maps channel ids to the timestamps of the messages that show it."""

    id: str
    name: str
    title: str
    user: str
    created: int
    alt_txt: str = ""
    length: int = 0
    data: bytes = b""
    is_uploaded: bool = False
    is_complete: bool = False
    upload_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    shares: dict[str, list[str]] = field(default_factory=dict)

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def filetype(self) -> str:
        ending = self.name.rpartition(".")[2].lower() if "." in self.name else ""
        return {"txt": "text", "md": "markdown", "py": "python", "jpeg": "jpg", "log": "text"}.get(
            ending, ending or "binary"
        )


class Shelf:
    """All files of the workspace."""

    def __init__(self, place: int = 0) -> None:
        self._place = place
        self._files: OrderedDict[str, File] = OrderedDict()
        self._count = 0

    def new(
        self, name: str, user: str, created: int, *, title: str = "", length: int = 0, alt_txt: str = ""
    ) -> File:
        """Put an empty file on the shelf; its bytes come later."""
        self._count += 1
        file = File(
            f"F{self._place}TWIN{self._count:05d}", name, title or name, user, created, alt_txt, length
        )
        self._files[file.id] = file
        return file

    def fill(self, file: File, data: bytes) -> None:
        """Store a file's bytes, dropping the oldest files when there is no room."""
        file.data, file.length, file.is_uploaded = data, len(data), True
        held = sum(len(one.data) for one in self._files.values())
        while held > KEEP_BYTES and len(self._files) > 1:
            held -= len(self._files.popitem(last=False)[1].data)

    def get(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def by_upload_key(self, key: str) -> File | None:
        """Find the file an upload address belongs to; it works once."""
        for file in reversed(self._files.values()):
            if secrets.compare_digest(file.upload_key, key) and not file.is_uploaded:
                return file
        return None

    def drop(self, file_id: str) -> None:
        self._files.pop(file_id, None)

    def all(self) -> list[File]:
        """Return every finished file, newest first."""
        return [file for file in reversed(self._files.values()) if file.is_complete]


def file_object(file: File, url: str, team: str, domain: str, public: list[str], private: list[str]) -> Json:
    """Build Slack's file object; `public` and `private` are the channels it is shared in, by kind."""
    address = f"{url}/files/{team}-{file.id}"
    ending = file.name.rpartition(".")[2].lower()
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": _PRETTY.get(ending, ending.upper() or "Binary"),
        "user": file.user,
        "user_team": team,
        "editable": False,
        "size": len(file.data),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(public),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "media_display_type": "unknown",
        "permalink": f"https://{domain}.slack.com/files/{file.user}/{file.id}/{file.name}",
        "permalink_public": f"https://slack-files.com/{team}-{file.id}-{file.upload_key[:10]}",
        "has_rich_preview": False,
        "file_access": "visible",
        **({"alt_txt": file.alt_txt} if file.alt_txt else {}),
    }
