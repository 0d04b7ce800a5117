"""What is hidden, apart from what is not."""

from django.contrib.admin import SimpleListFilter


class HiddenFilter(SimpleListFilter):
    title = "state"
    parameter_name = "hidden"
    # Where unfold looks for what to keep when other filters are applied.
    lookup_kwarg = parameter_name

    @property
    def lookup_val(self):
        return [self.value()]

    def lookups(self, request, model_admin):
        return [("no", "Visible"), ("yes", "Hidden")]

    def queryset(self, request, queryset):
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(hidden_at__isnull=self.value() == "no")
