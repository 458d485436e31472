-- Who is asking, under a name that `set local` takes: `user` is a reserved word, so `rekomi.user` is a syntax error there.
-- The version before this one says the old name while it is being replaced.
alter policy own on memberships
    using (user_id = (select coalesce(
        nullif(current_setting('rekomi.user_id', true), ''), nullif(current_setting('rekomi.user', true), ''))::uuid));
