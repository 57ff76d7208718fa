"""Types that client data travels in: nothing that shows or stores an object shows what is in it.

Two of them. `ClientData` is the base of the classes with several values, such as a notice's fields: their
``repr``, ``str`` and format tell the class and nothing else, and pickle, JSON and pydantic, with which Prefect
stores results, refuse them. `Private` holds a single value and gives it only to ``reveal()``.

Not every field is wrapped into a `Private`: reading and matching compare, cut and join the fields in some
hundred places, and a ``reveal()`` on each of them would hide the ones that matter. What leaves such a class as
a whole takes a call that can be searched for: ``reveal(``, ``as_json(``, ``known_values(``, or for a dataclass
``asdict(``, ``astuple(`` and ``vars(``. A single field that is put into a log line all the same is masked as a
known value (`mailroom.privacy.redaction.client_values`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, NoReturn, SupportsIndex, TypeVar

from pydantic_core import CoreSchema, SchemaSerializer, core_schema

T = TypeVar("T")
Kind = Literal["name", "ssn", "number", "phone", "email", "address", "case", "amount"]


def _refuse(value: object) -> NoReturn:
    message = f"{type(value).__name__} holds client data and is not stored"
    raise TypeError(message)


# Without it pydantic takes a dataclass apart, whatever its repr hides; Prefect's JSON results go that way.
_REFUSE_SCHEMA = core_schema.any_schema(
    serialization=core_schema.plain_serializer_function_ser_schema(_refuse)
)


class ClientData:
    """Base of the classes that hold client data; with dataclasses, say ``repr=False``."""

    __slots__ = ()

    __pydantic_serializer__: ClassVar[SchemaSerializer] = SchemaSerializer(_REFUSE_SCHEMA)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        return _REFUSE_SCHEMA

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        """Padded as asked; a format for numbers is no reason to fail in a log call."""
        try:
            return format(str(self), spec)
        except ValueError:
            return str(self)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        """Pickle and copies in depth would store or double the values."""
        message = f"{type(self).__name__} holds client data and is not pickled or copied"
        raise TypeError(message)

    def known_values(self) -> Iterator[KnownValue]:
        """The values that are to be masked wherever they turn up."""
        return iter(())


@dataclass(frozen=True, repr=False)
class KnownValue(ClientData):
    """One value of a client and its kind; short-lived, on its way into the registry of values to redact."""

    kind: Kind
    text: str


class Private(ClientData, Generic[T]):
    """One value of a client; `reveal` gives it."""

    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """The value itself. Not for logs, states, errors or names of anything."""
        return self.__value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Private) and self.__value == other.__value

    def __hash__(self) -> int:
        return hash(self.__value)
