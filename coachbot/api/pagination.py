"""Pages for lists that stay short, cursors for those that grow without end."""

import re

from django.core import signing
from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 25
LARGEST_PAGE = 100
WHOLE_NUMBER = re.compile("0*[1-9][0-9]{0,8}")


class StrictPageSize:
    """A page size that is no number is refused; one that is too large gives the largest."""

    def get_page_size(self, request):
        given = request.query_params.get("page_size")
        if given is not None and not WHOLE_NUMBER.fullmatch(given):
            detail = f"Give a whole number from 1 to {LARGEST_PAGE}."
            raise ValidationError({"page_size": detail}, code="invalid")
        return super().get_page_size(request)


class Pages(StrictPageSize, PageNumberPagination):
    parameters = ("page", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE


class Cursors(StrictPageSize, CursorPagination):
    """Ordered by the view's `ordering`, or by what `?ordering=` of its filter set chose.

    A cursor is the place of a row, by all that the list is ordered by and its id. REST framework's
    counts rows of one value instead: going back, it leaves some of them out, and it shifts when
    one more comes.
    """

    parameters = ("cursor", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def paginate_queryset(self, queryset, request, view=None):
        self.request, self.base_url = request, request.build_absolute_uri()
        self.page_size = self.get_page_size(request)
        self.model, self.ordering = queryset.model, self.get_ordering(request, queryset, view)
        self.cursor = self.decode_cursor(request)
        back = self.cursor is not None and self.cursor.reverse
        ordering = [_reversed(name) for name in self.ordering] if back else self.ordering
        rows = queryset.order_by(*ordering)
        if self.cursor:
            rows = rows.filter(_beyond(ordering, self.cursor.position))
        found = list(rows[: self.page_size + 1])
        more, page = len(found) > self.page_size, found[: self.page_size]
        self.page = page[::-1] if back else page
        self.has_next = bool(page) and (back or more)
        self.has_previous = bool(page) and (more if back else self.cursor is not None)
        return self.page

    def get_ordering(self, request, queryset, view):
        chosen = queryset.query.order_by or view.ordering
        direction = "-" if chosen[-1].startswith("-") else ""
        return (*chosen, f"{direction}id")

    def get_next_link(self):
        return self._link(self.page[-1], back=False) if self.has_next else None

    def get_previous_link(self):
        return self._link(self.page[0], back=True) if self.has_previous else None

    def decode_cursor(self, request):
        given = request.query_params.get(self.cursor_query_param)
        if not given:
            return None
        try:
            back, values = signing.loads(given, salt=self._salt)
        except signing.BadSignature:
            raise ValidationError(
                {"cursor": "Take the cursor from `next` or `previous` of an answer."},
                code="invalid_cursor",
            ) from None
        columns = zip(self._columns, values, strict=True)
        return Cursor(0, back, [column.to_python(value) for column, value in columns])

    def _link(self, row, *, back):
        values = [column.value_to_string(row) for column in self._columns]
        cursor = signing.dumps([back, values], salt=self._salt)
        return replace_query_param(self.base_url, self.cursor_query_param, cursor)

    @property
    def _columns(self):
        return [self.model._meta.get_field(name.lstrip("-")) for name in self.ordering]

    @property
    def _salt(self):
        """A cursor is good for lists that are ordered alike."""
        return " ".join(("cursor", self.model._meta.label, *self.ordering))


def _reversed(name):
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(ordering, values):
    """The rows that come after the one of `values`; indexes serve its first condition."""
    beyond = Q()
    for name, value in reversed([*zip(ordering, values, strict=True)]):
        column, side = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        further = Q(**{f"{column}__{side}": value})
        level = Q(**{f"{column}__{side}e": value})
        beyond = level & (further | beyond) if beyond else further
    return beyond
