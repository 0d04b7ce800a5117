"""The log: written with the change, sealed in a chain, and never changed by anybody."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from accounts.models import User
from audit.models import AdminLog, AuditHead
from audit.services import difference, record, record_change, together
from audit.verification import Anchor
from tests.audit_triggers import without_audit_triggers
from tests.factories import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


def write(count=1):
    user = UserFactory()
    return [record("user.changed", user, changes={"phone": ["", str(n)]}) for n in range(count)]


def tell(**options):
    said = StringIO()
    call_command("verify_audit", stdout=said, **options)
    return said.getvalue()


def finding(**options):
    with pytest.raises(CommandError) as broken:
        tell(**options)
    assert broken.value.returncode == 1
    return str(broken.value)


def run(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_an_entry_says_who_did_what_to_what():
    boss, user = StaffFactory(username="boss"), UserFactory(username="kim")

    record("user.changed", user, changes={"phone": ["", "1"]}, reason="Moved", actor=boss)

    entry = AdminLog.objects.get()
    assert (entry.sequence, entry.actor_id, entry.actor, entry.action) == (
        *(1, boss.pk, "boss", "user.changed"),
    )
    assert (entry.resource_type, entry.resource_id, entry.readable_resource) == (
        *("accounts.user", str(user.pk), "kim"),
    )
    assert (entry.readable_changes, entry.readable_reason) == ({"phone": ["", "1"]}, "Moved")
    assert entry.has_its_seal()


def test_what_no_request_is_behind_was_the_system():
    [entry] = write()

    assert (entry.actor, entry.actor_id, entry.ip_address) == ("system", None, "")


def test_a_difference_names_columns_and_masks_secrets():
    before, after = UserFactory(password="one"), None
    after = User.objects.get(pk=before.pk)
    after.first_name = "Kimberly"
    after.set_password("two")

    assert difference(before, after) == {
        "first_name": ["Kim", "Kimberly"],
        "password": ["***", "***"],
    }
    assert difference(before, before) == {}
    assert difference(None, before)["email"] == [None, before.email]


def test_no_difference_leaves_no_entry():
    user = UserFactory()

    record_change("user.changed", user, user)

    assert not AdminLog.objects.exists()


def test_an_entry_goes_with_the_change_that_is_undone():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert tell() == "The log is whole: 0 entries.\n"
    assert [entry.sequence for entry in write(2)] == [1, 2]


def test_text_that_postgresql_cannot_store_does_not_stop_an_entry():
    entry = record("x", UserFactory(), changes={"a": ["\x00b", {"c\x00": 1}]}, reason="")

    entry.refresh_from_db()
    assert entry.readable_changes == {"a": ["b", {"c": 1}]}
    assert entry.has_its_seal()


# --- Nobody changes an entry


ATTEMPTS = {
    "save": lambda entry: entry.save(),
    "update": lambda entry: AdminLog.objects.update(reason="x"),
    "bulk_update": lambda entry: AdminLog.objects.bulk_update([entry], ["reason"]),
    "upsert": lambda entry: AdminLog.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
    ),
    "delete": lambda entry: entry.delete(),
    "delete all": lambda entry: AdminLog.objects.all().delete(),
    "UPDATE": lambda entry: run("UPDATE audit_adminlog SET reason = 'x'"),
    "DELETE": lambda entry: run("DELETE FROM audit_adminlog"),
}
if connection.vendor == "sqlite":
    ATTEMPTS["REPLACE"] = lambda entry: run(
        "INSERT OR REPLACE INTO audit_adminlog SELECT * FROM audit_adminlog"
    )
    ATTEMPTS["REPLACE by number"] = lambda entry: run(
        "REPLACE INTO audit_adminlog SELECT 'other' AS id, sequence, created_at, actor_id, actor,"
        " action, resource_type, resource_id, resource, changes, reason, ip_address, user_agent,"
        " request_id, previous_seal, seal, person_id FROM audit_adminlog"
    )
else:
    ATTEMPTS["TRUNCATE"] = lambda entry: run("TRUNCATE audit_adminlog")
    ATTEMPTS["TRUNCATE CASCADE"] = lambda entry: run("TRUNCATE audit_adminlog CASCADE")
    ATTEMPTS["as a replica"] = lambda entry: run(
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_adminlog"
    )


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nobody_changes_or_deletes_an_entry(attempt):
    [entry] = write()
    before = AdminLog.objects.values().get()

    with pytest.raises(DatabaseError, match="audit_append_only"), transaction.atomic():
        ATTEMPTS[attempt](entry)

    assert AdminLog.objects.values().get() == before


def test_entries_outlive_the_account_that_they_name():
    boss = StaffFactory(username="boss")
    record("x", boss, actor=boss)

    User.objects.filter(pk=boss.pk).delete()

    assert AdminLog.objects.get().actor == "boss"


# --- Who could all the same is found


def test_a_whole_log_is_said_to_be_whole():
    write(3)

    assert tell() == "The log is whole: 3 entries.\n"


@pytest.fixture
def as_owner(transactional_db):
    """Five entries in a database whose owner has switched the triggers off."""
    write(5)
    with without_audit_triggers(connection):
        yield


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize(
    "column", ["reason", "actor", "action", "changes", "created_at", "resource_id", "ip_address"]
)
def test_an_altered_entry_is_named(column):
    value = {"changes": {"phone": ["", "x"]}, "created_at": "2020-01-01T00:00:00Z"}

    AdminLog.objects.filter(sequence=3).update(**{column: value.get(column, "x")})

    assert finding() == "Entry 3 was altered or inserted: its seal does not fit."


@pytest.mark.usefixtures("as_owner")
def test_a_removed_entry_is_named():
    AdminLog.objects.filter(sequence__in=[2, 4]).delete()

    assert finding() == "Entry 2 was removed."


@pytest.mark.usefixtures("as_owner")
def test_a_cut_end_is_named():
    AdminLog.objects.filter(sequence__gte=4).delete()

    assert finding() == "Entry 4 was removed: there were 5."


@pytest.mark.usefixtures("as_owner")
def test_an_entry_in_the_place_of_a_removed_one_is_named():
    AdminLog.objects.filter(sequence=4).delete()
    forged = AdminLog.objects.get(sequence=3)
    forged.pk, forged.sequence, forged._state.adding = UserFactory().pk, 4, True
    forged.save()

    assert finding() == "Entry 4 was altered or inserted: its seal does not fit."


@pytest.mark.usefixtures("as_owner")
def test_an_entry_before_the_first_is_named():
    forged = AdminLog.objects.get(sequence=1)
    forged.pk, forged.sequence, forged._state.adding = UserFactory().pk, 0, True
    forged.save()

    assert finding().startswith("Entry 0 was inserted (")


@pytest.mark.usefixtures("as_owner")
def test_who_also_moves_the_head_is_found_by_an_anchor():
    anchor = str(AuditHead.objects.get())
    AdminLog.objects.filter(sequence__gte=4).delete()
    last = AdminLog.objects.get(sequence=3)
    AuditHead.objects.update(sequence=3, seal=last.seal)
    number, _, seal = anchor.partition(":")

    assert tell() == "The log is whole: 3 entries.\n"
    assert finding(anchor=Anchor(int(number), seal)) == ("Entry 4 was removed: the anchor knows 5.")


def test_the_anchor_is_printed_and_still_fits_later():
    write(2)
    said = StringIO()
    call_command("verify_audit", "--anchor", stdout=said)
    write(2)

    checked = StringIO()
    call_command("verify_audit", "--anchor", said.getvalue().strip(), stdout=checked)

    assert said.getvalue().startswith("2:")
    assert checked.getvalue() == "The log is whole: 4 entries.\n"


@pytest.mark.parametrize("text", ["5", "x:y", "01:", "1:" + "g" * 64])
def test_what_is_no_anchor_is_refused(text):
    with pytest.raises(CommandError, match="is not what `verify_audit --anchor` printed"):
        call_command("verify_audit", "--anchor", text)


def test_entries_keep_their_seal_when_the_key_is_changed():
    with override_settings(AUDIT_KEYS=["old"]):
        write()
    with override_settings(AUDIT_KEYS=["new", "old"]):
        write()
        assert tell() == "The log is whole: 2 entries.\n"
    with override_settings(AUDIT_KEYS=["new"]):
        assert finding() == "Entry 1 was altered or inserted: its seal does not fit."


# --- Many at once


@pytest.mark.django_db(transaction=True)
def test_the_chain_does_not_fork_when_many_write_at_once():
    user = UserFactory()

    def writer(number):
        try:
            return record("x", user, reason=str(number)).sequence
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(writer, range(60)))

    assert numbers == list(range(1, 61))
    assert tell() == "The log is whole: 60 entries.\n"


@pytest.mark.django_db(transaction=True)
def test_the_chain_would_fork_without_the_lock():
    """The control: writers who do not queue up are refused by the database, one by one."""
    user = UserFactory()
    record("x", user)
    stale = AuditHead.objects.get()
    entry = record("x", user)

    forked = AdminLog.objects.get(pk=entry.pk)
    forked.pk, forked._state.adding, forked.previous_seal = UserFactory().pk, True, stale.seal

    with pytest.raises(DatabaseError), transaction.atomic():
        forked.save()


def test_entries_of_many_changes_are_written_together_in_few_statements(
    django_assert_max_num_queries,
):
    user = UserFactory()

    with django_assert_max_num_queries(20), together():
        for number in range(300):
            record("x", user, reason=str(number))

    assert tell() == "The log is whole: 300 entries.\n"


def test_what_fails_in_the_middle_leaves_no_entry():
    user = UserFactory()

    def fail():
        with together():
            record("x", user)
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert not AdminLog.objects.exists()
    record("y", user)
    assert tell() == "The log is whole: 1 entries.\n"
