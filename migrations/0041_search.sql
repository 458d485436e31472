-- The search looks for beginnings of what a brand calls its customers and sales. Bytewise order finds them, and row level
-- security lets an index be used for it, which `like` is not allowed; equality goes by the same indexes.
alter table customers drop constraint customers_organization_id_external_id_key;
create unique index customers_organization_id_external_id_key on customers (organization_id, external_id text_pattern_ops);
alter table conversions drop constraint conversions_organization_id_external_id_key;
create unique index conversions_organization_id_external_id_key on conversions (organization_id, external_id text_pattern_ops);
create index customer_emails_prefix on customer_emails (organization_id, email_key text_pattern_ops);
