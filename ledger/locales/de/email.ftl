# Texts of emails.
