-- What the lists of conversions, commissions and customers filter by, so that a filter that matches little reads little.

-- The few conversions of a rare country, website or device: from where their clicks came from, over the click, to them.
create index conversions_click on conversions (organization_id, click_id) where click_id is not null;
create index click_origins_country on click_origins (organization_id, country, clicked_at desc);
create index click_origins_source on click_origins (organization_id, source, clicked_at desc);
create index click_origins_device on click_origins (organization_id, device, clicked_at desc);

-- Those in a currency that few pay in, newest first as the lists are.
create index conversions_currency on conversions (organization_id, currency, occurred_at desc, id desc);
create index commissions_currency on commissions (organization_id, currency, id desc);
