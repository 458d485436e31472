-- Keys get scopes as presets. `read_write` is what `admin` was called: keys that have it keep what they could do.
alter table api_keys drop constraint api_keys_scope_check;
alter table api_keys
    add constraint api_keys_scope_check
        check (scope in ('send_conversions', 'read', 'automations', 'write', 'admin', 'read_write')),
    -- Who saw its secret: the actor that created it, and each that rotated it.
    add column seen_by text[] not null default '{}';

alter table api_keys no force row level security;
alter table audit_log no force row level security;
update api_keys k set seen_by = array(
    select k.created_by where k.created_by is not null
    union
    select l.actor from audit_log l
    where l.organization_id = k.organization_id and l.action = 'api_key.rotated'
      -- The key's public id: 130 bits, five a letter.
      and l.target = 'key_' || (
          select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + substring(bits from 1 + 5 * place for 5)::bit(5)::int, 1),
                            '' order by place)
          from (select B'00' || ('x' || replace(k.id::text, '-', ''))::bit(128) as bits) id, generate_series(0, 25) place));
alter table audit_log force row level security;
alter table api_keys force row level security;
