-- What pages and letters ask of many commissions and conversions, answered by an index alone.

-- What became payable after the moment that a payout is made for.
create index commissions_fresh on commissions (organization_id, currency, approved_at)
    where amount > paid + reserved and status <> 'Pending' and approved_at is not null;

-- What has been waiting to be paid for longest.
create index commissions_overdue on commissions (organization_id, hold_until)
    where status = 'Approved' and amount > paid + reserved;

-- Sales of an affiliate, counted by link without a look at each.
drop index conversions_affiliate;
create index conversions_affiliate on conversions (organization_id, affiliate_id, occurred_at desc) include (link_id, kind, review);
