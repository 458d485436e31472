-- People are global: one person may work for several organizations.
create table users (
    id uuid primary key,
    email text not null unique check (email = lower(email)),
    name text not null default '' check (length(name) <= 200),
    -- The PHC string of Argon2id.
    password_hash text not null,
    email_verified_at timestamptz,
    -- Device cookies from before this time no longer identify a known browser. A password change and signing out
    -- elsewhere set it.
    devices_since timestamptz not null default '-infinity',
    created_at timestamptz not null
);

-- Sessions of signed-in people.
create table sessions (
    -- SHA-256 of the cookie's token.
    token_hash bytea primary key check (length(token_hash) = 32),
    -- Identifies the session when a person ends it. The token itself is only ever in its browser.
    id uuid not null,
    user_id uuid not null references users on delete cascade,
    -- A readable name, such as 'Firefox on Linux'.
    browser text not null default '' check (length(browser) <= 100),
    -- When the person last proved their identity with a password or a code, by the wall clock.
    proved_at timestamptz,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
create unique index sessions_id on sessions (id);
grant select, insert, update, delete on users, sessions to rekomi_app;

-- Links that work once.
create table one_time_tokens (
    -- SHA-256 of the link's token.
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    purpose text not null check (purpose in ('verify_email', 'reset_password', 'change_email')),
    -- The address that the link was sent to. Once the account has another address, the link no longer works.
    email text not null check (email = lower(email)),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index one_time_tokens_user on one_time_tokens (user_id);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- A sign-in whose password was correct and whose second-factor code is still missing.
create table login_challenges (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index login_challenges_user on login_challenges (user_id);
create index login_challenges_expiry on login_challenges (expires_at);

-- A person's second factor: the secret of time-based one-time codes.
create table user_totp (
    user_id uuid primary key references users on delete cascade,
    -- Sealed: table user_totp, column sealed_secret, row = the person's id.
    sealed_secret text not null,
    created_at timestamptz not null,
    -- Null until the person has entered a correct code.
    enabled_at timestamptz,
    -- The latest time step whose code was used: no code is accepted twice.
    last_step bigint,
    -- The guesses that are left, refilled over time. They are kept here and not in memory, so that neither a restart
    -- nor a second process gives extra guesses. Browsers that signed in before have their own guesses, which no
    -- stranger can use up.
    guesses_left double precision not null default 10,
    guessed_at timestamptz not null default now(),
    known_guesses_left double precision not null default 10,
    known_guessed_at timestamptz not null default now()
);

-- Recovery codes, each of which replaces the second factor once.
create table recovery_codes (
    user_id uuid not null references users on delete cascade,
    -- SHA-256 of the person's id and the code, which has 80 random bits.
    code_hash bytea not null check (length(code_hash) = 32),
    used_at timestamptz,
    primary key (user_id, code_hash)
);
grant select, insert, update, delete on one_time_tokens, login_challenges, user_totp, recovery_codes to rekomi_app;

-- What happened to a person's account, shown to that person. The app may only add rows, which are deleted with the
-- person.
create table account_events (
    user_id uuid not null references users on delete cascade,
    id uuid not null,
    at timestamptz not null,
    -- A noun and a past participle, such as `password.changed`.
    event text not null check (event ~ '^[a-z_]+\.[a-z_]+$'),
    browser text not null default '',
    -- The same hash as in audit_log.
    source_hash text,
    primary key (user_id, id)
);
grant select, insert on account_events to rekomi_app;
create trigger append_only before update on account_events
    for each row execute function rekomi_refuse_change();
create trigger append_only_truncate before truncate on account_events
    for each statement execute function rekomi_refuse_change();

-- Token buckets that limit how often strangers may try something, and how often a person may be emailed. They are kept
-- here and not in memory, so that neither a restart nor a second process gives extra attempts. The table belongs to no
-- tenant, since most buckets are about strangers.
create table attempt_limits (
    -- HMAC of the limited action and its subject: an account, an address, a network, a session or an organization.
    name bytea primary key check (length(name) = 32),
    burst double precision not null check (burst >= 1),
    ms_per_token double precision not null check (ms_per_token > 0),
    -- The level at taken_at; it refills over time.
    tokens double precision not null,
    taken_at timestamptz not null
);
grant select, insert, update, delete on attempt_limits to rekomi_app;
