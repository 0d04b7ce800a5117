class GiveUp(Exception):
    """What a task raises that would fail the same way each time: it is not tried again."""


class WorkerLost(Exception):
    """What stands with a task whose workers were lost each time it ran."""
