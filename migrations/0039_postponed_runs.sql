-- A scheduled run waits where a run in its currency waits for somebody's approval.

alter table payout_settings
    -- {"USD": "2026-12"}: the period whose run comes as soon as the open one in that currency is decided on.
    add column postponed jsonb not null default '{}' check (jsonb_typeof(postponed) = 'object');
