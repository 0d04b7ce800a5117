"""What views read off a request beside its body."""

# Tighter than any UUID's own check: an id of another shape is no address of ours.
UUID_REGEX = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NO_VERSION = 0


def signed_in(request):
    """The user who asks, or None."""
    return request.user if request.user.is_authenticated else None


def expected_version(request, present):
    """`present` if If-Match names it (RFC 9110, section 13.1.1), None if any version will do;
    otherwise one that nothing has."""
    tags = [tag.strip() for tag in request.headers.get("If-Match", "*").split(",")]
    if tags == ["*"]:
        return None
    return present if f'"{present}"' in tags else NO_VERSION
