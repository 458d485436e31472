-- Sales that wait for the customer's flagged first sale don't count for rewards: without a look at the commissions of each
-- sale.
create index commissions_held_first on commissions (organization_id, conversion_id, affiliate_id) where held = 'FirstSale';
