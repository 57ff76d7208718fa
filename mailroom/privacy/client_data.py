"""Types for client data. Printing, logging or storing such an object does not show its values.

There are two. `ClientData` is the base of classes with several values, such as the fields of a notice:
``repr``, ``str`` and ``format`` return only the class name, and pickle, JSON and pydantic, which Prefect uses
to store results, raise an error. `Private` holds a single value and returns it only from ``reveal()``.

Fields of a class are not wrapped in `Private` one by one: reading and matching compare, cut and join fields
in about a hundred places, and so many calls of ``reveal()`` would hide those that matter. To get all values
out of such an object takes a call that can be searched for: ``reveal(``, ``as_json(``, ``known_values(``, and
for a dataclass ``asdict(``, ``astuple(`` and ``vars(``. If a single field is written to a log, the formatter
masks it as a known value (`mailroom.privacy.redaction.client_values`).
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


# Without this schema pydantic reads the fields of a dataclass, and Prefect would store them as a JSON result.
_REFUSE_SCHEMA = core_schema.any_schema(
    serialization=core_schema.plain_serializer_function_ser_schema(_refuse)
)


class ClientData:
    """Base of the classes that hold client data; a dataclass also needs ``repr=False``."""

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
        """Return the class name, padded as ``spec`` says; a number format is ignored, for log calls."""
        try:
            return format(str(self), spec)
        except ValueError:
            return str(self)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        """Refuse pickle and deep copies, which would store or duplicate the values.

        Raises:
            TypeError: always.
        """
        message = f"{type(self).__name__} holds client data and is not pickled or copied"
        raise TypeError(message)

    def known_values(self) -> Iterator[KnownValue]:
        """Yield the values that redaction masks wherever they appear; none in this base class."""
        return iter(())


@dataclass(frozen=True, repr=False)
class KnownValue(ClientData):
    """One value of a client and its kind, as it is added to the registry of values to redact."""

    kind: Kind
    text: str


class Private(ClientData, Generic[T]):
    """One value of a client; only `reveal` returns it."""

    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """Return the value. Do not use it in logs, states, errors, or names of files and runs."""
        return self.__value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Private) and self.__value == other.__value

    def __hash__(self) -> int:
        return hash(self.__value)
