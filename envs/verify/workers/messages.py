"""What goes over the pipe between a worker and its owner: one JSON object per message.

    request  "id", "timeout" and what the job reads; "load" asks it to hold something first
    reply    "id", "last" (no request is answered after it) and "correct", or "error" and "detail"
             and, of an own check that raised, "frames"; its owner adds "ms"
    hello    "pid" of a child that is ready, or "failed" if none can ever be

Text of a model is data here too: it is never unpickled and never evaluated.
"""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

Message = dict[str, Any]
Request = Message
Reply = Message


def send(connection: Connection, message: Message) -> None:
    """Write one message."""
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Connection) -> Message:
    """Wait for one message and return it."""
    message: Message = json.loads(connection.recv_bytes())
    return message
