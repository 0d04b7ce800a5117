"""What the documents of scheduling have in common."""

from rest_framework import serializers

from coachbot.db.compiled import ByKey


def reference_to(queryset, **kwargs):
    """A field that takes the id of one of `queryset`'s rows."""
    return serializers.PrimaryKeyRelatedField(
        queryset=ByKey(queryset), pk_field=serializers.UUIDField(), **kwargs
    )


class NamedSerializer(serializers.Serializer):
    """Whom or what a document speaks of."""

    id = serializers.UUIDField()
    name = serializers.CharField()
