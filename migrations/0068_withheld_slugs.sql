-- Whether an event that names this slug credits the affiliate. An affiliate's former slug does. One that an application
-- requested with the address of a known affiliate doesn't: it is only withheld from others, so that the form doesn't reveal
-- who is known, and anyone could have typed that address.
alter table reserved_slugs add column credits boolean not null default true;
