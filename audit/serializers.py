from rest_framework import serializers

from audit.models import AdminLog


class AdminLogSerializer(serializers.ModelSerializer):
    """One entry. `actor_id` is null and `actor` is `system` for commands. What it said of a person
    who is erased is `(erased)`."""

    resource = serializers.CharField(source="readable_resource")
    reason = serializers.CharField(source="readable_reason")
    changes = serializers.DictField(
        source="readable_changes", child=serializers.ListField(), help_text="Field: [old, new]."
    )

    class Meta:
        model = AdminLog
        fields = [
            "id",
            "sequence",
            "created_at",
            "actor_id",
            "actor",
            "action",
            "resource_type",
            "resource_id",
            "resource",
            "changes",
            "reason",
            "ip_address",
            "user_agent",
            "request_id",
        ]
        read_only_fields = fields
