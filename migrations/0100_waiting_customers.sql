-- Whatever depends on a sale that waits for a review counts for no tier and no cap. This finds such customers without reading
-- what pages claimed, which belongs to no customer.
create index conversions_waiting on conversions (organization_id, customer_id)
    where not flags <@ '{SelfRecruit}' and review is null and customer_id is not null;
