-- A statement shows an account's transfers from a moment on, and what was owed before them: the balance less all that came
-- since. Both are read in their order from these, the sums without the rows themselves.
drop index transfers_debit;
drop index transfers_credit;
create index transfers_debit on transfers (organization_id, debit_account_id, created_at, id) include (amount);
create index transfers_credit on transfers (organization_id, credit_account_id, created_at, id) include (amount);
