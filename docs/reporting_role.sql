-- A role for figures: psql "$DATABASE_URL" --file docs/reporting_role.sql, then \password reporting.
-- It reads what was offered and booked, and nobody's name, address, secret or note; it writes
-- nothing. Run the GRANTs again after an update that adds columns.
CREATE ROLE reporting LOGIN CONNECTION LIMIT 3;
ALTER ROLE reporting SET default_transaction_read_only = on;
ALTER ROLE reporting SET statement_timeout = '5min';
GRANT USAGE ON SCHEMA public TO reporting;
GRANT SELECT ON scheduling_service, scheduling_service_specialists, scheduling_schedule TO reporting;
GRANT SELECT (id, created_at, deleted_at, name, specialization, currency, hourly_rate, time_zone,
    is_active, rating_average, rating_count) ON scheduling_specialist TO reporting;
GRANT SELECT (id, created_at, updated_at, specialist_id, service_id, client_id, starts_at, ends_at,
    status, price, currency) ON scheduling_booking TO reporting;
GRANT SELECT (id, booking_id, at, from_status, to_status, from_starts_at, to_starts_at,
    from_specialist_id, to_specialist_id, by) ON scheduling_bookingevent TO reporting;
GRANT SELECT (id, created_at, updated_at, specialist_id, service_id, client_id, earliest, latest,
    status, queued_at, offers_passed, booking_id) ON scheduling_waitinglistentry TO reporting;
GRANT SELECT (id, created_at, entry_id, specialist_id, starts_at, ends_at, expires_at, released_at,
    outcome) ON scheduling_hold TO reporting;
GRANT SELECT (id, specialist_id, date, is_active) ON scheduling_dayoff TO reporting;
GRANT SELECT (id, specialist_id, starts_at, ends_at, is_available)
    ON scheduling_availability TO reporting;
