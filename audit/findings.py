from collections.abc import Iterator
from datetime import datetime

from audit.models import AdminLog
from audit.verification import Broken, verify, verify_head
from coachbot.db.findings import Finding


def breaks_in_the_chain(now: datetime) -> Iterator[Finding]:
    try:
        verify_head(verify(AdminLog.objects.order_by("sequence").iterator(chunk_size=2000)))
    except Broken as finding:
        yield Finding("log", str(finding))


SEARCHES = {"log": breaks_in_the_chain}
