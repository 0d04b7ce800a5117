"""The people who can sign in, and the devices on which they have."""

import hashlib
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from timezone_field import TimeZoneField

from coachbot.models import TimestampedModel, UUIDModel

validate_phone = RegexValidator(
    r"\A\+?[0-9][0-9 ()./-]{3,30}\Z",
    "Enter a phone number: digits, spaces and ( ) . / - with an optional + in front.",
    code="invalid_phone",
)


class UserType(models.TextChoices):
    CLIENT = "client", "Client"
    SPECIALIST = "specialist", "Specialist"
    STAFF = "staff", "Staff"


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def search(self, text: str) -> Self:
        """Users whose name, email, username or phone contains every word of `text`."""
        found = self
        for word in text.split():
            found = found.filter(
                Q(username__icontains=word)
                | Q(email__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(phone__icontains=word)
            )
        return found


_UserManager = BaseUserManager.from_queryset(UserQuerySet)


class UserManager(_UserManager["User"]):
    def create_user(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(
            username=self.model.normalize_username(username).lower(),
            email=email.strip().lower(),
            **fields,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Whoever makes one from the command line answers for the address."""
        powers = {"user_type": UserType.STAFF, "is_superuser": True}
        user = self.create_user(username, email, password, **{**fields, **powers})
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(UUIDModel, TimestampedModel, AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. What they are (`user_type`) is set by staff or the system."""

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[ASCIIUsernameValidator()],
        help_text="Letters, digits and @ . + - _ only; upper and lower case are the same.",
    )
    email = models.EmailField("email address", max_length=254)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=32, blank=True, validators=[validate_phone])
    time_zone = TimeZoneField(default="UTC", choices_display="STANDARD")
    language = models.CharField(
        max_length=5,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        db_default=settings.LANGUAGE_CODE,
        help_text="In which mails to them are written.",
    )
    user_type = models.CharField(max_length=10, choices=UserType, default=UserType.CLIENT)
    is_active = models.BooleanField(
        default=True, help_text="Off: cannot sign in. Bookings stay as they are."
    )

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]
    secret_fields = frozenset({"password"})
    personal_fields = frozenset(
        {
            *("__str__", "username", "email", "first_name", "last_name", "phone"),
            *("email_addresses", "second_factors"),
        }
    )

    objects = UserManager()

    class Meta:
        ordering = ["username"]
        permissions = [("change_specialist_user", "Can change the accounts of specialists")]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="Someone with this email address is here already.",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique",
                violation_error_message="This username is taken.",
            ),
            models.CheckConstraint(
                condition=~Q(email="") & ~Q(username=""), name="user_can_be_named"
            ),
            models.CheckConstraint(
                condition=Q(user_type__in=UserType.values), name="user_type_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=[code for code, _ in settings.LANGUAGES]),
                name="user_language_known",
            ),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(user_type=UserType.STAFF),
                name="user_superuser_is_staff",
                violation_error_message="A superuser must be of the type staff.",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def person_id(self) -> UUID:
        return self.pk

    @property
    def is_staff(self) -> bool:
        """Whether the back office is open to them."""
        return self.user_type == UserType.STAFF

    def is_staff_with(self, permission: str) -> bool:
        """Whether they act as staff here: rights of somebody who is not staff count for nothing."""
        return self.is_staff and self.has_perm(permission)

    def clean(self) -> None:
        super().clean()
        # A form leaves out what it has refused already.
        self.username = (self.username or "").lower()
        self.email = (self.email or "").strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, and being deactivated, end every session there is."""
        ends_sessions = not self._state.adding and (
            getattr(self, "_password", None) is not None or not self.is_active
        )
        super().save(*args, **kwargs)
        if ends_sessions:
            self.sessions.active().end()

    def must_prove_email(self) -> None:
        """Signing in and resetting go by `email` alone from now on, first with a code."""
        EmailAddress.objects.filter(user=self).delete()
        EmailAddress.objects.create(user=self, email=self.email, verified=False, primary=True)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.username


class UserSessionQuerySet(models.QuerySet["UserSession"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def live(self, now: datetime) -> Self:
        """Those that let somebody in, or may yet: sign-up begins before there is a user."""
        nobody_or_active = Q(user=None) | Q(user__is_active=True)
        return self.active().filter(nobody_or_active, expires_at__gt=now)

    def of_token(self, token: str) -> Self:
        return self.filter(token_hash=hash_token(token))

    def dead_since(self, instant: datetime) -> Self:
        ended = Q(is_active=False, updated_at__lte=instant)
        return self.filter(ended | Q(expires_at__lte=instant))

    def end(self) -> int:
        """Nobody gets in by these again. The rows stay, for their history; what was kept in them
        goes. How many there were."""
        return self.update(is_active=False, session_data="", updated_at=timezone.now())


class UserSession(UUIDModel, TimestampedModel):
    """One device on which somebody is signed in: in the back office by its cookie, over REST by
    the header X-Session-Token. `accounts.sessions` writes it.

    A stolen table lets nobody in: it holds the hash of the token.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    session_data = models.TextField(editable=False)
    ip_address = models.GenericIPAddressField("address", null=True)
    user_agent = models.CharField("device", max_length=300, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    is_active = models.BooleanField(default=True, help_text="Off: signed out, or ended.")

    secret_fields = frozenset({"token_hash", "session_data"})
    personal_fields = frozenset({"__str__"})

    objects = UserSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at"]
        verbose_name = "session"
        indexes = [
            models.Index(fields=["user", "-last_seen_at"], name="session_of_user"),
            models.Index(fields=["expires_at"], name="session_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user or 'nobody'} from {self.ip_address or 'nowhere'}"

    @property
    def person_id(self) -> UUID | None:
        return self.user_id


def hash_token(token: str) -> str:
    """SHA-256: a token is as random as a key, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
