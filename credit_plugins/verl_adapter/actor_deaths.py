"""Which process of a run has died, as Ray knows it.

verl waits for ever for some of them: for a storage unit of its queue, for one.
"""

from __future__ import annotations

import re
from typing import Any

# Names of Ray's reasons that are no accident: nobody needs the actor any more.
_MEANT = ("RAY_KILL", "OUT_OF_SCOPE", "REF_DELETED", "OWNER_DIED")
_DETAIL = re.compile(r"Worker exit detail: (.+?)\.? Some common causes")


def unexpected_death() -> str:
    """The actor of this Ray job that died first by accident, as one sentence; "" if none did."""
    import ray

    if not ray.is_initialized():
        return ""
    from ray._private.state import actors

    job = ray.JobID.from_hex(ray.get_runtime_context().get_job_id())
    try:
        dead = actors(job_id=job, actor_state_name="DEAD").values()
    except Exception:  # the cluster's own head is gone: Ray ends this process
        return ""
    accidents = [actor for actor in dead if _is_accident(actor["DeathCause"])]
    if not accidents:
        return ""
    first = min(accidents, key=lambda actor: actor["EndTime"])
    where = f"pid {first['Pid']} on {first['Address']['IPAddress']}"
    name = first["ActorClassName"].rpartition(".")[2]
    return f"The process of {name} ({where}) has died{_how(first['DeathCause'])}"


def _is_accident(cause: Any) -> bool:
    if cause.HasField("oom_context"):
        return True
    if not cause.HasField("actor_died_error_context"):
        return False  # it was never made; who asked for it gets the error
    context = cause.actor_died_error_context
    reason = type(context).Reason.Name(context.reason)
    return reason not in _MEANT and "INTENDED" not in context.error_message


def _how(cause: Any) -> str:
    if cause.HasField("oom_context"):
        return ": Ray ended it, because its node ran out of memory"
    context = cause.actor_died_error_context
    if type(context).Reason.Name(context.reason) == "NODE_DIED":
        return ", with its node"
    found = _DETAIL.search(" ".join(context.error_message.split()))
    return f": {found.group(1)}" if found else ""
