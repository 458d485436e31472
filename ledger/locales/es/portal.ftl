# Texts of the affiliate portal.
