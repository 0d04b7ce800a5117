"""For whom something is asked: the caller, a guest, or whom staff name."""

from rest_framework.exceptions import PermissionDenied

from scheduling import services

CONTACT_FIELDS = ("client_name", "client_email", "client_phone")


def require_staff(given, user, fields):
    """Before anything is looked up: whose ids there are is nobody else's business."""
    members = given if isinstance(given, dict) else ()
    refused = fields.intersection(members)
    if refused and not (user and user.is_staff):
        raise PermissionDenied(f"Only staff give: {', '.join(sorted(refused))}.")


def client_of(wanted, user):
    """Whom it is for: staff who give any contact and no user ask for somebody without an
    account."""
    if "client" in wanted:
        return wanted["client"]
    names_somebody = any(wanted.get(name) for name in CONTACT_FIELDS)
    return None if user and user.is_staff and names_somebody else user


def contact_of(wanted):
    return services.Contact(*(wanted.get(name, "") for name in CONTACT_FIELDS))
