-- Every look at the overview asks which payouts failed or came back lately: few of all that were ever made.
create index payouts_troubled on payouts (organization_id, updated_at)
    where status in ('Failed', 'Reversed') or bank_status = 'Failed';
