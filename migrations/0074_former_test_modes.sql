-- The live organization whose test mode this tenant was until someone reset it: an operator who purges the organization
-- deletes this one, too. Resets by earlier builds are only in the live organization's audit log. Copies of `tenants` in a
-- cluster have no rights on single columns, so there the app has the right already.
alter table tenants add column former_test_of uuid;
do $$
begin
    if not rekomi_is_distributed() then
        grant update (former_test_of) on tenants to rekomi_app;
    end if;
end
$$;
