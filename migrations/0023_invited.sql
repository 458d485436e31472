-- People who are invited in the dashboard are `Invited` until they accept: they have no link, are in no CRM, and earn
-- nothing before.
alter table affiliates drop constraint affiliates_status_check;
alter table affiliates add constraint affiliates_status_check
    check (status in ('Invited', 'Pending', 'Approved', 'Rejected', 'Banned', 'Archived'));
alter table affiliate_statuses drop constraint affiliate_statuses_status_check;
alter table affiliate_statuses add constraint affiliate_statuses_status_check
    check (status in ('Invited', 'Pending', 'Approved', 'Rejected', 'Banned', 'Archived'));

-- Where the link leads that they get when they accept; null if they get none.
alter table invites add column destination text;
