-- Whom an email to an affiliate is from: the brand's name, shown before the configured sender's, and the brand's own
-- address for replies. Both are null for emails from us. They are kept as they were when the email was written.
alter table mails add column sender_name text
    constraint mails_sender_name check (length(sender_name) between 1 and 100 and sender_name !~ '[[:cntrl:]]');
alter table mails add column reply_to text
    constraint mails_reply_to check (length(reply_to) between 3 and 254 and reply_to !~ '[[:cntrl:][:space:]]');

-- Where affiliates' replies go (null: to the billing email), and the postal address in the foot of emails to them.
alter table organizations add column contact_email text constraint organizations_contact_email
    check (length(contact_email) <= 254 and contact_email = lower(contact_email));
alter table organizations add column postal_address text constraint organizations_postal_address
    check (length(postal_address) between 1 and 200 and postal_address !~ '[[:cntrl:]]');

-- What a brand writes into its emails to affiliates in place of our words, for a kind of email in a language. Null keeps ours.
-- Which kinds may be changed, and their variables, is up to the program: `ledger/kit/src/mail/wording.rs`.
create table organization_emails (
    organization_id uuid not null references organizations,
    kind text not null check (kind ~ '^[a-z][a-z0-9_]{1,63}$'),
    language text not null check (language ~ '^[a-z]{2,3}$'),
    subject text check (length(subject) between 1 and 200 and subject !~ '[[:cntrl:]]'),
    -- The first paragraph after the greeting.
    opening text check (length(opening) between 1 and 2000 and opening !~ '[[:cntrl:]]'),
    -- The text of the button.
    button text check (length(button) between 1 and 100 and button !~ '[[:cntrl:]]'),
    updated_at timestamptz not null,
    primary key (organization_id, kind, language),
    check (num_nonnulls(subject, opening, button) > 0)
);
call rekomi_tenant_table('organization_emails');
