# Texts of the public program pages.
