"""The CRM: `base` says what the mail room needs of one, `connection` chooses one, `logiqs` is one."""
