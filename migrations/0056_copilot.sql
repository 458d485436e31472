-- The co-pilot: a model that an organization connects with its own key, and whose calls are those of the person who asks.

-- At most one connection per organization.
create table copilot_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null check (kind in ('anthropic', 'openai')),
    -- The server, if it isn't the vendor's own, without a slash at its end.
    base_url text check (length(base_url) between 8 and 2000),
    -- Servers on one's own network may need no key.
    sealed_secret text,
    -- The end of the key, to tell it from others.
    key_hint text check (length(key_hint) <= 4),
    model text not null check (length(model) between 1 and 200),
    -- How the server calls the limit of an answer.
    token_field text not null check (token_field in ('max_completion_tokens', 'max_tokens')),
    data_level text not null check (data_level in ('figures', 'people')),
    tokens_per_day integer not null check (tokens_per_day between 1000 and 100000000),
    -- When the server last refused the key; null once it accepts one.
    refused_at timestamptz,
    changed_by text not null check (length(changed_by) between 1 and 100),
    changed_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id),
    check ((sealed_secret is null) = (key_hint is null))
);
call rekomi_tenant_table('copilot_connections');

-- A person's conversations. No one else sees them.
create table copilot_conversations (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    -- The beginning of the first message.
    sealed_title text not null,
    -- The tools that the model is offered first.
    tool_set text not null check (tool_set in ('money', 'people', 'figures')),
    created_at timestamptz not null,
    changed_at timestamptz not null,
    -- Until when a running answer has the conversation for itself.
    busy_until timestamptz,
    primary key (organization_id, id)
);
create index copilot_conversations_person on copilot_conversations (organization_id, user_id, changed_at desc);
call rekomi_tenant_table('copilot_conversations');

create table copilot_messages (
    organization_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    -- Their order within the conversation.
    position integer not null check (position >= 0),
    -- The person, the model, results of tools, or what became of a card.
    author text not null check (author in ('Person', 'Model', 'Tools', 'Note')),
    -- JSON. What was hidden from the model isn't in it.
    sealed_blocks text not null,
    -- Ids that a message has, which later calls may name.
    ids text[] not null,
    -- A text that others wrote and the model read, if there is one.
    sealed_source text,
    -- Why an answer isn't whole, in words.
    note text check (length(note) <= 500),
    at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, conversation_id, position),
    foreign key (organization_id, conversation_id) references copilot_conversations on delete cascade
);
call rekomi_tenant_table('copilot_messages');

-- Calls that the person has to confirm.
create table copilot_actions (
    organization_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    user_id uuid not null,
    tool text not null check (length(tool) between 1 and 64),
    -- JSON with the fields of every object in alphabetical order.
    sealed_arguments text not null,
    -- SHA-256 over the person, the tool and the arguments.
    digest bytea not null check (length(digest) = 32),
    -- A text of others after which it was prepared, if there is one.
    sealed_source text,
    state text not null default 'Pending' check (state in ('Pending', 'Running', 'Done', 'Declined', 'Failed')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    decided_at timestamptz,
    -- What the operation answered: its HTTP status, the error's words, or the id of what was made or changed.
    result_status smallint,
    result_text text,
    result_id text,
    primary key (organization_id, id),
    foreign key (organization_id, conversation_id) references copilot_conversations on delete cascade,
    check ((state = 'Pending') = (decided_at is null))
);
create index copilot_actions_conversation on copilot_actions (organization_id, conversation_id);
call rekomi_tenant_table('copilot_actions');

-- Tokens by person and day (UTC). It stays when conversations are deleted.
create table copilot_usage (
    organization_id uuid not null references organizations,
    user_id uuid not null,
    day date not null,
    messages integer not null check (messages >= 0),
    input_tokens bigint not null check (input_tokens >= 0),
    cached_tokens bigint not null check (cached_tokens >= 0),
    output_tokens bigint not null check (output_tokens >= 0),
    primary key (organization_id, user_id, day)
);
call rekomi_tenant_table('copilot_usage');

-- How long conversations are kept.
alter table retention add column copilot_days integer check (copilot_days between 1 and 400);
