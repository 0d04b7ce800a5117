"""Pages for lists that stay short, cursors for those that grow without end."""

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination

PAGE_SIZE = 25
LARGEST_PAGE = 100


class StrictPageSize:
    """A page size that is no number is refused; one that is too large gives the largest."""

    def get_page_size(self, request):
        given = request.query_params.get("page_size")
        if given is not None and not (given.isascii() and given.isdigit() and int(given)):
            detail = f"Give a whole number from 1 to {LARGEST_PAGE}."
            raise ValidationError({"page_size": detail}, code="invalid")
        return super().get_page_size(request)


class Pages(StrictPageSize, PageNumberPagination):
    parameters = ("page", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE


class Cursors(StrictPageSize, CursorPagination):
    """Ordered by the view's `ordering`, or by what `?ordering=` of its filter set chose."""

    parameters = ("cursor", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_ordering(self, request, queryset, view):
        chosen = queryset.query.order_by or view.ordering
        direction = "-" if chosen[-1].startswith("-") else ""
        return (*chosen, f"{direction}id")

    def decode_cursor(self, request):
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise ValidationError(
                {"cursor": "Take the cursor from `next` or `previous` of an answer."},
                code="invalid_cursor",
            ) from None
