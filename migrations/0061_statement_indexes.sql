-- What a statement reads: the transfers that change what is owed, in order and with their amounts. Moves between pending
-- and payable change nothing, but were half of the entries of these accounts: a page of an affiliate with many sales read
-- months of them to find fifty lines. What is earned is never the debit of such an account, and what is reversed never its
-- credit. Nothing else looks for the transfers of an account but a purge, which makes indexes of its own.
create index transfers_owed_debit on transfers (organization_id, debit_account_id, created_at, id) include (amount)
    where kind not in ('commission_earned', 'commission_approved', 'commission_unapproved');
create index transfers_owed_credit on transfers (organization_id, credit_account_id, created_at, id) include (amount)
    where kind not in ('commission_reversed', 'commission_approved', 'commission_unapproved');
drop index transfers_debit;
drop index transfers_credit;

-- It has the columns of the primary key, which can be read backwards as well. Approving a run, and each step of its payouts,
-- wrote to it.
drop index payouts_newest;
