-- What evidence was reported for where its event reports no conversion: a subscription, or a sale by its external id. A
-- checkout of a subscription and the subscription's invoices are one purchase.
alter table touches add column purchase text;

-- 'FirstSale': the sale by which the customer came waits for a review.
alter table commissions drop constraint commissions_held_check;
alter table commissions add constraint commissions_held_check check (held in ('Review', 'Dispute', 'FirstSale')) not valid;
alter table commissions validate constraint commissions_held_check;
