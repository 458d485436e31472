-- What one euro was worth in other currencies on a day, as the European Central Bank published it. For display only:
-- nothing in the book is ever converted. The rates are everyone's, so the table belongs to no tenant; an organization's
-- own rates are in `exchange_rates`.
create table reference_rates (
    currency text not null check (currency ~ '^[A-Z]{3}$' and currency <> 'EUR'),
    day date not null,
    -- A decimal number, exactly as it was published.
    rate text not null check (rate ~ '^[0-9]{1,9}(\.[0-9]{1,12})?$' and rate::numeric > 0),
    source text not null check (length(source) between 1 and 100),
    -- So far from the day before that it isn't used until the next day's rate confirms it.
    held boolean not null,
    fetched_at timestamptz not null,
    primary key (currency, day)
);
grant select, insert, update on reference_rates to rekomi_app;

-- When each source is due to be fetched again. The process that moves the time fetches it.
create table reference_rate_fetches (
    source text primary key check (length(source) between 1 and 100),
    due_at timestamptz not null,
    fetched_at timestamptz
);
grant select, insert, update on reference_rate_fetches to rekomi_app;
