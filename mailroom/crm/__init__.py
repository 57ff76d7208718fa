"""The CRM: `base` says what the mail room needs of one, `logiqs` is the one in use."""
