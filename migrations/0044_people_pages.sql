-- What the pages of affiliates, conversions, commissions and customers look for, also where there are millions of rows.

create index affiliates_by_status on affiliates (organization_id, status, id desc);
create index affiliates_by_name on affiliates (organization_id, lower(name), id);
-- What is denied or refunded stands among a million that aren't.
create index conversions_by_status on conversions (organization_id, status, occurred_at desc, id desc);
create index commissions_by_status on commissions (organization_id, status, id desc);
-- What people gave, of an affiliate with many sales.
create index commissions_given on commissions (organization_id, affiliate_id, created_at desc) where kind <> 'Conversion';
-- One affiliate's sales of a month.
create index conversion_days_affiliate on conversion_days (organization_id, affiliate_id, day);
