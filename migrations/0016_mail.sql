-- Letters to people, as an outbox: written in the transaction that decides, sent afterwards. Global like `users`: a
-- letter belongs to whoever receives it.
create table mails (
    id uuid primary key,
    -- What the letter is for: `verify_email`, `application_approved`, …
    kind text not null check (kind ~ '^[a-z][a-z0-9_]{1,63}$'),
    recipient text not null check (length(recipient) between 1 and 320 and recipient !~ '[[:cntrl:]]'),
    subject text not null check (length(subject) between 1 and 300 and subject !~ '[[:cntrl:]]'),
    -- Sealed JSON `{"text","html"}`, since the links in it open doors: table mails, column sealed_body, row = the
    -- letter's id. Erased once nobody needs it.
    sealed_body text,
    status text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up')),
    -- Counted before each attempt, so that a letter that ends the process counts too.
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    -- Giving up is counted from here: what waits for a server to be configured has not been tried.
    first_attempt_at timestamptz,
    next_attempt_at timestamptz not null default now(),
    -- When it was sent or given up.
    ended_at timestamptz,
    -- Why it was not sent, the last time.
    last_error text,
    check (status <> 'waiting' or sealed_body is not null),
    check ((status = 'waiting') = (ended_at is null))
);
create index mails_due on mails (next_attempt_at) where status = 'waiting';
create index mails_ended on mails (ended_at) where status <> 'waiting';
grant select, insert, update, delete on mails to rekomi_app;
