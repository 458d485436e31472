-- Nothing of an erased person is written by work that began before the erasure.

-- The affiliate whom an email is to, or about: it is deleted when they are erased, whichever address of theirs it went to.
alter table mails add column affiliate uuid;
create index mails_affiliate on mails (tenant, affiliate) where affiliate is not null;

-- A row about an affiliate locks the affiliate: an erasure waits for it, and deletes it; or it waits for the erasure, and finds
-- nobody. `skip` leaves such a row out; `refuse` ends what would act on it.
create function rekomi_only_of_the_known() returns trigger
    language plpgsql
as $$
begin
    if new.affiliate_id is null then
        return new;
    end if;
    perform from affiliates
    where organization_id = new.organization_id and id = new.affiliate_id and erased_at is null for share;
    if found then
        return new;
    end if;
    perform from affiliates where organization_id = new.organization_id and id = new.affiliate_id;
    if not found then
        -- The foreign key says so.
        return new;
    end if;
    if tg_argv[0] = 'skip' then
        return null;
    end if;
    raise exception 'the affiliate is erased' using errcode = 'restrict_violation';
end
$$;

create trigger only_of_the_known before insert on affiliate_links
    for each row execute function rekomi_only_of_the_known('skip');
create trigger only_of_the_known before insert on affiliate_sessions
    for each row execute function rekomi_only_of_the_known('skip');
create trigger only_of_the_known before insert on invites
    for each row execute function rekomi_only_of_the_known('skip');
create trigger only_of_the_known before insert on import_tokens
    for each row execute function rekomi_only_of_the_known('skip');
create trigger only_of_the_known before insert on inquiries
    for each row execute function rekomi_only_of_the_known('refuse');
create trigger only_of_the_known before insert on payout_methods
    for each row execute function rekomi_only_of_the_known('refuse');
create trigger only_of_the_known before insert on payout_accounts
    for each row execute function rekomi_only_of_the_known('refuse');
create trigger only_of_the_known before insert on crm_syncs
    for each row execute function rekomi_only_of_the_known('skip');
create trigger only_of_the_known before insert on crm_contacts
    for each row execute function rekomi_only_of_the_known('skip');
