# allauth's own rates are per minute, or a few of them.
SECONDS = 60


class RetryAfterMiddleware:
    """allauth's 429 does not say when to come back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(SECONDS))
        return response
