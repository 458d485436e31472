-- What a discount is called at the gateway; null for what customers save, such as `20% off`. It can't change without another
-- discount: the gateway has it with what was created there.
alter table discounts add column name text check (length(name) between 1 and 40);
