from functools import reduce

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Replace, Upper

from coachbot.db.indexes import PostgresGinIndex, PostgresIndex, SQLiteIndex
from coachbot.db.operations import Trigrams


def without(number, letter):
    return Replace(number, Value(letter), Value(""))


class Migration(migrations.Migration):
    """A search among a million bookings does not open each of them."""

    dependencies = [("scheduling", "0006_hand_overs")]
    operations = [
        Trigrams(),
        migrations.RemoveIndex(model_name="booking", name="booking_start"),
        migrations.AddIndex(
            model_name="booking",
            index=PostgresIndex(fields=["starts_at", "id"], name="booking_start"),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=SQLiteIndex(
                fields=[
                    "starts_at",
                    "id",
                    "client",
                    "reference",
                    "client_name",
                    "client_email",
                    "client_phone",
                ],
                name="booking_start_and_client",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=PostgresGinIndex(
                OpClass(Upper("client_name"), "gin_trgm_ops"),
                OpClass(Upper("client_email"), "gin_trgm_ops"),
                OpClass(reduce(without, " ()./-", F("client_phone")), "gin_trgm_ops"),
                name="booking_client_words",
            ),
        ),
        migrations.AddIndex(
            model_name="bookingevent",
            index=models.Index(fields=["at", "id"], name="booking_event_at"),
        ),
    ]
