"""The names of the Prefect blocks that hold settings; `blocks/` defines what each holds."""

from __future__ import annotations

# The name of each block.
NAME = "mailroom"
# The block of Prefect's own type "secret" that holds the ledger's key.
LEDGER_KEY = "mailroom-ledger-key"
# Notification blocks, of any type: what people must be told is sent to each of them.
NOTIFICATIONS = "mailroom-notifications"
# What the name of every Prefect variable of the mail room starts with.
VARIABLE_PREFIX = "mailroom_"
# The type of the block that fills each part of the settings.
TYPES = {"drive": "google-drive-credentials", "logiqs": "logiqs-credentials"}
# What people read, and find in Prefect's pages.
DRIVE_BLOCK, LOGIQS_BLOCK = (f"{each}/{NAME}" for each in TYPES.values())
