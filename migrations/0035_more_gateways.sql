-- Shopify, Dodo Payments and Creem report sales, too. The names are those of `shared::event::Gateway`.

alter table gateway_connections drop constraint gateway_connections_gateway_check;
alter table gateway_connections add constraint gateway_connections_gateway_check
  check (gateway in ('stripe', 'paddle', 'braintree', 'shopify', 'dodo', 'creem'));

comment on column conversions.source is
  'S2s, Pixel, Import, or the gateway: Stripe, Paddle, Braintree, Shopify, Dodo, Creem';
