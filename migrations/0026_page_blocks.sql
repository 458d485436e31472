-- What a program page shows besides its offer, and in which order: see `program_page::block`, which alone reads and writes it.
-- An empty object means the usual blocks.
alter table program_pages add column blocks jsonb not null default '{}'
    constraint program_pages_blocks check (jsonb_typeof(blocks) = 'object' and length(blocks::text) <= 40000);
