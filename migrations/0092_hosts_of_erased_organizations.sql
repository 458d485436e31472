-- The link hosts of an erased organization are free: another one may prove them. The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

do $$
declare
    erased uuid[];
begin
    select coalesce(array_agg(organization_id), '{}') into erased from organizations where erased_at is not null;
    update link_hosts set verified_at = null where organization_id = any (erased) and verified_at is not null;
    delete from claimed_names where kind = 'host' and tenant_id = any (erased);
end
$$;
