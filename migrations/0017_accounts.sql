-- People who look after their own accounts: confirmed addresses, a second factor, sessions that can be ended one by one,
-- and a log of what happened. And affiliates, who come in by links instead of passwords.

alter table users add column name text not null default '' check (length(name) <= 200);

alter table sessions
    -- By which a person names a session to end it; the token is only ever in its browser.
    add column id uuid not null default gen_random_uuid(),
    add column last_seen_at timestamptz not null default now(),
    -- As people say it, such as 'Firefox on Linux'.
    add column browser text not null default '' check (length(browser) <= 100);
alter table sessions alter column id drop default, alter column last_seen_at drop default;
create unique index sessions_id on sessions (id);

-- Links that open one door once.
create table one_time_tokens (
    -- SHA-256 of the link's token.
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    purpose text not null check (purpose in ('verify_email', 'reset_password', 'change_email')),
    -- The address that the link was sent to. Once the account has another one, links to the old one open nothing.
    email text not null check (email = lower(email)),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index one_time_tokens_user on one_time_tokens (user_id);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- Whoever gave the right password and owes the code of the second factor.
create table login_challenges (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index login_challenges_user on login_challenges (user_id);
create index login_challenges_expiry on login_challenges (expires_at);

create table user_totp (
    user_id uuid primary key references users on delete cascade,
    -- Table user_totp, column sealed_secret, row = the person's id.
    sealed_secret text not null,
    created_at timestamptz not null,
    -- Null until the person has shown a right code.
    enabled_at timestamptz,
    -- The latest time step whose code was used: none is taken twice.
    last_step bigint,
    -- Guesses that are left, refilled with time: here and not in memory, so that neither a restart nor a second process
    -- gives any away. Browsers that signed in before have guesses of their own, which no stranger can use up.
    guesses_left double precision not null default 10,
    guessed_at timestamptz not null default now(),
    known_guesses_left double precision not null default 10,
    known_guessed_at timestamptz not null default now()
);

create table recovery_codes (
    user_id uuid not null references users on delete cascade,
    -- SHA-256 of the person's id and the code, which has 80 random bits.
    code_hash bytea not null check (length(code_hash) = 32),
    used_at timestamptz,
    primary key (user_id, code_hash)
);

grant select, insert, update, delete on one_time_tokens, login_challenges, user_totp, recovery_codes to rekomi_app;

-- What happened to a person's account, shown to that person. The app may only add; rows go with their person.
create table account_events (
    user_id uuid not null references users on delete cascade,
    id uuid not null,
    at timestamptz not null,
    -- noun.verb_past, such as `password.changed`.
    event text not null check (event ~ '^[a-z_]+\.[a-z_]+$'),
    browser text not null default '',
    -- As in audit_log.
    source_hash text,
    primary key (user_id, id)
);
create trigger append_only before update on account_events
    for each row execute function rekomi_refuse_change();
create trigger append_only_truncate before truncate on account_events
    for each statement execute function rekomi_refuse_change();
grant select, insert on account_events to rekomi_app;

-- Links by which an affiliate comes in. The token starts with the organization's id, so that no look-up is needed before
-- the tenant is known.
create table affiliate_links (
    organization_id uuid not null references organizations,
    token_hash bytea not null check (length(token_hash) = 32),
    affiliate_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (organization_id, token_hash),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index affiliate_links_affiliate on affiliate_links (organization_id, affiliate_id);
create index affiliate_links_expiry on affiliate_links (organization_id, expires_at);
call rekomi_tenant_table('affiliate_links');

create table affiliate_sessions (
    organization_id uuid not null references organizations,
    token_hash bytea not null check (length(token_hash) = 32),
    affiliate_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (organization_id, token_hash),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index affiliate_sessions_affiliate on affiliate_sessions (organization_id, affiliate_id);
create index affiliate_sessions_expiry on affiliate_sessions (organization_id, expires_at);
call rekomi_tenant_table('affiliate_sessions');
