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
