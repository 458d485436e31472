-- Clicks are recounted every ten minutes, and what the last days earned so far is read while the organization's book is locked. It
-- was found among all that clicks ever earned.
create index commissions_click_days on commissions (organization_id, day) where kind = 'Click';
