-- Whether an organization lets in only people who sign in with two steps. It is the tenant's, since it is asked for while a
-- session is looked up, before any tenant is known.
alter table tenants add column second_factor_required boolean not null default false;
grant update (second_factor_required) on tenants to rekomi_app;
