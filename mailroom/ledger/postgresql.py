"""A ledger on a PostgreSQL server: its URL, its connections, and what the server's errors mean.

Nothing of an error's text is shown: a URL with a wrong character has part of the password in what the driver
takes for a host. Errors when connecting have no SQLSTATE (libpq gives none), so their words are looked at; a
server with messages in another language gets the general line.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Pool, QueuePool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from mailroom.errors import ConfigError
from mailroom.ledger.absence import PATIENCE_SECONDS, READ_ONLY

DRIVER = "postgresql+psycopg"
# A transaction takes milliseconds, so a few connections serve the threads of all batches; a fleet's
# connections together must stay below the server's `max_connections`, 100 by default.
CONNECTIONS = 10
# How long opening a connection may take, to each host that the URL names. libpq rounds up to 2.
CONNECT_SECONDS = 5
CONNECTION = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "mailroom",
    # A standby that has not taken over yet is no ledger to work with.
    "target_session_attrs": "read-write",
    # A network that is cut answers nothing: it is noticed after half a minute, not after the two hours that
    # Linux waits by default. The first is for data that was sent, the others for a connection that waits.
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
}
# In milliseconds. A lock is waited for as long as SQLite's. The transaction of a process that was suspended
# ends, so that it keeps nobody waiting. No `statement_timeout`: a long statement is a purge at work.
SERVER_SETTINGS = {"lock_timeout": 30_000, "idle_in_transaction_session_timeout": 60_000}
# A firewall forgets connections that were idle for an hour. A thread waits for one as long as for the server.
SIZES = {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_recycle": 1800, "pool_timeout": PATIENCE_SECONDS}
# What is kept of a connection and of a session: which history of the server it belongs to, and its number.
TIMELINE, TRANSACTION = "timeline", "transaction"
# The first eight digits of a log file's name. A standby that takes over begins a new timeline.
_TIMELINE = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_MAY_CREATE = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
# PostgreSQL, "Transaction ID and Snapshot Information Functions": made for a commit that was not confirmed.
_OUTCOME = text("SELECT pg_xact_status(CAST(:number AS xid8))")


@dataclass(frozen=True)
class Refusal:
    """What the server refuses, in words behind "it", and what a person does about it."""

    cause: str
    fix: str


AWAY = Refusal("it does not answer", "Start the server, or correct the host and port in MAILROOM_LEDGER_URL.")
NO_PERMISSIONS = Refusal(
    "this user lacks permissions that the ledger needs",
    "Make the user of MAILROOM_LEDGER_URL the owner of the database: ALTER DATABASE … OWNER TO ….",
)
STANDBY = Refusal(
    READ_ONLY,
    "Name the primary server in MAILROOM_LEDGER_URL, or switch off default_transaction_read_only on the server.",
)
_BY_CODE = {
    "25006": STANDBY,
    "42501": NO_PERMISSIONS,
    "55P03": Refusal("a run is using its tables", "Start this command again when no run is active."),
}
_TLS = "Add ?sslmode=require to MAILROOM_LEDGER_URL, or allow this machine in the server's pg_hba.conf."
# By words of the errors when connecting, the first that fits.
_CONNECTING = {
    r"session is read-only|server is in hot standby": STANDBY,
    r"password authentication failed|no password supplied|authentication failed": Refusal(
        "it refuses the password",
        "Correct the user or the password in MAILROOM_LEDGER_URL, ~/.pgpass or PGPASSWORD.",
    ),
    r'database ".*" does not exist': Refusal(
        "it has no database with that name",
        "Create it on the server with `createdb`, or correct the name in MAILROOM_LEDGER_URL.",
    ),
    r'role ".*" does not exist': Refusal(
        "it has no user with that name",
        "Create the user on the server with `createuser`, or correct the name in MAILROOM_LEDGER_URL.",
    ),
    r"no encryption|SSL off": Refusal("it requires TLS, or does not accept this machine", _TLS),
    r"no pg_hba\.conf entry|pg_hba\.conf rejects": Refusal(
        "it does not accept this machine", "Allow this machine and user in the server's pg_hba.conf."
    ),
    r"server does not support SSL": Refusal(
        "it does not offer TLS, which the URL requires",
        "Switch on TLS on the server; in your own network, you can remove sslmode from MAILROOM_LEDGER_URL.",
    ),
    r"certificate|SSL error": Refusal(
        "its TLS certificate is not trusted",
        "Name its certificate authority with sslrootcert in MAILROOM_LEDGER_URL.",
    ),
    r"too many clients|remaining connection slots|too many connections": Refusal(
        "it has too many connections",
        f"Raise max_connections on the server: each process of the mail room uses up to {CONNECTIONS}.",
    ),
    r"starting up|shutting down|recovery": Refusal("it is starting or stopping", "Try again in a minute."),
    r"invalid connection option|invalid .*value": Refusal(
        "an option of its URL is wrong", "Correct the part after the ? in MAILROOM_LEDGER_URL."
    ),
}
# Classes of errors after which the same transaction may succeed: the connection, conflicts of transactions,
# the server's resources, an operator's restart.
_TEMPORARY = ("08", "40", "53", "57P")
DISK_FULL = "53100"


def check_url(url: URL) -> URL:
    """Return the URL of a PostgreSQL server, with the driver that the mail room uses.

    Raises:
        ConfigError: it is of another database or driver, or its password is not written as URLs need it.
    """
    if url.drivername not in ("postgresql", "postgres", DRIVER):
        raise ConfigError(
            "ledger_unusable",
            what=f"MAILROOM_LEDGER_URL begins with {url.drivername}, which the ledger does not support.",
            fix=f"Write {DRIVER}://user@host/database, or sqlite:////path/ledger.sqlite3.",
        )
    if "@" in (url.host or ""):
        raise ConfigError(
            "ledger_unusable",
            what="The password in MAILROOM_LEDGER_URL contains a character that separates the parts of a URL.",
            fix="In the password, write @ as %40, : as %3A, / as %2F and % as %25, or put it into ~/.pgpass.",
        )
    return url.set(drivername=DRIVER)


def make_engine(url: URL, pool: type[Pool] = QueuePool) -> Engine:
    """Return an engine for this server; with another ``pool``, one for a single look.

    Raises:
        ImportError: the driver is not installed.
    """
    asked = str(url.query.get("options", ""))
    wanted = "".join(f" -c {name}={value}" for name, value in SERVER_SETTINGS.items() if name not in asked)
    connection = {name: value for name, value in CONNECTION.items() if name not in url.query}
    engine = create_engine(
        url,
        poolclass=pool,
        hide_parameters=True,
        connect_args={**connection, "options": f"{asked}{wanted}".strip()},
        **(SIZES if pool is QueuePool else {}),
    )

    @event.listens_for(engine, "connect")
    def _note_timeline(connection: Any, record: ConnectionPoolEntry) -> None:
        # A service that keeps its log in another way may not have these functions.
        with suppress(engine.dialect.loaded_dbapi.Error):
            record.info[TIMELINE] = connection.execute(_TIMELINE).fetchone()[0]
        connection.rollback()

    return engine


def check_permissions(connection: Connection) -> None:
    """Raise ConfigError if this user may not make tables."""
    if not connection.scalar(_MAY_CREATE):
        raise make_refusal_error(connection.engine.url, NO_PERMISSIONS)


def make_refusal_error(url: URL, refusal: Refusal) -> ConfigError:
    """Return the error for a server that does not let the ledger be opened."""
    port = f":{url.port}" if url.port else ""
    return ConfigError(
        "ledger_unusable",
        what=f"The ledger's database server {url.host or 'on this machine'}{port} cannot be used: {refusal.cause}.",
        fix=refusal.fix,
    )


def read_outcome(session: Session, number: str, timeline: str | None) -> str | None:
    """What became of a transaction: ``committed``, ``aborted``, ``in progress``; None: nobody knows.

    A server that has taken over may have given the number to another transaction.

    Args:
        session: a new one.
        number: the transaction's.
        timeline: of the server that carried it out.
    """
    if timeline is None or session.connection().info.get(TIMELINE) != timeline:
        return None
    found: str | None = session.scalar(_OUTCOME, {"number": number})
    return found


def find_interruption(error: DBAPIError) -> str | None:
    """Why the transaction may succeed another time, in words behind "it"; None: it would not."""
    state = get_sqlstate(error)
    if state == "25006":
        return READ_ONLY
    if error.connection_invalidated:
        return AWAY.cause
    if state is None:
        return explain_refusal(error).cause if isinstance(error, OperationalError) else None
    return "it refuses work for now" if state.startswith(_TEMPORARY) and state != DISK_FULL else None


def explain_refusal(error: BaseException) -> Refusal:
    """What keeps the ledger from being used, and what a person does about it."""
    state = get_sqlstate(error)
    if state in _BY_CODE:
        return _BY_CODE[state]
    if state is not None and not state.startswith("57P"):
        return Refusal(f"it refuses a statement, SQLSTATE {state}", "See the server's log.")
    said = str(getattr(error, "orig", error))
    return next((refusal for words, refusal in _CONNECTING.items() if re.search(words, said)), AWAY)


def get_sqlstate(error: BaseException) -> str | None:
    """The server's code of the error; None for one that the driver has found itself."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return str(state) if state else None
