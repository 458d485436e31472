-- What is payable stands among years of what was paid: runs, payouts and invitations look only at these few.
create index commissions_payable on commissions (organization_id, currency, affiliate_id)
    where amount <> paid + reserved and status <> 'Pending';
-- Whether another payout failed within the hour.
create index payouts_failed on payouts (organization_id, ended_at) where status = 'Failed';
-- The same as payouts_affiliate.
drop index payouts_of_affiliate;
