-- How often each code of a discount may be used, and until when its codes can be used; null for no limit. They are part of
-- the terms, so a change starts another discount.
alter table discounts
    add column max_redemptions integer check (max_redemptions between 1 and 1000000),
    add column expires_at timestamptz;
