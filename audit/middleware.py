from audit import origin


class OriginMiddleware:
    """Says who sent the request that is answered, to whoever writes entries meanwhile."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with origin.of(request):
            return self.get_response(request)
