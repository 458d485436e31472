-- Whether someone chose `tax_gate`. Until then, the page for paying asks for it.
alter table payout_settings add column tax_gate_chosen boolean not null default false;

-- Another rule than the default was chosen. The policies apply to the table's owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

update payout_settings set tax_gate_chosen = true where tax_gate <> 'Warn';
