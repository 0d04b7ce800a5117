"""What views read off a request beside its body."""

import re

# Tighter than any UUID's own check: an id of another shape is no address of ours.
UUID_REGEX = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
VERSION = re.compile(r'"(\d{1,9})"', re.ASCII)
NO_VERSION = 0


def signed_in(request):
    """The user who asks, or None."""
    return request.user if request.user.is_authenticated else None


def expected_version(request):
    """The version that If-Match names; None if any will do. Another tag matches no version."""
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        return None
    found = VERSION.fullmatch(tag)
    return int(found.group(1)) if found else NO_VERSION
