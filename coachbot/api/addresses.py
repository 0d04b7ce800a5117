"""Where a request comes from."""


def client_address(request):
    """The address that opened the connection. What a header says of it anyone can forge."""
    return request.META.get("REMOTE_ADDR", "")
