"""Marks what a Person does, so that it is taken down like the same deed on the page.

Nothing of it is visible; while nobody records, it costs one look.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from twin.words import Json
from twin.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")


class Doer(Protocol):
    """Somebody who acts in a workspace."""

    id: str

    @property
    def ws(self) -> Workspace: ...


D = TypeVar("D", bound=Doer)
Method = Callable[Concatenate[D, P], Coroutine[Any, Any, T]]


def does(deed: str, made: str = "ts", **renamed: str) -> Callable[[Method[D, P, T]], Method[D, P, T]]:
    """Take a method's arguments down as those of a deed; `renamed` says which are called otherwise there.

    What the method returns is kept as what was made, under the name `made`.
    """

    def wrap(method: Method[D, P, T]) -> Method[D, P, T]:
        names = list(inspect.signature(method).parameters)

        @functools.wraps(method)
        async def wrapped(self: D, /, *args: P.args, **kwargs: P.kwargs) -> T:
            recorder = self.ws.host.recorder
            if not recorder.is_on:
                return await method(self, *args, **kwargs)
            said: Json = {**dict(zip(names[1:], args, strict=False)), **kwargs}
            said = {renamed.get(key, key): value for key, value in said.items() if value is not None}
            with recorder.deed(self.ws, self.id, deed, said) as taken:
                result = await method(self, *args, **kwargs)
                taken.made = {made: result} if isinstance(result, str) else {}
            return result

        return wrapped

    return wrap
