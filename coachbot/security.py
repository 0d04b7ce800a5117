"""What browsers are told they may do with our answers."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.middleware import common


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The site's policy, less strict for the pages of others that cannot do with it."""

    def get_policy_parts(self, request, response, report_only=False):
        parts = super().get_policy_parts(request, response, report_only)
        parts.replace = next(
            (
                exceptions
                for path, exceptions in settings.CONTENT_SECURITY_EXCEPTIONS.items()
                if request.path.startswith(path)
            ),
            None,
        )
        return parts


class CommonMiddleware(common.CommonMiddleware):
    """Whoever looks after the process asks it by any address: that of a container, for one."""

    def process_request(self, request):
        if request.path.startswith(settings.WATCHED_PATHS):
            return None
        return super().process_request(request)


class PermissionsPolicyMiddleware:
    """Tells browsers which of their powers no page here asks for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response
