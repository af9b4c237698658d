"""Files as an app shares them: pictures, snippets, several at once."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.busy_chat import picture, upload
from tests.twin.refused import code
from twin import pictures
from twin.server import Twin
from twin.words import Json

GIF = b"GIF89a" + (300).to_bytes(2, "little") + (200).to_bytes(2, "little")
# A start marker, a comment, and the frame header of a picture 640 wide and 480 high.
JPEG = (
    b"\xff\xd8\xff\xfe\x00\x04xx\xff\xc0\x00\x11\x08"
    + (480).to_bytes(2, "big")
    + (640).to_bytes(2, "big")
    + b"\x03"
)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (picture(7, 5), (7, 5)),
        (GIF, (300, 200)),
        (JPEG, (640, 480)),
        (WEBP, (100, 50)),
        (b"\xff\xd8\xff\xc0", None),
        (b"", None),
        (b"plain text", None),
    ],
)
def test_the_size_of_a_picture_is_in_its_first_bytes(data: bytes, size: tuple[int, int] | None) -> None:
    assert pictures.size(data) == size


@pytest.fixture
def call(web: AsyncWebClient) -> Any:
    async def api(method: str, **arguments: Any) -> Json:
        return dict((await web.api_call(method, json=arguments)).data)  # type: ignore[arg-type]

    return api


async def test_several_files_come_in_one_message_of_a_thread(
    twin: Twin, web: AsyncWebClient, call: Any
) -> None:
    help_ = twin.channel("#help")
    root = await twin.person("ana").post("#help", "send them")
    shot = await upload(call, "shot.png", picture(500, 400), alt_txt="a grey field")
    log = await upload(call, "run.log", b"1\n2\n3\n4\n5\n6\n7")
    both: list[dict[str, str | None]] = [{"id": shot, "title": "Shot"}, {"id": log}]
    await web.files_completeUploadExternal(
        files=both, channel_id=help_.id, initial_comment="here", thread_ts=root
    )
    reply = help_.replies(root)[0]
    assert (reply["text"], [one["id"] for one in reply["files"]]) == ("here", [shot, log])
    image, text = reply["files"]
    assert (image["original_w"], image["original_h"], image["thumb_360_w"], image["thumb_360_h"]) == (
        500,
        400,
        360,
        288,
    )
    assert "thumb_480" in image and "thumb_720" not in image and image["mode"] == "hosted"
    assert (text["mode"], text["lines"], text["lines_more"], text["preview"]) == (
        "snippet",
        7,
        2,
        "1\n2\n3\n4\n5",
    )
    info = await web.files_info(file=log)
    assert info["content"] == "1\n2\n3\n4\n5\n6\n7" and info["file"]["shares"]["public"][help_.id]
    head = {"Authorization": f"Bearer {twin.bot_token}"}
    async with aiohttp.ClientSession(headers=head) as session, session.get(image["thumb_64"]) as got:
        assert await got.read() == picture(500, 400)
    assert [one["id"] for one in (await web.files_list(types="images"))["files"]] == [shot]


async def test_a_file_can_go_to_a_person_and_needs_no_channel(
    twin: Twin, web: AsyncWebClient, call: Any
) -> None:
    quiet = await upload(call, "a.csv", b"a,b")
    assert (await web.files_completeUploadExternal(files=[{"id": quiet}]))["files"][0]["title"] == "a.csv"
    told = await upload(call, "b.csv", b"a,b")
    await web.files_completeUploadExternal(files=[{"id": told}], channels=[twin.person("ana").id])
    assert twin.dm("ana").messages[-1]["files"][0]["id"] == told


async def test_a_file_can_be_added_to_a_message(twin: Twin, web: AsyncWebClient, call: Any) -> None:
    here = twin.channel("#help").id
    said = await web.chat_postMessage(channel=here, text="soon")
    file = await upload(call, "a.txt", b"x")
    await web.chat_update(channel=here, ts=said["ts"], text="now", file_ids=[file])
    message = twin.channel("#help").get(said["ts"])
    assert message is not None and message["files"][0]["id"] == file
    again = web.chat_update(channel=here, ts=said["ts"], text="x", file_ids=["F0NO"])
    assert await code(again) == "file_not_found"


async def test_uploads_slack_refuses(web: AsyncWebClient, call: Any) -> None:
    slot: Json = {"filename": "a.txt", "length": 5}
    assert await code(web.files_getUploadURLExternal(**slot, alt_txt="x" * 1001)) == "alt_txt_too_large"
    big = {**slot, "length": 2_000_000, "snippet_type": "python"}
    assert await code(web.files_getUploadURLExternal(**big)) == "snippet_too_large"
    given = await call("files.getUploadURLExternal", **slot)
    async with aiohttp.ClientSession() as session, session.post(given["upload_url"], data=b"123") as sent:
        assert sent.status == 400  # five bytes were announced
    assert await code(web.files_completeUploadExternal(files=[{"id": given["file_id"]}])) == "file_not_found"
    assert await code(web.files_list(types="dreams")) == "unknown_type"
