-- A time that is some seconds after another, or null without seconds. `timestamptz + interval` depends on the session's time
-- zone, as an interval may have days; seconds don't, so this function is immutable. A cluster takes no other kind in an update
-- that computes with columns.
create function rekomi_later(at timestamptz, seconds double precision) returns timestamptz
    language sql immutable parallel safe
    return at + make_interval(secs => seconds);
