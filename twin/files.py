"""Files people and the app share, with their real bytes.

People see a file as a card, as the picture it is, or (text) as a snippet with its first lines. Deliberately no
thumbnails are drawn: their addresses serve the picture itself. Bytes are kept in memory, the oldest are dropped when
they grow beyond a limit.
"""

from __future__ import annotations

import html
import mimetypes
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from twin import pictures
from twin.words import Json

KEEP_BYTES = 256 * 1024 * 1024
MAX_FILE = 1024 * 1024 * 1024
MAX_SNIPPET = 1024 * 1024
PREVIEW_LINES = 5
THUMBS = (360, 480, 720, 800, 960, 1024)
SQUARES = (64, 80, 160)
CANVAS = "application/vnd.slack-docs"

# Text whose mimetype is not known everywhere.
_TEXT_ENDINGS = ("log", "md", "toml", "yml", "yaml", "ini", "cfg", "sql", "diff", "patch")
# Text that is no text/* by its mimetype.
_TEXTS = (
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-sh",
    "application/sql",
)

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
    snippet_type: str = ""
    is_canvas: bool = False
    data: bytes = b""
    is_uploaded: bool = False
    is_complete: bool = False
    is_submitted: bool = False  # with a form, which lets the app have it
    upload_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    shares: dict[str, list[str]] = field(default_factory=dict)

    @property
    def mimetype(self) -> str:
        if self.is_canvas:
            return CANVAS
        if self.snippet_type:
            return "text/plain"
        guess = mimetypes.guess_type(self.name)[0]
        is_text = self.name.rpartition(".")[2].lower() in _TEXT_ENDINGS
        return guess or ("text/plain" if is_text else "application/octet-stream")

    @property
    def filetype(self) -> str:
        if self.is_canvas:
            return "quip"
        if self.snippet_type:
            return self.snippet_type
        ending = self.name.rpartition(".")[2].lower() if "." in self.name else ""
        return {"txt": "text", "md": "markdown", "py": "python", "jpeg": "jpg", "log": "text"}.get(
            ending, ending or "binary"
        )

    @property
    def mode(self) -> str:
        """`hosted`, `snippet` for text that people may read in place, or `quip` for a canvas."""
        if self.is_canvas:
            return "quip"
        is_text = self.mimetype.startswith("text/") or self.mimetype in _TEXTS
        return "snippet" if is_text and len(self.data) <= MAX_SNIPPET else "hosted"

    @property
    def content(self) -> str:
        """The text of a snippet."""
        return self.data.decode("utf-8", errors="replace")


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
    pretty = _PRETTY.get(ending, ending.upper() or "Binary")
    where = f"https://{domain}.slack.com/files/{file.user}/{file.id}/{file.name}"
    shown: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": "Canvas" if file.is_canvas else pretty,
        "user": file.user,
        "user_team": team,
        "editable": file.mode != "hosted",
        "size": len(file.data),
        "mode": file.mode,
        "is_external": False,
        "external_type": "",
        "is_public": bool(public),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "media_display_type": "unknown",
        "permalink": f"https://{domain}.slack.com/docs/{team}/{file.id}" if file.is_canvas else where,
        "permalink_public": f"https://slack-files.com/{team}-{file.id}-{file.upload_key[:10]}",
        "has_rich_preview": False,
        "file_access": "visible",
        **({"alt_txt": file.alt_txt} if file.alt_txt else {}),
    }
    if file.mode == "snippet":
        return shown | _preview(file, where)
    return shown | _picture(file, address)


def _preview(file: File, where: str) -> Json:
    lines = file.content.split("\n")
    preview = "\n".join(lines[:PREVIEW_LINES])
    return {
        "edit_link": f"{where}/edit",
        "preview": preview,
        "preview_highlight": f"<pre>{html.escape(preview)}</pre>",
        "lines": len(lines),
        "lines_more": max(0, len(lines) - PREVIEW_LINES),
        "preview_is_truncated": len(lines) > PREVIEW_LINES,
    }


def _picture(file: File, address: str) -> Json:
    """Say the sizes Slack would have made of a picture; all of them lead to the picture itself."""
    found = pictures.size(file.data) if file.mimetype.startswith("image/") else None
    if found is None or 0 in found:
        return {}
    width, height = found
    stem, _, ending = file.name.rpartition(".")
    shown: Json = {f"thumb_{side}": f"{address}/{stem}_{side}.{ending}" for side in SQUARES}
    for side in THUMBS:
        if side > THUMBS[0] and max(found) < side:
            break
        scale = min(1.0, side / max(found))
        shown |= {
            f"thumb_{side}": f"{address}/{stem}_{side}.{ending}",
            f"thumb_{side}_w": max(1, round(width * scale)),
            f"thumb_{side}_h": max(1, round(height * scale)),
        }
    if file.mimetype == "image/gif":
        shown |= {"thumb_360_gif": shown["thumb_360"], "deanimate_gif": shown["thumb_360"]}
    return {**shown, "image_exif_rotation": 1, "original_w": width, "original_h": height}
