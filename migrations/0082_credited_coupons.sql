-- Which coupon a report named, and which coupon credits a conversion, or brought its customer. Null for reports of before,
-- which were stored without it. It follows from the event, as the click does, and decides nothing itself.
alter table touches add column coupon_id uuid;
alter table conversions add column coupon_id uuid;

-- What each code sold. Only conversions with a coupon are in it, so that booking any other costs nothing more.
create index conversions_coupon on conversions (organization_id, coupon_id, occurred_at desc) where coupon_id is not null;
