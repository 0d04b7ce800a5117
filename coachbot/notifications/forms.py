"""What somebody who came by a link may send."""

from django import forms
from django.utils.translation import gettext_lazy

from feedback.models import Feedback
from scheduling.models.hours import EARLIEST, LATEST


class DeedForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args, is_specialist=False, **kwargs):
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].required = is_specialist


class ReasonForm(DeedForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MoveForm(ReasonForm):
    starts_at = forms.DateTimeField()

    def clean_starts_at(self):
        at = self.cleaned_data["starts_at"]
        if not EARLIEST <= at <= LATEST:
            raise forms.ValidationError(gettext_lazy("Choose one of the times."))
        return at


class FeedbackForm(DeedForm):
    rating = forms.TypedChoiceField(
        label=gettext_lazy("Rating"),
        coerce=int,
        choices=[(stars, f"{stars} ★") for stars in range(5, 0, -1)],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=Feedback._meta.get_field("comment").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
