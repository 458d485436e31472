-- Emails about messages between brands and creators, and bank accounts behind Stripe that can be compared.

-- When the other side opened the thread with it, and when the email about it was queued, or found to be unnecessary. Both
-- null: the job still has to write. Messages from before count as read, so that no one is emailed about them.
alter table network_messages
    add column read_at timestamptz default now(),
    add column emailed_at timestamptz default now();
alter table network_messages
    alter column read_at drop default,
    alter column emailed_at drop default;
create index network_messages_unsent on network_messages (organization_id) where read_at is null and emailed_at is null;

-- Whether the creator wants emails about messages from brands.
alter table creators add column message_emails boolean not null default true;

alter table notification_settings drop constraint notification_settings_kind;
alter table notification_settings add constraint notification_settings_kind check (kind in
    ('affiliate_applied', 'team_joined', 'api_key_created', 'commissions_due', 'weekly_summary', 'network_message'));

-- The bank account or card behind the Stripe account, as a keyed hash like those in `payout_account_keys`.
alter table payout_accounts add column bank_key text;
