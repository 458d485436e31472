-- Codes of coupons, and gateways' names of them, are compared by keys. ledger/src/coupon/key.rs makes them, so that what is
-- looked up and what is stored go by one rule, whatever this database's collation is.

-- A code's key as well as SQL can: exact for ASCII, and for other letters as far as the collation knows them. For what was
-- there before, and for rows that are written without keys.
create function rekomi_coupon_key(code text) returns text
    language sql immutable parallel safe
    return replace(
        replace(translate(lower(upper(lower(normalize(code, NFKC)))), 'ςı', 'σi'), U&'i\0307', 'i'), 'ß', 'ss');

alter table coupons
    add column code_key text,
    add column external_key text;

alter table coupons no force row level security;
update coupons set code_key = rekomi_coupon_key(code), external_key = rekomi_coupon_key(external_id);
-- Of several in use that are the same now, the oldest answers to the code. The others keep their sales, and a key that no
-- code has.
update coupons c set code_key = c.code_key || ' ' || c.id
where c.archived_at is null
  and exists (select from coupons o where o.organization_id = c.organization_id and o.archived_at is null
                and o.code_key = c.code_key and o.id < c.id);
update coupons c set external_key = c.external_key || ' ' || c.id
where c.archived_at is null
  and exists (select from coupons o where o.organization_id = c.organization_id and o.archived_at is null
                and o.external_key = c.external_key and o.id < c.id);
alter table coupons force row level security;

create function rekomi_keep_coupon_keys() returns trigger
    language plpgsql as $$
begin
    if new.code_key is null then
        new.code_key := rekomi_coupon_key(new.code);
    end if;
    if new.external_id is null then
        new.external_key := null;
    elsif new.external_key is null
        or (tg_op = 'UPDATE' and new.external_id is distinct from old.external_id
            and new.external_key is not distinct from old.external_key) then
        new.external_key := rekomi_coupon_key(new.external_id);
    end if;
    return new;
end $$;
-- The version before this one writes no keys while it is being replaced.
create trigger keep_keys before insert or update of external_id on coupons
    for each row execute function rekomi_keep_coupon_keys();

alter table coupons alter column code_key set not null;
drop index coupons_code;
drop index coupons_external;
drop index coupons_by_code;
drop index coupons_by_external;
create unique index coupons_code on coupons (organization_id, code_key) where archived_at is null;
create unique index coupons_external on coupons (organization_id, external_key) where archived_at is null;
create index coupons_by_code on coupons (organization_id, code_key);
create index coupons_by_external on coupons (organization_id, external_key);
