from audit import origin
from coachbot.ids import uuid7


class OriginMiddleware:
    """Gives each request an id, which its answer and its entries carry, and says who sent it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = str(uuid7())
        with origin.of(request):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request.request_id
        return response
