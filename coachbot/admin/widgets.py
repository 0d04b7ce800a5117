"""The browser's own inputs for days and times: its language, no script, no server's clock."""

from django import forms
from unfold.widgets import INPUT_CLASSES

STYLE = " ".join(INPUT_CLASSES)


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__({"class": STYLE, **(attrs or {})}, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__({"class": STYLE, **(attrs or {})}, format="%H:%M:%S")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__({"class": STYLE, **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")
